//! EVM wallets.

use alloy::{
    primitives::B256,
    signers::{SignerSync, local::PrivateKeySigner},
};
use idos_grants::{Account, Address, ChainId};
use idos_wallets::{Signable, Signature, personal_sign_hash};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::Signer;
use crate::ClientError;

/// An EVM account on one chain: the key's own, or that of a contract wallet which takes the key's signatures for its own (ERC-1271).
#[derive(Debug, Clone)]
pub struct EvmWallet {
    key: PrivateKeySigner,
    address: [u8; 20],
    chain_id: u64,
}

impl EvmWallet {
    /// A new random key.
    pub fn generate(chain: ChainId, rng: &mut impl CryptoRngCore) -> Result<Self, ClientError> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        Self::from_bytes(chain, &secret)
    }

    /// The key that `text` holds: 64 hex digits, with or without `0x`.
    pub fn from_hex(chain: ChainId, text: &str) -> Result<Self, ClientError> {
        let mut secret = Zeroizing::new([0; 32]);
        let digits = text.trim();
        hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), secret.as_mut())
            .map_err(|_| ClientError::Input("a private key is 64 hex digits".into()))?;
        Self::from_bytes(chain, &secret)
    }

    fn from_bytes(chain: ChainId, secret: &[u8; 32]) -> Result<Self, ClientError> {
        let ChainId::Eip155(chain_id) = chain else {
            return Err(ClientError::Input(format!("{chain} is not an EVM chain")));
        };
        let key = PrivateKeySigner::from_slice(secret)
            .map_err(|_| ClientError::Input("these 32 bytes are not a secp256k1 private key".into()))?;
        let address = key.address().into_array();
        Ok(Self { key, address, chain_id })
    }

    /// The contract wallet at `contract`, on whose behalf the key signs. It signs in and states keys; transactions are still the key's own.
    pub fn on_behalf_of(&self, contract: &Account) -> Result<Self, ClientError> {
        match (contract.chain(), contract.address()) {
            (ChainId::Eip155(chain_id), Address::Evm(address)) => {
                Ok(Self { key: self.key.clone(), address, chain_id })
            }
            _ => Err(ClientError::Input(format!("{contract} is no contract of an EVM chain"))),
        }
    }

    /// The private key, 64 hex digits, to be kept where only its owner reads.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.key.to_bytes()))
    }

    /// The key, for sending transactions.
    pub fn signer(&self) -> PrivateKeySigner {
        self.key.clone()
    }
}

impl Signer for EvmWallet {
    fn account(&self) -> Account {
        Account::evm(self.chain_id, self.address)
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        let digest = match signable {
            Signable::Message(message) => personal_sign_hash(message.text().as_bytes()),
            Signable::TypedData(digest) => *digest,
            Signable::Authorization(_) => {
                return Err(ClientError::Input("EVM wallets sign no authorization entries".into()));
            }
        };
        let unusable = |_| ClientError::Input("the wallet's key cannot sign".into());
        let signature = self.key.sign_hash_sync(&B256::from(digest)).map_err(unusable)?;
        Signature::new(signature.as_bytes().to_vec()).map_err(|error| ClientError::Input(error.to_string()))
    }
}
