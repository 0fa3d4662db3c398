//! What a bare key signs for the contracts on Stellar: a text, which the contract writes for itself from the call's arguments. `contracts/README.md` has its
//! layout.

use std::fmt::{self, Display, Write as _};

use idos_grants::{Account, ChainId};
use sha2::{Digest, Sha256};

use crate::{
    message::Message,
    typed_data::{KeyedNonce, TypedDataError},
};

/// A text in the making.
pub(crate) struct VerbText(String);

impl VerbText {
    pub(crate) fn new(contract: &str, title: &str) -> Self {
        Self(format!("idOS {contract}: {title}\n"))
    }

    pub(crate) fn line(mut self, name: &str, value: impl Display) -> Self {
        // Writing into a String does not fail.
        write!(self.0, "\n{name}: {value}").ok();
        self
    }

    /// The text for `contract`.
    ///
    /// # Errors
    /// If the contract is on no network whose passphrase is known.
    pub(crate) fn for_contract(self, contract: &Account) -> Result<Message, TypedDataError> {
        let network = network_id(contract.chain())?;
        let text = self.line("Contract", contract.address()).line("Network", hex::encode(network)).0;
        Ok(Message::new(text, contract.address()))
    }
}

/// SHA-256 of the network's passphrase.
pub(crate) fn network_id(chain: ChainId) -> Result<[u8; 32], TypedDataError> {
    let passphrase = chain.stellar_passphrase().ok_or(TypedDataError::UnknownNetwork)?;
    Ok(Sha256::digest(passphrase.as_bytes()).into())
}

/// A nonce as 64 hex digits.
pub(crate) struct Digits(pub(crate) KeyedNonce);

impl Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.0))
    }
}
