//! A key that signs as wallets do, with the deterministic nonces of RFC 6979.

use ed25519_dalek::Signer;
use idos_grants::{Account, account::PublicKey};
use idos_wallets::{Message, Signable, Signature, bare_key, nep413, personal_sign_hash, sep53};
use k256::{ecdsa::SigningKey, elliptic_curve::PrimeField};

pub enum Key {
    Evm(SigningKey),
    Near(ed25519_dalek::SigningKey),
    Stellar(ed25519_dalek::SigningKey),
    Xrpl(ed25519_dalek::SigningKey),
}

impl Key {
    /// The `n`th key of an EVM wallet.
    pub fn number(n: u64) -> Self {
        Self::Evm(SigningKey::from_slice(&secret(n)).unwrap())
    }

    /// The `n`th key of a NEAR wallet.
    pub fn near(n: u64) -> Self {
        Self::Near(ed25519_dalek::SigningKey::from_bytes(&secret(n)))
    }

    /// The `n`th key of a Stellar wallet.
    pub fn stellar(n: u64) -> Self {
        Self::Stellar(ed25519_dalek::SigningKey::from_bytes(&secret(n)))
    }

    /// The `n`th key of an XRPL wallet.
    pub fn xrpl(n: u64) -> Self {
        Self::Xrpl(ed25519_dalek::SigningKey::from_bytes(&secret(n)))
    }

    pub fn account(&self, chain_id: u64) -> Account {
        let Self::Evm(key) = self else { panic!("not the key of an EVM account") };
        let point = key.verifying_key().to_encoded_point(false);
        let hash = alloy_primitives::keccak256(&point.as_bytes()[1..]);
        Account::evm(chain_id, hash[12..].try_into().unwrap())
    }

    /// The Ed25519 public key.
    pub fn public(&self) -> [u8; 32] {
        match self {
            Self::Evm(_) => panic!("not an Ed25519 key"),
            Self::Near(key) | Self::Stellar(key) | Self::Xrpl(key) => key.verifying_key().to_bytes(),
        }
    }

    pub fn sign_digest(&self, digest: &[u8; 32]) -> Signature {
        let Self::Evm(key) = self else { panic!("only EVM keys sign typed data") };
        let (signature, id) = key.sign_prehash_recoverable(digest).unwrap();
        let mut bytes = signature.to_bytes().to_vec();
        bytes.push(27 + id.to_byte());
        Signature::new(bytes).unwrap()
    }

    /// Whatever its kind of wallet is asked to sign.
    pub fn sign(&self, signable: &Signable) -> Signature {
        match (self, signable) {
            (_, Signable::Message(message)) => self.sign_message(message),
            (_, Signable::TypedData(digest)) => self.sign_digest(digest),
            (Self::Stellar(key), Signable::Authorization(hash)) => {
                sep53::signature_of(&self.public(), &key.sign(hash).to_bytes()).unwrap()
            }
            (_, Signable::Authorization(_)) => panic!("only Stellar accounts sign authorization entries"),
        }
    }

    pub fn sign_message(&self, message: &Message) -> Signature {
        match self {
            Self::Evm(_) => self.sign_digest(&personal_sign_hash(message.text().as_bytes())),
            Self::Near(key) => {
                let signature = key.sign(&nep413::signing_hash(message, None)).to_bytes();
                nep413::signature_of(&self.public(), &signature, None).unwrap()
            }
            Self::Stellar(key) => {
                let signature = key.sign(&sep53::signing_hash(message)).to_bytes();
                sep53::signature_of(&self.public(), &signature).unwrap()
            }
            Self::Xrpl(key) => {
                let signature = key.sign(message.text().as_bytes()).to_bytes();
                bare_key::signature_of(&PublicKey::Ed25519(self.public()), &signature).unwrap()
            }
        }
    }
}

fn secret(n: u64) -> [u8; 32] {
    let mut secret = [0x11; 32];
    secret[24..].copy_from_slice(&n.to_be_bytes());
    secret
}

/// The other signature of the same message, which anybody can make: n - s, and the other parity.
pub fn mirrored(signature: &Signature) -> Signature {
    let mut bytes = signature.as_bytes().to_vec();
    let s: [u8; 32] = bytes[32..64].try_into().unwrap();
    let s = -k256::Scalar::from_repr(s.into()).unwrap();
    bytes[32..64].copy_from_slice(&s.to_bytes());
    bytes[64] = 27 + 28 - bytes[64];
    Signature::new(bytes).unwrap()
}
