//! Stellar wallets: an account and its master key.

use ed25519_dalek::{Signer as _, SigningKey};
use idos_grants::{Account, Address, ChainId, account::StellarAddress};
use idos_wallets::{Signable, Signature, sep53};
use rand_core::CryptoRngCore;
use stellar_strkey::ed25519::PrivateKey;
use zeroize::Zeroizing;

use super::{Signer, input};
use crate::ClientError;

/// A Stellar account and its master key.
#[derive(Clone)]
pub struct StellarWallet {
    account: Account,
    key: SigningKey,
}

impl std::fmt::Debug for StellarWallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StellarWallet").field("account", &self.account).finish_non_exhaustive()
    }
}

impl StellarWallet {
    /// A new random key.
    pub fn generate(chain: ChainId, rng: &mut impl CryptoRngCore) -> Result<Self, ClientError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(chain, &seed)
    }

    /// The secret key that `text` holds as Stellar writes it: `S…`.
    pub fn parse(chain: ChainId, text: &str) -> Result<Self, ClientError> {
        let key = PrivateKey::from_string(text.trim()).map_err(|_| {
            ClientError::Input("a Stellar secret key is 56 characters that begin with S".into())
        })?;
        Self::from_seed(chain, &Zeroizing::new(key.0))
    }

    /// The account whose Ed25519 secret key is `seed`.
    pub fn from_seed(chain: ChainId, seed: &[u8; 32]) -> Result<Self, ClientError> {
        let key = SigningKey::from_bytes(seed);
        let address = Address::Stellar(StellarAddress::Account(key.verifying_key().to_bytes()));
        let account = Account::new(chain, address)
            .map_err(|_| ClientError::Input(format!("{chain} is not a Stellar network")))?;
        Ok(Self { account, key })
    }

    /// The secret key, as Stellar writes it.
    pub fn private_key(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.key.to_bytes());
        Zeroizing::new(PrivateKey(*seed).as_unredacted().to_string().as_str().to_owned())
    }

    /// The key, for sending transactions.
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl Signer for StellarWallet {
    fn account(&self) -> Account {
        self.account
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        let hash = match signable {
            Signable::Message(message) => sep53::signing_hash(message),
            Signable::Authorization(hash) => *hash,
            Signable::TypedData(_) => {
                return Err(ClientError::Input("Stellar wallets sign messages, not typed data".into()));
            }
        };
        let signature = self.key.sign(&hash).to_bytes();
        sep53::signature_of(&self.key.verifying_key().to_bytes(), &signature).map_err(input)
    }
}
