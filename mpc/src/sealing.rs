//! Shares at rest: sealed under a key that is not in the database.

use async_trait::async_trait;
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::clean_stack::on_clean_stack;

const NONCE_LEN: usize = 24;

/// Seals shares for the database, and opens them. A key file does ([`KeySealer`]), or a key management service behind this trait.
#[async_trait]
pub trait ShareSealer: Send + Sync {
    /// Seals a share. What is sealed in one context does not open in another, so rows of the database cannot be exchanged.
    ///
    /// # Errors
    /// If the key cannot be used.
    async fn seal(&self, context: &[u8], share: &[u8]) -> Result<Vec<u8>, SealerError>;

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// If the key cannot be used, or it was sealed in another context, by another key, or altered.
    async fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealerError>;
}

/// Why a share is not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealerError {
    /// Nothing came of it.
    #[error("the key for shares at rest cannot be used")]
    Unavailable,
    /// It does not open.
    #[error("a share at rest does not open: it is of another key or row, or altered")]
    Altered,
}

/// A key in this process's memory: XChaCha20-Poly1305, `nonce24 || ciphertext and tag`.
pub struct KeySealer(XChaCha20Poly1305);

impl KeySealer {
    /// With this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(Key::from_slice(key)))
    }
}

#[async_trait]
impl ShareSealer for KeySealer {
    async fn seal(&self, context: &[u8], share: &[u8]) -> Result<Vec<u8>, SealerError> {
        let mut nonce = [0; NONCE_LEN];
        OsRng.fill_bytes(&mut nonce);
        let payload = Payload { msg: share, aad: context };
        let sealed = on_clean_stack(|| self.0.encrypt(XNonce::from_slice(&nonce), payload));
        let sealed = sealed.map_err(|_| SealerError::Unavailable)?;
        Ok([&nonce[..], &sealed].concat())
    }

    async fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealerError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(SealerError::Altered)?;
        let payload = Payload { msg: sealed, aad: context };
        let opened = on_clean_stack(|| self.0.decrypt(XNonce::from_slice(nonce), payload));
        let opened = opened.map_err(|_| SealerError::Altered)?;
        Ok(Zeroizing::new(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_share_at_rest_opens_only_as_it_was_sealed() {
        let sealer = KeySealer::new(&[1; 32]);
        let sealed = sealer.seal(b"here", b"a share").await.unwrap();
        assert_eq!(sealer.open(b"here", &sealed).await.unwrap().as_slice(), b"a share");
        assert!(!sealed.windows(7).any(|bytes| bytes == b"a share"));
        let mut altered = sealed.clone();
        altered[30] ^= 1;
        let table: [(&str, &KeySealer, &[u8], &[u8]); 4] = [
            ("another context", &sealer, b"there", &sealed),
            ("another key", &KeySealer::new(&[2; 32]), b"here", &sealed),
            ("altered", &sealer, b"here", &altered),
            ("cut short", &sealer, b"here", &sealed[..10]),
        ];
        for (name, sealer, context, sealed) in table {
            assert_eq!(sealer.open(context, sealed).await.unwrap_err(), SealerError::Altered, "{name}");
        }
    }
}
