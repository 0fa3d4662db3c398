//! A client with its session.

use idos_sessions::*;

pub(crate) const NOW: u64 = 1_760_000_000;
pub(crate) const SESSION: SessionId = SessionId([7; 16]);

pub(crate) fn session_key() -> SessionKey {
    SessionKey::from_bytes(&[1; 32])
}

pub(crate) fn read_key() -> ReadKey {
    ReadKey::from_bytes(&[2; 32])
}

pub(crate) fn read() -> RequestParts<'static> {
    RequestParts::new("GET", "node.example", "/v1/credentials", Some("limit=10"), None).unwrap()
}

pub(crate) fn command() -> RequestParts<'static> {
    let digest = ContentDigest::of(b"{}");
    RequestParts::new("POST", "node.example", "/v1/profile", None, Some(digest)).unwrap()
}

pub(crate) fn params(parts: &RequestParts<'_>) -> SignatureParams {
    SignatureParams::for_request(parts, SESSION, NOW, &mut rand_core::OsRng)
}

pub(crate) fn signed(parts: &RequestParts<'_>) -> SignatureHeaders {
    sign_ed25519(parts, &params(parts), &session_key())
}

pub(crate) fn authenticated(parts: &RequestParts<'_>) -> SignatureHeaders {
    sign_hmac(parts, &params(parts), &read_key())
}

pub(crate) fn parse(
    parts: &RequestParts<'_>,
    headers: &SignatureHeaders,
) -> Result<ParsedSignature, RequestSignatureError> {
    ParsedSignature::parse(parts, &headers.signature_input, &headers.signature)
}

/// Reads the headers and verifies with whichever key they need.
pub(crate) fn verify(
    parts: &RequestParts<'_>,
    headers: &SignatureHeaders,
) -> Result<(), RequestSignatureError> {
    let parsed = parse(parts, headers)?;
    match parsed.algorithm() {
        Algorithm::Ed25519 => parsed.verify_ed25519(&session_key().public()),
        Algorithm::HmacSha256 => parsed.verify_hmac(&read_key()),
    }
}
