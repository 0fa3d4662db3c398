//! A key that signs as wallets do, with the deterministic nonces of RFC 6979.

use idos_grants::Account;
use idos_wallets::{Signature, personal_sign_hash};
use k256::{ecdsa::SigningKey, elliptic_curve::PrimeField};

pub struct Key(SigningKey);

impl Key {
    /// The `n`th key.
    pub fn number(n: u64) -> Self {
        let mut secret = [0x11; 32];
        secret[24..].copy_from_slice(&n.to_be_bytes());
        Self(SigningKey::from_slice(&secret).unwrap())
    }

    pub fn account(&self, chain_id: u64) -> Account {
        let point = self.0.verifying_key().to_encoded_point(false);
        let hash = alloy_primitives::keccak256(&point.as_bytes()[1..]);
        Account::evm(chain_id, hash[12..].try_into().unwrap())
    }

    pub fn sign_digest(&self, digest: &[u8; 32]) -> Signature {
        let (signature, id) = self.0.sign_prehash_recoverable(digest).unwrap();
        let mut bytes = signature.to_bytes().to_vec();
        bytes.push(27 + id.to_byte());
        Signature::new(bytes).unwrap()
    }

    pub fn sign_message(&self, message: &str) -> Signature {
        self.sign_digest(&personal_sign_hash(message.as_bytes()))
    }
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
