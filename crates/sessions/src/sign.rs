//! Signing a request.

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rand_core::CryptoRngCore;

use crate::{
    base::{COVERED, COVERED_BODY, LABEL, request_base},
    key::SessionKey,
    read_key::ReadKey,
    request::RequestParts,
    session_id::SessionId,
};

/// The name of the header that says what is signed and how.
pub const SIGNATURE_INPUT_HEADER: &str = "signature-input";
/// The name of the header that holds the signature.
pub const SIGNATURE_HEADER: &str = "signature";

/// How a request is signed, as `alg` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// By the session key: any request.
    Ed25519,
    /// Under the read key: reads only.
    HmacSha256,
}

impl Algorithm {
    /// Its name in the registry of RFC 9421.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::HmacSha256 => "hmac-sha256",
        }
    }

    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Ed25519, Self::HmacSha256].into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// What makes each command's signature different: 16 to 64 characters of base64url.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// 16 random bytes.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Nonce {
    type Err = NonceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if (16..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NonceError)
        }
    }
}

/// A text that is not a [`Nonce`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a nonce is 16 to 64 letters, digits, - or _")]
pub struct NonceError;

/// What a signature says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureParams {
    /// Whose key signs (`keyid`).
    pub session_id: SessionId,
    /// When, in Unix seconds; below 10^15, the largest integer of a structured field.
    pub created: u64,
    /// There must be one if the request is a command.
    pub nonce: Option<Nonce>,
}

impl SignatureParams {
    /// For `parts`, signed at `now`: with a fresh nonce if it is a command.
    pub fn for_request(
        parts: &RequestParts<'_>,
        session_id: SessionId,
        now: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Self {
        let nonce = parts.is_command().then(|| Nonce::generate(rng));
        Self { session_id, created: now, nonce }
    }

    fn serialize(&self, parts: &RequestParts<'_>, algorithm: Algorithm) -> String {
        let body = parts.content_digest().map(|_| COVERED_BODY);
        let components: Vec<String> =
            COVERED.into_iter().chain(body).map(|name| format!("\"{name}\"")).collect();
        let mut text = format!("({});created={}", components.join(" "), self.created);
        if let Some(nonce) = &self.nonce {
            // Writing into a string cannot fail.
            let _ = write!(text, ";nonce=\"{}\"", nonce.as_str());
        }
        let _ = write!(text, ";keyid=\"{}\";alg=\"{}\"", self.session_id, algorithm.as_str());
        text
    }
}

/// The values of the two headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// For [`SIGNATURE_INPUT_HEADER`].
    pub signature_input: String,
    /// For [`SIGNATURE_HEADER`].
    pub signature: String,
}

/// Signs a request with the session key.
pub fn sign_ed25519(
    parts: &RequestParts<'_>,
    params: &SignatureParams,
    key: &SessionKey,
) -> SignatureHeaders {
    headers(parts, params, Algorithm::Ed25519, |base| key.sign(base).to_vec())
}

/// Authenticates a read under the read key. A node refuses commands that are signed so.
pub fn sign_hmac(parts: &RequestParts<'_>, params: &SignatureParams, key: &ReadKey) -> SignatureHeaders {
    headers(parts, params, Algorithm::HmacSha256, |base| key.tag(base).to_vec())
}

fn headers(
    parts: &RequestParts<'_>,
    params: &SignatureParams,
    algorithm: Algorithm,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> SignatureHeaders {
    let params = params.serialize(parts, algorithm);
    let signature = sign(request_base(parts, &params).as_bytes());
    SignatureHeaders {
        signature_input: format!("{LABEL}={params}"),
        signature: format!("{LABEL}=:{}:", STANDARD.encode(signature)),
    }
}
