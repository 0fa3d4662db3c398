//! Content as it is stored: `nonce (24 bytes) || NaCl box`.
//!
//! The box is x25519-xsalsa20-poly1305, [NaCl's `crypto_box`](https://nacl.cr.yp.to/box.html), under an ephemeral sender key
//! that is made for this content alone and thrown away: its public half is kept beside the content.

use crypto_box::{
    Nonce, PublicKey, SalsaBox, Tag,
    aead::{AeadInPlace, rand_core::CryptoRngCore},
};
use zeroize::Zeroizing;

use crate::encryption_key::{EncryptionKey, EncryptionSecret};

const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// Bytes of the shortest content: nonce, authenticator, and an empty plaintext. Content is always exactly this much longer
/// than its plaintext.
pub const MIN_CONTENT_LEN: usize = NONCE_LEN + TAG_LEN;

/// How much of the content [`looks_like_box`] reads, in bytes; shorter content is not judged.
pub const PLAINTEXT_WINDOW: usize = 96;

/// Sealed content and the key needed, beside the recipient's secret, to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The public half of the ephemeral key that sealed the content.
    pub sender: EncryptionKey,
    /// `nonce || box`.
    pub content: Vec<u8>,
}

/// Seals `plaintext` so that only `recipient` can open it.
pub fn seal(
    rng: &mut impl CryptoRngCore,
    recipient: &EncryptionKey,
    plaintext: &[u8],
) -> Result<Sealed, SealError> {
    let sender = EncryptionSecret::generate(rng);
    let mut nonce = Nonce::default();
    rng.fill_bytes(&mut nonce);
    let content = seal_with(&sender, &nonce, recipient, plaintext)?;
    Ok(Sealed { sender: sender.public(), content })
}

// The plaintext is copied once, into its place in the content, and encrypted there.
fn seal_with(
    sender: &EncryptionSecret,
    nonce: &Nonce,
    recipient: &EncryptionKey,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut content = Vec::with_capacity(MIN_CONTENT_LEN + plaintext.len());
    content.extend_from_slice(nonce);
    content.extend_from_slice(&[0; TAG_LEN]);
    content.extend_from_slice(plaintext);
    let (head, body) = content.split_at_mut(MIN_CONTENT_LEN);
    let tag = shared(sender, recipient).encrypt_in_place_detached(nonce, b"", body).map_err(|_| SealError)?;
    head[NONCE_LEN..].copy_from_slice(&tag);
    Ok(content)
}

/// Opens content with the recipient's secret and the sender key that is stored beside it.
///
/// # Errors
/// A wrong secret, a wrong sender key and altered content are one error: the box does not tell them apart.
pub fn open(
    secret: &EncryptionSecret,
    sender: &EncryptionKey,
    content: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, sealed) = content.split_at_checked(NONCE_LEN).ok_or(OpenError::TooShort)?;
    let (tag, body) = sealed.split_at_checked(TAG_LEN).ok_or(OpenError::TooShort)?;
    let mut plaintext = Zeroizing::new(body.to_vec());
    shared(secret, sender)
        .decrypt_in_place_detached(Nonce::from_slice(nonce), b"", &mut plaintext, Tag::from_slice(tag))
        .map_err(|_| OpenError::NotForThisKey)?;
    Ok(plaintext)
}

fn shared(secret: &EncryptionSecret, other: &EncryptionKey) -> SalsaBox {
    SalsaBox::new(&PublicKey::from(*other.as_bytes()), &secret.for_box())
}

/// Whether content could be a sealed box, for a server that holds no key: it catches the client that forgot to encrypt.
///
/// Content is refused if it is shorter than any box, or if its first [`PLAINTEXT_WINDOW`] bytes are UTF-8 text: JSON, base64,
/// XML, a data URL. Every byte of a box looks random, and random bytes remain valid UTF-8 with a probability that falls by
/// 0.564 a byte: over 96 bytes, a last character cut in half allowed, under 2^-74. Shorter content is let through,
/// for there the same rule would come to refuse honest boxes (2^-33 at 40 bytes). Binary plaintext, a PDF say, is not noticed.
pub fn looks_like_box(content: &[u8]) -> Result<(), NotABox> {
    if content.len() < MIN_CONTENT_LEN {
        return Err(NotABox::TooShort);
    }
    let Some(window) = content.get(..PLAINTEXT_WINDOW) else { return Ok(()) };
    match std::str::from_utf8(window) {
        Err(error) if error.error_len().is_some() => Ok(()),
        _ => Err(NotABox::Plaintext),
    }
}

/// Why content cannot be a sealed box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotABox {
    /// Shorter than nonce and authenticator.
    #[error("content is nonce and NaCl box, at least {MIN_CONTENT_LEN} bytes")]
    TooShort,
    /// Readable text.
    #[error("this content is readable text: send it encrypted, as the raw bytes of nonce and NaCl box")]
    Plaintext,
}

/// The plaintext is longer than the cipher can take (256 GiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this content is too long to encrypt in one piece")]
pub struct SealError;

/// Why content does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than nonce and authenticator.
    #[error("content is nonce and NaCl box, at least {MIN_CONTENT_LEN} bytes")]
    TooShort,
    /// The authenticator does not match.
    #[error(
        "this content was not sealed to this key, or was altered: check the password or key, then fetch it again"
    )]
    NotForThisKey,
}

#[cfg(test)]
mod tests;
