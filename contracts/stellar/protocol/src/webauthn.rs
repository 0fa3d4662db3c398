//! What a passkey signs: not the text itself, but an assertion whose challenge is the text's hash
//! ([WebAuthn](https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion)).
#![allow(missing_docs, reason = "what the macro adds has none")]

use soroban_sdk::{Bytes, BytesN, Env, contracttype};

use crate::{Refusal, text::copy};

// `public_key_y` is the second coordinate of the account's key: the host verifies with whole points, and a point's y is one of two for its x.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAuthn {
    pub authenticator_data: Bytes,
    pub client_data_json: Bytes,
    pub public_key_y: BytesN<32>,
    pub signature: BytesN<64>,
}

/// Where the flags are in the authenticator data: after the hash of the relying party's id.
const FLAGS_AT: u32 = 32;
/// Least size of the authenticator data: hash, flags, counter.
const AUTHENTICATOR_DATA_BYTES_MIN: u32 = 37;
/// User present, and user verified: by a finger, a face or a PIN.
const FLAGS: u8 = 0x01 | 0x04;

/// How client data begin: the specification fixes the order of these two members, for verifiers that do not parse JSON
/// ([limited verification algorithm](https://www.w3.org/TR/webauthn-3/#clientdatajson-verification)).
const CLIENT_DATA_START: &[u8; 36] = b"{\"type\":\"webauthn.get\",\"challenge\":\"";
/// 32 bytes in base64url without padding.
const CHALLENGE_BYTES: usize = 43;

/// Refuses what is not `key`'s assertion about `text`. A wrong ECDSA signature, or one with a high `s`, ends the call at the host.
pub(crate) fn verify(env: &Env, key: &BytesN<33>, assertion: &WebAuthn, text: &Bytes) -> Result<(), Refusal> {
    let WebAuthn { authenticator_data, client_data_json, public_key_y, signature } = assertion;
    let is_by_user = authenticator_data.len() >= AUTHENTICATOR_DATA_BYTES_MIN
        && authenticator_data.get_unchecked(FLAGS_AT) & FLAGS == FLAGS;
    if !is_by_user || !is_about(env, client_data_json, text) {
        return Err(Refusal::InvalidSignature);
    }
    let mut signed = authenticator_data.clone();
    signed.append(&env.crypto().sha256(client_data_json).into());
    let point = point(key, public_key_y)?;
    env.crypto().secp256r1_verify(&point, &env.crypto().sha256(&signed), signature);
    Ok(())
}

/// Whether the client data are of an assertion, and their challenge is the text's hash.
fn is_about(env: &Env, client_data_json: &Bytes, text: &Bytes) -> bool {
    let mut expected = Bytes::from_slice(env, CLIENT_DATA_START);
    expected.extend_from_slice(&challenge(&env.crypto().sha256(text).to_array()));
    client_data_json.len() >= expected.len() && client_data_json.slice(..expected.len()) == expected
}

/// The whole point of a compressed key. That it lies on the curve is checked by the host.
fn point(key: &BytesN<33>, y: &BytesN<32>) -> Result<BytesN<65>, Refusal> {
    if key.get_unchecked(0) != 2 | y.get_unchecked(31) & 1 {
        return Err(Refusal::InvalidSignature);
    }
    const UNCOMPRESSED: u8 = 4;
    let mut point: Bytes = key.clone().into();
    point.set(0, UNCOMPRESSED);
    point.append(y.as_ref());
    point.try_into().map_err(|_| Refusal::InvalidSignature)
}

/// 32 bytes in base64url without padding, and the quotation mark that ends them.
fn challenge(bytes: &[u8; 32]) -> [u8; CHALLENGE_BYTES + 1] {
    let mut whole = [0; 33];
    copy(&mut whole, bytes);
    let mut out = [0; CHALLENGE_BYTES + 1];
    for (from, to) in whole.chunks_exact(3).zip(out.chunks_exact_mut(4)) {
        let mut group = from.iter().fold(0, |group, byte| group << 8 | u32::from(*byte));
        for character in to.iter_mut().rev() {
            *character = digit(group as u8 & 63);
            group >>= 6;
        }
    }
    // Where a 33rd byte would have ended.
    out[CHALLENGE_BYTES] = b'"';
    out
}

fn digit(value: u8) -> u8 {
    match value {
        0..26 => b'A' + value,
        26..52 => b'a' + value - 26,
        52..62 => b'0' + value - 52,
        62 => b'-',
        _ => b'_',
    }
}
