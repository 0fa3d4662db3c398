//! Wallets whose keys this process holds.

mod evm;
mod near;

use idos_grants::{Account, ChainId, Namespace};
use idos_wallets::{Signable, Signature};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::ClientError;

pub use evm::EvmWallet;
pub use near::NearWallet;

/// Who can sign for an account.
pub trait Signer {
    /// The account.
    fn account(&self) -> Account;

    /// Signs as wallets of its chain do.
    ///
    /// # Errors
    /// If the key cannot be used, or the chain's wallets do not sign such things.
    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError>;
}

/// A wallet of any chain.
#[derive(Debug, Clone)]
pub enum SigningWallet {
    /// Of an EVM chain.
    Evm(EvmWallet),
    /// Of NEAR.
    Near(NearWallet),
}

impl SigningWallet {
    /// A new random key on `chain`. On NEAR its account is the implicit one, or `account_id` once a transaction of that account adds the key.
    pub fn generate(
        chain: ChainId,
        account_id: Option<&str>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, ClientError> {
        match chain.namespace() {
            Namespace::Eip155 => {
                refuse_name(account_id)?;
                EvmWallet::generate(chain, rng).map(Self::Evm)
            }
            Namespace::Near => NearWallet::generate(chain, account_id, rng).map(Self::Near),
        }
    }

    /// The key that `text` holds, in the form of its chain: 64 hex digits, or `ed25519:` and base58.
    pub fn parse(chain: ChainId, account_id: Option<&str>, text: &str) -> Result<Self, ClientError> {
        match chain.namespace() {
            Namespace::Eip155 => {
                refuse_name(account_id)?;
                EvmWallet::from_hex(chain, text).map(Self::Evm)
            }
            Namespace::Near => NearWallet::parse(chain, account_id, text).map(Self::Near),
        }
    }

    /// The private key as [`Self::parse`] reads it, to be kept where only its owner reads.
    pub fn private_key(&self) -> Zeroizing<String> {
        match self {
            Self::Evm(wallet) => wallet.to_hex(),
            Self::Near(wallet) => wallet.private_key(),
        }
    }
}

fn refuse_name(account_id: Option<&str>) -> Result<(), ClientError> {
    match account_id {
        Some(_) => Err(ClientError::Input("only NEAR accounts have names: leave the account id out".into())),
        None => Ok(()),
    }
}

impl Signer for SigningWallet {
    fn account(&self) -> Account {
        match self {
            Self::Evm(wallet) => wallet.account(),
            Self::Near(wallet) => wallet.account(),
        }
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        match self {
            Self::Evm(wallet) => wallet.sign(signable),
            Self::Near(wallet) => wallet.sign(signable),
        }
    }
}

impl From<EvmWallet> for SigningWallet {
    fn from(wallet: EvmWallet) -> Self {
        Self::Evm(wallet)
    }
}

impl From<NearWallet> for SigningWallet {
    fn from(wallet: NearWallet) -> Self {
        Self::Near(wallet)
    }
}
