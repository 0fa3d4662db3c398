//! Digests of bodies: the `Content-Digest` header ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)).

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The name of the header.
pub const CONTENT_DIGEST_HEADER: &str = "content-digest";

/// The SHA-256 of a body, in a header `sha-256=:base64:`. Of the forms that RFC 9530 knows only this one is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// Of `body`.
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// From a SHA-256 that was computed elsewhere, as over a stream.
    pub fn from_sha256(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// The SHA-256.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `body` is the one that the request was signed with; without a digest only an empty body is.
    ///
    /// # Errors
    /// If the digest is missing or of another body.
    pub fn check(stated: Option<&Self>, body: &[u8]) -> Result<(), ContentDigestError> {
        match stated {
            None if body.is_empty() => Ok(()),
            None => Err(ContentDigestError::Missing),
            Some(digest) if *digest == Self::of(body) => Ok(()),
            Some(_) => Err(ContentDigestError::Mismatch),
        }
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha-256=:{}:", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentDigest {
    type Err = ContentDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let base64 = text.strip_prefix("sha-256=:").and_then(|rest| rest.strip_suffix(':'));
        let mut bytes = [0; 32];
        match base64.map(|text| STANDARD.decode_slice(text, &mut bytes)) {
            Some(Ok(32)) => Ok(Self(bytes)),
            _ => Err(ContentDigestError::Malformed),
        }
    }
}

/// Why a body is not the one that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentDigestError {
    /// Not `sha-256=:base64:`.
    #[error("the content-digest header must be sha-256=:…: with the body's SHA-256 in base64")]
    Malformed,
    /// A body without a digest.
    #[error("a request with a body needs a content-digest header that its signature covers")]
    Missing,
    /// Another body's.
    #[error("the body is not the one that content-digest names")]
    Mismatch,
}
