//! Messages signed by Stellar wallets: [SEP-53](https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0053.md).
//!
//! What the wallet returns is written as one [`crate::Signature`]: the 32 bytes of the Ed25519 key, the 64 bytes of the signature. The key is that of
//! the account, or of another of its signers.

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{
    message::Message,
    signature::{Signature, SignatureError, check_size},
};

/// What every such message begins with.
const PREFIX: &[u8] = b"Stellar Signed Message:\n";
const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;

/// The hash that an Ed25519 key signs for `message`.
pub fn signing_hash(message: &Message) -> [u8; 32] {
    Sha256::new().chain_update(PREFIX).chain_update(message.text()).finalize().into()
}

/// What a wallet returned, as it is sent to a node.
///
/// # Errors
/// None: the parts are of one size.
pub fn signature_of(
    key: &[u8; KEY_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<Signature, SignatureError> {
    Signature::new([&key[..], signature].concat())
}

/// The key that signed `message`.
pub(crate) fn verify(message: &Message, signature: &[u8]) -> Result<[u8; KEY_BYTES], SignatureError> {
    let (key, signature) = split(signature)?;
    verify_hash(&key, &signing_hash(message), &signature)?;
    Ok(key)
}

/// The key and its signature.
///
/// # Errors
/// If there are fewer or more bytes than both have.
pub fn split(signature: &[u8]) -> Result<([u8; KEY_BYTES], [u8; SIGNATURE_BYTES]), SignatureError> {
    check_size(signature)?;
    let (key, signature) = signature.split_first_chunk::<KEY_BYTES>().ok_or(SignatureError::NotSep53)?;
    let signature = signature.try_into().map_err(|_| SignatureError::NotSep53)?;
    Ok((*key, signature))
}

pub(crate) fn verify_hash(
    key: &[u8; KEY_BYTES],
    hash: &[u8; 32],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), SignatureError> {
    let verifying_key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Malformed)?;
    verifying_key
        .verify_strict(hash, &Ed25519Signature::from_bytes(signature))
        .map_err(|_| SignatureError::OtherSigner)
}
