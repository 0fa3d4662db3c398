//! What a passkey signs: not the text itself, but an assertion whose challenge is the text's hash
//! ([WebAuthn](https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion)).
#![allow(missing_docs, reason = "what the macro adds has none")]

use soroban_sdk::{Bytes, BytesN, Env, contracttype};

use crate::Refusal;

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
    let point = point(env, &key.to_array(), public_key_y)?;
    env.crypto().secp256r1_verify(&point, &env.crypto().sha256(&signed), signature);
    Ok(())
}

/// Whether the client data are of an assertion, and their challenge is the text's hash.
fn is_about(env: &Env, client_data_json: &Bytes, text: &Bytes) -> bool {
    const START: usize = CLIENT_DATA_START.len();
    const LENGTH: usize = START + CHALLENGE_BYTES + 1;
    if client_data_json.len() < LENGTH as u32 {
        return false;
    }
    let mut actual = [0; LENGTH];
    client_data_json.slice(..LENGTH as u32).copy_into_slice(&mut actual);
    let challenge = base64url(&env.crypto().sha256(text).to_array());
    actual.iter().eq(CLIENT_DATA_START.iter().chain(&challenge).chain(b"\""))
}

/// The whole point of a compressed key. That it lies on the curve is checked by the host.
fn point(env: &Env, key: &[u8; 33], y: &BytesN<32>) -> Result<BytesN<65>, Refusal> {
    let y = y.to_array();
    if key[0] != 2 + (y[31] & 1) {
        return Err(Refusal::InvalidSignature);
    }
    const UNCOMPRESSED: u8 = 4;
    let mut point = *key;
    point[0] = UNCOMPRESSED;
    let mut point = Bytes::from_array(env, &point);
    point.extend_from_array(&y);
    point.try_into().map_err(|_| Refusal::InvalidSignature)
}

/// 32 bytes in base64url, without padding.
fn base64url(bytes: &[u8; 32]) -> [u8; CHALLENGE_BYTES] {
    let bit =
        |position: usize| bytes.get(position / 8).is_some_and(|byte| byte << (position % 8) & 0x80 != 0);
    let mut out = [0; CHALLENGE_BYTES];
    for (position, character) in out.iter_mut().enumerate() {
        let start = position * 6;
        let value = (start..start + 6).fold(0, |value, position| value << 1 | u8::from(bit(position)));
        *character = digit(value);
    }
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
