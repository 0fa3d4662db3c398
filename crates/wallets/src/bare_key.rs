//! Texts signed by bare keys, as the wallets of the XRP Ledger sign and the Stellar contracts check: Ed25519 signs the text itself, secp256k1 the first half
//! of its SHA-512 ([XRPL](https://xrpl.org/docs/concepts/accounts/cryptographic-keys)).
//!
//! What the wallet returns is written as one [`crate::Signature`]: the 33 bytes of the public key as XRPL writes it, and then the signature: 64 bytes if the key
//! begins with `ED` (Ed25519), DER if it begins with `02` or `03` (secp256k1).
//!
//! An XRPL account is proven by its master key, from which its classic address follows. A regular key, or a list of signers, that somebody has set on
//! the ledger is not known here: no node asks an XRP Ledger.

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};
use idos_grants::account::{PublicKey, XrplAddress};
use k256::ecdsa::{
    RecoveryId, Signature as EcdsaSignature, VerifyingKey as EcdsaKey, signature::hazmat::PrehashVerifier,
};
use sha2::{Digest, Sha512};

use crate::{
    message::Message,
    signature::{Signature, SignatureError, check_size},
    wallet::Wallet,
};

/// What the bytes of an Ed25519 key begin with.
const ED25519_PREFIX: u8 = 0xed;
const KEY_BYTES: usize = 33;

/// What a secp256k1 key signs for `text`: SHA-512Half.
pub fn sha512_half(text: &[u8]) -> [u8; 32] {
    let mut half = [0; 32];
    half.copy_from_slice(&Sha512::digest(text)[..32]);
    half
}

/// What a wallet returned, as it is sent to a node: 64 bytes by an Ed25519 key, DER by a secp256k1 key.
///
/// # Errors
/// If the key is of a curve that signs no messages, or the signature is too long.
pub fn signature_of(key: &PublicKey, signature: &[u8]) -> Result<Signature, SignatureError> {
    let prefix: &[u8] = match key {
        PublicKey::Ed25519(_) => &[ED25519_PREFIX],
        PublicKey::Secp256k1(_) => &[],
        PublicKey::Secp256r1(_) => return Err(SignatureError::NoMessages),
    };
    Signature::new([prefix, key.as_bytes(), signature].concat())
}

/// Whether `signature` is that of `key` over `message`.
pub(crate) fn verify(key: &PublicKey, message: &Message, signature: &[u8]) -> Result<(), SignatureError> {
    if matches!(key, PublicKey::Secp256r1(_)) {
        return Err(SignatureError::NoMessages);
    }
    let (signer, signature) = split(signature)?;
    if signer != *key {
        return Err(SignatureError::OtherSigner);
    }
    verify_text(key, message.text().as_bytes(), signature)
}

/// The wallet that signed `message`, if it is that of the XRPL account `address`.
pub(crate) fn verify_account(
    address: XrplAddress,
    message: &Message,
    signature: &[u8],
) -> Result<Wallet, SignatureError> {
    let (key, signature) = split(signature)?;
    if XrplAddress::of_key(&key) != Some(address) {
        return Err(SignatureError::NotMasterKey);
    }
    verify_text(&key, message.text().as_bytes(), signature)?;
    Wallet::xrpl(key).ok_or(SignatureError::NotXrpl)
}

/// A signature in the form that contracts take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContractSignature {
    /// R and s.
    Ed25519([u8; 64]),
    /// r and s, and which of the two keys that fit them signed: 0 or 1.
    Secp256k1([u8; 64], u8),
}

/// `signature` over `message` in the form that contracts take.
///
/// # Errors
/// If it is not the signature of `key`.
pub fn for_contract(
    key: &PublicKey,
    message: &Message,
    signature: &Signature,
) -> Result<ContractSignature, SignatureError> {
    verify(key, message, signature.as_bytes())?;
    let (_, signature) = split(signature.as_bytes())?;
    match key {
        PublicKey::Ed25519(_) => {
            signature.try_into().map(ContractSignature::Ed25519).map_err(|_| SignatureError::NotXrpl)
        }
        PublicKey::Secp256k1(key) => recoverable(key, message.text().as_bytes(), signature),
        PublicKey::Secp256r1(_) => Err(SignatureError::NoMessages),
    }
}

fn recoverable(key: &[u8; 33], text: &[u8], signature: &[u8]) -> Result<ContractSignature, SignatureError> {
    let key = EcdsaKey::from_sec1_bytes(key).map_err(|_| SignatureError::Malformed)?;
    let signature = EcdsaSignature::from_der(signature).map_err(|_| SignatureError::NotXrpl)?;
    let recovery_id = RecoveryId::trial_recovery_from_prehash(&key, &sha512_half(text), &signature)
        .map_err(|_| SignatureError::OtherSigner)?;
    Ok(ContractSignature::Secp256k1(signature.to_bytes().into(), recovery_id.to_byte()))
}

fn split(signature: &[u8]) -> Result<(PublicKey, &[u8]), SignatureError> {
    check_size(signature)?;
    let (key, signature) = signature.split_first_chunk::<KEY_BYTES>().ok_or(SignatureError::NotXrpl)?;
    let key = match key {
        [ED25519_PREFIX, key @ ..] => PublicKey::Ed25519(*key),
        [2 | 3, ..] => PublicKey::Secp256k1(*key),
        _ => return Err(SignatureError::NotXrpl),
    };
    Ok((key, signature))
}

fn verify_text(key: &PublicKey, text: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    match key {
        PublicKey::Ed25519(key) => verify_ed25519(key, text, signature),
        PublicKey::Secp256k1(key) => verify_secp256k1(key, text, signature),
        PublicKey::Secp256r1(_) => Err(SignatureError::NoMessages),
    }
}

fn verify_ed25519(key: &[u8; 32], text: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let signature = Ed25519Signature::from_slice(signature).map_err(|_| SignatureError::NotXrpl)?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Malformed)?;
    key.verify_strict(text, &signature).map_err(|_| SignatureError::OtherSigner)
}

fn verify_secp256k1(key: &[u8; 33], text: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let signature = EcdsaSignature::from_der(signature).map_err(|_| SignatureError::NotXrpl)?;
    if signature.normalize_s().is_some() {
        return Err(SignatureError::HighS);
    }
    let key = EcdsaKey::from_sec1_bytes(key).map_err(|_| SignatureError::Malformed)?;
    key.verify_prehash(&sha512_half(text), &signature).map_err(|_| SignatureError::OtherSigner)
}
