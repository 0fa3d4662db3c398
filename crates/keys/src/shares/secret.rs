//! What is shared, and the key that follows from it.

use std::fmt;

use crypto_box::aead::rand_core::CryptoRngCore;
use curve25519_dalek::Scalar;
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use vsss_rs::elliptic_curve::Field;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::random::Randomness;
use crate::encryption_key::{EncryptionKey, EncryptionSecret, KEY_LEN};

/// What HKDF is told that the key is for.
const INFO: &[u8] = b"idos encryption key v1";

/// The secret that is split among nodes: a random scalar of ristretto255, not zero. It is wiped when dropped, compared in constant
/// time and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SharedSecret(Scalar);

impl SharedSecret {
    /// A new secret from `rng`.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        loop {
            let secret = Self(Scalar::random(&mut Randomness(rng)));
            // Once in 2^252 times.
            if !bool::from(secret.0.is_zero()) {
                return secret;
            }
        }
    }

    pub(super) fn from_scalar(scalar: Scalar) -> Self {
        Self(scalar)
    }

    pub(super) fn scalar(&self) -> &Scalar {
        &self.0
    }

    /// The profile's encryption secret: HKDF-SHA256 ([RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)) of the scalar's 32 bytes,
    /// little-endian, without salt, for `idos encryption key v1`.
    ///
    /// The commitments, which everybody may see, hold the generator times the scalar. From that nobody computes the scalar, and
    /// without the scalar the key is random bytes.
    pub fn encryption_secret(&self) -> EncryptionSecret {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        // It fails for outputs of more than 255 hashes only; the key would be zeros, which no key statement states.
        Hkdf::<Sha256>::new(None, self.0.as_bytes()).expand(INFO, key.as_mut_slice()).ok();
        EncryptionSecret::from_bytes(*key)
    }

    /// The encryption secret, if it is the one whose public half the profile's key statement states.
    ///
    /// # Errors
    /// If it is another.
    pub fn encryption_secret_of(&self, stated: &EncryptionKey) -> Result<EncryptionSecret, OtherKey> {
        let secret = self.encryption_secret();
        if secret.public() == *stated { Ok(secret) } else { Err(OtherKey) }
    }
}

impl PartialEq for SharedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SharedSecret {}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(..)")
    }
}

/// The shares are good, but of another key than the one that the profile states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the shares are of another key than the one that the profile's key statement names: ask the nodes of that statement"
)]
pub struct OtherKey;
