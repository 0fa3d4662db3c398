//! Signatures of bare keys.
#![allow(missing_docs, reason = "what the macro adds has none")]

use soroban_sdk::{Bytes, BytesN, Env, contracttype};

use crate::{Account, Refusal, WebAuthn, sha512, webauthn};

// What a bare key's account adds to a call. `deadline`: Unix seconds, usable while now <= deadline.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProof {
    pub deadline: u64,
    pub nonce: BytesN<32>,
    pub signature: KeySignature,
}

// ECDSA signatures are r || s, low s only; secp256k1's second field is the recovery id, 0 or 1.
#[allow(clippy::large_enum_variant, reason = "in wasm every value is a handle")]
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySignature {
    Ed25519(BytesN<64>),
    Secp256k1(BytesN<64>, u32),
    Secp256r1(WebAuthn),
}

/// Refuses a native account with a signature, a bare key without one ([`Refusal::NotOwner`]), and one of another curve
/// ([`Refusal::InvalidSignature`]).
pub fn check_form(account: &Account, signature: Option<&KeySignature>) -> Result<(), Refusal> {
    match (account, signature) {
        (Account::Native(_), None)
        | (Account::Ed25519(_), Some(KeySignature::Ed25519(_)))
        | (Account::Secp256k1(_), Some(KeySignature::Secp256k1(..)))
        | (Account::Secp256r1(_), Some(KeySignature::Secp256r1(_))) => Ok(()),
        (Account::Native(_), Some(_)) | (_, None) => Err(Refusal::NotOwner),
        _ => Err(Refusal::InvalidSignature),
    }
}

/// Refuses what is not the account's signature over `text`.
///
/// # Panics
///
/// Where the host does: at a wrong Ed25519 or secp256r1 signature, at a high `s`, at a point that is not on its curve. The call then ends with
/// `Error(Crypto, InvalidInput)`, which means [`Refusal::InvalidSignature`].
pub fn verify(env: &Env, account: &Account, signature: &KeySignature, text: &Bytes) -> Result<(), Refusal> {
    match (account, signature) {
        (Account::Ed25519(key), KeySignature::Ed25519(signature)) => {
            env.crypto().ed25519_verify(key, text, signature);
            Ok(())
        }
        (Account::Secp256k1(key), KeySignature::Secp256k1(signature, recovery_id)) => {
            verify_secp256k1(env, key, signature, *recovery_id, text)
        }
        (Account::Secp256r1(key), KeySignature::Secp256r1(assertion)) => {
            webauthn::verify(env, key, assertion, text)
        }
        _ => Err(Refusal::InvalidSignature),
    }
}

/// As XRPL's wallets sign: over the first half of the SHA-512 of the text.
fn verify_secp256k1(
    env: &Env,
    key: &BytesN<33>,
    signature: &BytesN<64>,
    recovery_id: u32,
    text: &Bytes,
) -> Result<(), Refusal> {
    // 2 and 3 are for an r beyond the curve's order, which no honest signer ever meets.
    if recovery_id > 1 {
        return Err(Refusal::InvalidSignature);
    }
    let digest = BytesN::from_array(env, &sha512::half(text));
    let point: Bytes = env.crypto_hazmat().secp256k1_recover(&digest, signature, recovery_id).into();
    let mut actual = point.slice(..33);
    actual.set(0, 2 | point.get_unchecked(64) & 1);
    let is_key = actual == *key.as_ref();
    if is_key { Ok(()) } else { Err(Refusal::InvalidSignature) }
}
