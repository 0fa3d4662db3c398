//! NEAR wallets: an account, and an Ed25519 key that has full access to it.

use ed25519_dalek::{Signer as _, SigningKey};
use idos_grants::{Account, Address, ChainId, Namespace, account::NearAccountId};
use idos_wallets::{Signable, Signature, nep413};
use near_crypto::{ED25519SecretKey, InMemorySigner, SecretKey};
use near_primitives::types::AccountId;
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::{Signer, input};
use crate::ClientError;

/// A NEAR account and one of its full-access keys.
#[derive(Clone)]
pub struct NearWallet {
    account: Account,
    id: NearAccountId,
    key: SigningKey,
}

impl std::fmt::Debug for NearWallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NearWallet").field("account", &self.account).finish_non_exhaustive()
    }
}

impl NearWallet {
    /// A new random key, for the account `account_id` or, without one, the implicit account of the key.
    pub fn generate(
        chain: ChainId,
        account_id: Option<&str>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, ClientError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::new(chain, account_id, SigningKey::from_bytes(&seed))
    }

    /// The key that `text` holds as NEAR writes it: `ed25519:` and base58.
    pub fn parse(chain: ChainId, account_id: Option<&str>, text: &str) -> Result<Self, ClientError> {
        let unusable =
            || ClientError::Input("a NEAR private key is ed25519: and base58, as near-cli exports it".into());
        let Ok(SecretKey::ED25519(ED25519SecretKey(pair))) = text.trim().parse() else {
            return Err(unusable());
        };
        let pair = Zeroizing::new(pair);
        // The public half comes second; one that is another key's would make signatures that nobody accepts.
        let key = SigningKey::from_keypair_bytes(&pair).map_err(|_| unusable())?;
        Self::new(chain, account_id, key)
    }

    fn new(chain: ChainId, account_id: Option<&str>, key: SigningKey) -> Result<Self, ClientError> {
        let id = match account_id {
            Some(id) => Address::parse(Namespace::Near, id).map_err(input)?,
            None => Address::Near(NearAccountId::implicit(&key.verifying_key().to_bytes())),
        };
        let Address::Near(near_id) = id else { return Err(ClientError::Input("not a NEAR account".into())) };
        let account = Account::new(chain, id)
            .map_err(|_| ClientError::Input(format!("{chain} is not a NEAR chain")))?;
        Ok(Self { account, id: near_id, key })
    }

    /// The account's id.
    pub fn id(&self) -> NearAccountId {
        self.id
    }

    /// The private key, as NEAR writes it.
    pub fn private_key(&self) -> Zeroizing<String> {
        Zeroizing::new(self.secret_key().to_string())
    }

    /// The key, for sending transactions.
    pub(crate) fn signer(&self) -> Result<near_crypto::Signer, ClientError> {
        let id: AccountId = self.id.as_str().parse().map_err(input)?;
        Ok(InMemorySigner::from_secret_key(id, self.secret_key()))
    }

    fn secret_key(&self) -> SecretKey {
        SecretKey::ED25519(ED25519SecretKey(self.key.to_keypair_bytes()))
    }
}

impl Signer for NearWallet {
    fn account(&self) -> Account {
        self.account
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        let Signable::Message(message) = signable else {
            return Err(ClientError::Input("NEAR wallets sign messages, not typed data".into()));
        };
        let signature = self.key.sign(&nep413::signing_hash(message, None)).to_bytes();
        nep413::signature_of(&self.key.verifying_key().to_bytes(), &signature, None).map_err(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: &str = "near:localnet";

    fn chain() -> ChainId {
        CHAIN.parse().unwrap()
    }

    #[test]
    fn a_key_without_a_name_is_its_implicit_account() {
        let wallet = NearWallet::generate(chain(), None, &mut rand_core::OsRng).unwrap();
        assert_eq!(wallet.id().implicit_key(), Some(wallet.key.verifying_key().to_bytes()));
        let again = NearWallet::parse(chain(), None, &wallet.private_key()).unwrap();
        assert_eq!(again.account(), wallet.account());
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        let good = NearWallet::generate(chain(), None, &mut rand_core::OsRng).unwrap().private_key();
        let other = NearWallet::generate(chain(), None, &mut rand_core::OsRng).unwrap();
        let mut pair = other.key.to_keypair_bytes();
        pair[40] ^= 1;
        let mixed = SecretKey::ED25519(ED25519SecretKey(pair)).to_string();
        for text in ["", "ed25519:", &good[..good.len() - 2], &mixed, "secp256k1:11111"] {
            assert!(NearWallet::parse(chain(), None, text).is_err(), "{text}");
        }
        assert!(NearWallet::parse(chain(), Some("Alice"), &good).is_err());
        assert!(NearWallet::parse(ChainId::Eip155(1), None, &good).is_err());
    }
}
