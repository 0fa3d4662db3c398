//! Messages signed by NEAR wallets: [NEP-413](https://github.com/near/NEPs/blob/master/neps/nep-0413.md).
//!
//! A wallet is asked to sign a message's text, for its recipient, with the SHA-256 of the text as the nonce: what makes a message single-use
//! stands in the text, where a person can read it. What the wallet returns is written as one [`crate::Signature`]:
//! the key's kind (`0`, Ed25519), the 32 bytes of the key, the 64 bytes of the signature, and then the callback URL, if the wallet was given one.

use borsh::BorshSerialize;
use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{
    message::Message,
    signature::{Signature, SignatureError, check_size},
};

/// What every such payload begins with: 2^31 + 413, which no transaction begins with.
const TAG: u32 = (1 << 31) + 413;
const ED25519: u8 = 0;
const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
/// The longest callback URL, in bytes.
pub const CALLBACK_URL_MAX: usize = 512;

#[derive(BorshSerialize)]
struct Payload<'a> {
    tag: u32,
    message: &'a str,
    nonce: [u8; 32],
    recipient: &'a str,
    callback_url: Option<&'a str>,
}

/// The hash that an Ed25519 key signs for `message`.
pub fn signing_hash(message: &Message, callback_url: Option<&str>) -> [u8; 32] {
    let payload = Payload {
        tag: TAG,
        message: message.text(),
        nonce: message.digest(),
        recipient: message.recipient(),
        callback_url,
    };
    let mut hasher = Sha256::new();
    // Writing into a hash does not fail; if it did, no signature would fit what was hashed.
    borsh::to_writer(&mut hasher, &payload).ok();
    hasher.finalize().into()
}

/// What a wallet returned, as it is sent to a node.
///
/// # Errors
/// If the callback URL is longer than [`CALLBACK_URL_MAX`].
pub fn signature_of(
    key: &[u8; KEY_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
    callback_url: Option<&str>,
) -> Result<Signature, SignatureError> {
    let callback_url = callback_url.unwrap_or_default();
    if callback_url.len() > CALLBACK_URL_MAX {
        return Err(SignatureError::TooLong);
    }
    Signature::new([&[ED25519][..], key, signature, callback_url.as_bytes()].concat())
}

/// The key that signed `message`.
pub(crate) fn verify(message: &Message, signature: &[u8]) -> Result<[u8; KEY_BYTES], SignatureError> {
    check_size(signature)?;
    let (kind, rest) = signature.split_first().ok_or(SignatureError::Empty)?;
    if *kind != ED25519 {
        return Err(SignatureError::WrongKeyType);
    }
    let (key, rest) = rest.split_first_chunk::<KEY_BYTES>().ok_or(SignatureError::NotNep413)?;
    let (signature, callback_url) =
        rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or(SignatureError::NotNep413)?;
    if callback_url.len() > CALLBACK_URL_MAX {
        return Err(SignatureError::TooLong);
    }
    let callback_url = std::str::from_utf8(callback_url).map_err(|_| SignatureError::NotNep413)?;
    let callback_url = Some(callback_url).filter(|url| !url.is_empty());

    let verifying_key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Malformed)?;
    let signature = Ed25519Signature::from_bytes(signature);
    verifying_key
        .verify_strict(&signing_hash(message, callback_url), &signature)
        .map_err(|_| SignatureError::OtherSigner)?;
    Ok(*key)
}
