//! A key that signs as wallets do, with the deterministic nonces of RFC 6979.

use idos_grants::Account;
use idos_wallets::{Message, personal_sign_hash};
use k256::ecdsa::SigningKey;

/// The key of EIP-155's example.
pub(crate) const EXAMPLE_KEY: [u8; 32] = [0x46; 32];

pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(SigningKey::from_slice(secret).unwrap())
    }

    pub(crate) fn account(&self, chain_id: u64) -> Account {
        let point = self.0.verifying_key().to_encoded_point(false);
        let hash = alloy_primitives::keccak256(&point.as_bytes()[1..]);
        Account::evm(chain_id, hash[12..].try_into().unwrap())
    }

    pub(crate) fn sign_digest(&self, digest: &[u8; 32]) -> [u8; 65] {
        let (signature, id) = self.0.sign_prehash_recoverable(digest).unwrap();
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&signature.to_bytes());
        bytes[64] = 27 + id.to_byte();
        bytes
    }

    pub(crate) fn sign_message(&self, message: &Message) -> [u8; 65] {
        self.sign_digest(&personal_sign_hash(message.text().as_bytes()))
    }
}

/// The other signature of the same message, which anybody can make: n - s, and the other parity.
pub(crate) fn mirrored(signature: &[u8; 65]) -> [u8; 65] {
    use k256::elliptic_curve::PrimeField;
    let s: [u8; 32] = signature[32..64].try_into().unwrap();
    let s = -k256::Scalar::from_repr(s.into()).unwrap();
    let mut mirrored = *signature;
    mirrored[32..64].copy_from_slice(&s.to_bytes());
    mirrored[64] = 27 + 28 - signature[64];
    mirrored
}
