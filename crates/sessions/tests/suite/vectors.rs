//! Requests against `vectors/requests.json`, which were signed with another implementation (Python's `cryptography`).

use idos_sessions::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Request {
    name: String,
    algorithm: String,
    key: String,
    secret: String,
    method: String,
    authority: String,
    path: String,
    query: Option<String>,
    body: Option<String>,
    content_digest: Option<String>,
    session_id: SessionId,
    created: u64,
    nonce: Option<String>,
    base: String,
    signature_input: String,
    signature: String,
}

impl Request {
    fn parts(&self) -> RequestParts<'_> {
        let digest = self.content_digest.as_ref().map(|header| header.parse().unwrap());
        RequestParts::new(&self.method, &self.authority, &self.path, self.query.as_deref(), digest).unwrap()
    }

    fn params(&self) -> SignatureParams {
        let nonce = self.nonce.as_ref().map(|nonce| nonce.parse().unwrap());
        SignatureParams { session_id: self.session_id, created: self.created, nonce }
    }

    fn sign(&self) -> SignatureHeaders {
        let secret = bytes(&self.secret);
        match self.algorithm.as_str() {
            "ed25519" => sign_ed25519(&self.parts(), &self.params(), &SessionKey::from_bytes(&secret)),
            _ => sign_hmac(&self.parts(), &self.params(), &ReadKey::from_bytes(&secret)),
        }
    }

    fn verify(&self, parsed: &ParsedSignature) -> Result<(), RequestSignatureError> {
        let key = bytes(&self.key);
        match parsed.algorithm() {
            Algorithm::Ed25519 => parsed.verify_ed25519(&SessionPublicKey::from_bytes(&key).unwrap()),
            Algorithm::HmacSha256 => parsed.verify_hmac(&ReadKey::from_bytes(&key)),
        }
    }
}

fn bytes(hex: &str) -> [u8; 32] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

fn requests() -> Vec<Request> {
    serde_json::from_str(include_str!("../../vectors/requests.json")).unwrap()
}

#[test]
fn a_request_is_signed_exactly_as_the_vectors() {
    for request in requests() {
        let headers = request.sign();
        assert_eq!(headers.signature_input, request.signature_input, "{}", request.name);
        assert_eq!(headers.signature, request.signature, "{}", request.name);
    }
}

#[test]
fn the_signatures_of_the_vectors_verify() {
    for request in requests() {
        let name = &request.name;
        let parsed =
            ParsedSignature::parse(&request.parts(), &request.signature_input, &request.signature).unwrap();
        assert_eq!(parsed.base(), request.base, "{name}");
        assert_eq!(parsed.params(), &request.params(), "{name}");
        assert_eq!(parsed.algorithm().as_str(), request.algorithm, "{name}");
        assert_eq!(request.verify(&parsed), Ok(()), "{name}");

        let body = request.body.clone().unwrap_or_default();
        assert_eq!(ContentDigest::check(request.parts().content_digest(), body.as_bytes()), Ok(()), "{name}");
    }
}
