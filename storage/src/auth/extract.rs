//! Extractors: a handler that takes one of these is called only for a request that is signed.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header::CONTENT_TYPE, request::Parts},
};
use bytes::Bytes;
use idos_api::limits::MAX_JSON_BYTES;
use idos_sessions::ContentDigest;
use serde::de::DeserializeOwned;

use super::Caller;
use crate::{commands::Signer, error::ServiceError, vault::Inner};

const JSON: &str = "application/json";
const CONTENT: &str = "application/octet-stream";

/// Who reads: of a GET.
pub(crate) struct Reader(pub(crate) Caller);

impl FromRequestParts<Inner> for Reader {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, vault: &Inner) -> Result<Self, ServiceError> {
        let verified = vault.verifier.verify(parts, vault.now()).await?;
        Ok(Self(verified.caller))
    }
}

/// Who commands, and what: of any other method, with a JSON body or none.
pub(crate) struct SignedBody {
    pub(crate) caller: Caller,
    pub(crate) signer: Signer,
    is_json: bool,
    body: Bytes,
}

impl SignedBody {
    /// The body as `T`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        parse_json(self.is_json, &self.body)
    }
}

impl FromRequest<Inner> for SignedBody {
    type Rejection = ServiceError;

    async fn from_request(request: Request, vault: &Inner) -> Result<Self, ServiceError> {
        let (parts, body) = request.into_parts();
        let verified = vault.verifier.verify(&parts, vault.now()).await?;
        let body = read_small(body).await?;
        ContentDigest::check(verified.digest.as_ref(), &body)
            .map_err(|error| ServiceError::Unauthenticated(error.to_string().into()))?;
        let is_json = may_be(&parts.headers, JSON);
        Ok(Self { caller: verified.caller, signer: verified.signer()?, is_json, body })
    }
}

/// Who sends content, its digest, and the content yet to be read.
pub(crate) struct SignedStream {
    pub(crate) caller: Caller,
    pub(crate) signer: Signer,
    pub(crate) digest: ContentDigest,
    pub(crate) body: Body,
}

impl FromRequest<Inner> for SignedStream {
    type Rejection = ServiceError;

    async fn from_request(request: Request, vault: &Inner) -> Result<Self, ServiceError> {
        let (parts, body) = request.into_parts();
        let verified = vault.verifier.verify(&parts, vault.now()).await?;
        if !may_be(&parts.headers, CONTENT) {
            return Err(ServiceError::MediaType { expected: CONTENT });
        }
        let missing =
            || ServiceError::Unauthenticated("a request with a body needs a content-digest header".into());
        let digest = verified.digest.ok_or_else(missing)?;
        Ok(Self { caller: verified.caller, signer: verified.signer()?, digest, body })
    }
}

/// A JSON body that no session has signed.
pub(crate) struct UnsignedJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Inner> for UnsignedJson<T> {
    type Rejection = ServiceError;

    async fn from_request(request: Request, _: &Inner) -> Result<Self, ServiceError> {
        let is_json = may_be(request.headers(), JSON);
        Ok(Self(parse_json(is_json, &read_small(request.into_body()).await?)?))
    }
}

async fn read_small(body: Body) -> Result<Bytes, ServiceError> {
    to_bytes(body, MAX_JSON_BYTES).await.map_err(|_| ServiceError::TooLarge { max_bytes: MAX_JSON_BYTES })
}

/// Whether a body is, or may be, of that media type: where no type is stated the body speaks for itself.
fn may_be(headers: &HeaderMap, expected: &str) -> bool {
    let mut stated = headers.get_all(CONTENT_TYPE).iter();
    match (stated.next(), stated.next()) {
        (None, _) => true,
        (Some(one), None) => one.to_str().is_ok_and(|text| {
            // Parameters, such as a charset, change nothing: JSON is UTF-8.
            let media_type = text.split(';').next().unwrap_or_default();
            media_type.trim().eq_ignore_ascii_case(expected)
        }),
        (Some(_), Some(_)) => false,
    }
}

/// The message repeats what was sent: not more of it than helps.
fn parse_json<T: DeserializeOwned>(is_json: bool, body: &[u8]) -> Result<T, ServiceError> {
    const MESSAGE_CHARS_MAX: usize = 200;
    if !is_json {
        return Err(ServiceError::MediaType { expected: JSON });
    }
    serde_json::from_slice(body).map_err(|error| {
        let message: String =
            format!("the body is not this route's JSON: {error}").chars().take(MESSAGE_CHARS_MAX).collect();
        ServiceError::Malformed(message.into())
    })
}
