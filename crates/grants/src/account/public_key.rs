//! Bare public keys, which own without being anybody's account.

use std::{fmt, str::FromStr};

use super::AccountError;
use crate::chain::Namespace;

/// A public key. It prints as its curve, a hyphen and its lower-case hex digits: `ed25519-…`, `secp256k1-…`, `secp256r1-…`. Whether the bytes are a
/// point of the curve shows when a signature is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKey {
    /// RFC 8032, 32 bytes.
    Ed25519([u8; 32]),
    /// SEC 1, compressed: 33 bytes that begin with 2 or 3.
    Secp256k1([u8; 33]),
    /// SEC 1, compressed: 33 bytes that begin with 2 or 3.
    Secp256r1([u8; 33]),
}

impl PublicKey {
    /// The curve, as it is written.
    pub fn curve(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            Self::Secp256k1(_) => "secp256k1",
            Self::Secp256r1(_) => "secp256r1",
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            Self::Secp256k1(bytes) | Self::Secp256r1(bytes) => bytes,
        }
    }

    /// The kind by which contracts tell it from accounts. See `contracts/README.md`.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Ed25519(_) => 1,
            Self::Secp256k1(_) => 2,
            Self::Secp256r1(_) => 3,
        }
    }
}

impl FromStr for PublicKey {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = AccountError::MalformedAddress(Namespace::Stellar);
        let (curve, digits) = text.split_once('-').ok_or(malformed)?;
        match curve {
            "ed25519" => bytes(digits).map(Self::Ed25519),
            "secp256k1" => compressed(digits).map(Self::Secp256k1),
            "secp256r1" => compressed(digits).map(Self::Secp256r1),
            _ => None,
        }
        .ok_or(malformed)
    }
}

fn compressed(digits: &str) -> Option<[u8; 33]> {
    bytes(digits).filter(|key: &[u8; 33]| matches!(key[0], 2 | 3))
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    // One text for a key: upper-case digits are another.
    if digits.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.curve(), hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
