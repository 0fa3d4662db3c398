//! XRPL wallets: an account and its master key, which follows from a [seed](https://xrpl.org/docs/concepts/accounts/cryptographic-keys).

mod seed;

use ed25519_dalek::{Signer as _, SigningKey as Ed25519Key};
use idos_grants::{
    Account, Address, ChainId, Namespace,
    account::{PublicKey, StellarAddress, XrplAddress},
};
use idos_wallets::{Signable, Signature, bare_key};
use k256::ecdsa::{
    Signature as EcdsaSignature, SigningKey as Secp256k1Key, signature::hazmat::PrehashSigner,
};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use self::seed::Seed;
use super::{Signer, input};
use crate::ClientError;

/// An XRPL account and its master key. It holds grants on Stellar, by its key.
#[derive(Clone)]
pub struct XrplWallet {
    account: Account,
    seed: Seed,
    key: MasterKey,
}

#[derive(Clone)]
enum MasterKey {
    Ed25519(Ed25519Key),
    Secp256k1(Secp256k1Key),
}

impl std::fmt::Debug for XrplWallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XrplWallet").field("account", &self.account).finish_non_exhaustive()
    }
}

impl XrplWallet {
    /// A new random Ed25519 key.
    pub fn generate(chain: ChainId, rng: &mut impl CryptoRngCore) -> Result<Self, ClientError> {
        Self::new(chain, Seed::generate(rng))
    }

    /// The seed that `text` holds as XRPL writes it: `sEd…` for an Ed25519 key, `s…` for a secp256k1 key.
    pub fn parse(chain: ChainId, text: &str) -> Result<Self, ClientError> {
        Self::new(
            chain,
            Seed::parse(text.trim()).ok_or_else(|| input("an XRPL seed is written in base58, s… or sEd…"))?,
        )
    }

    fn new(chain: ChainId, seed: Seed) -> Result<Self, ClientError> {
        let key = seed.master_key().ok_or_else(|| input("no key follows from this seed"))?;
        let address =
            XrplAddress::of_key(&key.public()).ok_or_else(|| input("no account follows from this seed"))?;
        let account = Account::new(chain, Address::Xrpl(address))
            .map_err(|_| ClientError::Input(format!("{chain} is not an XRPL network")))?;
        Ok(Self { account, seed, key })
    }

    /// The seed, as XRPL writes it.
    pub fn private_key(&self) -> Zeroizing<String> {
        self.seed.text()
    }

    /// The master key.
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }
}

impl MasterKey {
    fn public(&self) -> PublicKey {
        match self {
            Self::Ed25519(key) => PublicKey::Ed25519(key.verifying_key().to_bytes()),
            Self::Secp256k1(key) => {
                let mut compressed = [0; 33];
                compressed.copy_from_slice(key.verifying_key().to_encoded_point(true).as_bytes());
                PublicKey::Secp256k1(compressed)
            }
        }
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, ClientError> {
        match self {
            Self::Ed25519(key) => Ok(key.sign(text).to_vec()),
            Self::Secp256k1(key) => {
                let signature: EcdsaSignature = key
                    .sign_prehash(&bare_key::sha512_half(text))
                    .map_err(|_| input("the wallet's key cannot sign"))?;
                let signature = signature.normalize_s().unwrap_or(signature);
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    }
}

impl Signer for XrplWallet {
    fn account(&self) -> Account {
        self.account
    }

    fn account_on(&self, chain: ChainId) -> Option<Account> {
        match chain.namespace() {
            Namespace::Stellar => {
                Account::new(chain, Address::Stellar(StellarAddress::Key(self.public_key()))).ok()
            }
            _ => Some(self.account).filter(|account| account.chain() == chain),
        }
    }

    fn sign(&self, signable: &Signable) -> Result<Signature, ClientError> {
        let Signable::Message(message) = signable else {
            return Err(ClientError::Input("XRPL wallets sign messages, not typed data".into()));
        };
        let signature = self.key.sign(message.text().as_bytes())?;
        bare_key::signature_of(&self.public_key(), &signature).map_err(input)
    }
}
