//! The parts of a request that a signature covers.

use std::borrow::Cow;

use crate::content_digest::ContentDigest;

/// The longest host and port.
const MAX_AUTHORITY_BYTES: usize = 255;
/// The longest path, and the longest query.
const MAX_TARGET_BYTES: usize = 4 * 1024;
/// The longest method.
const MAX_METHOD_BYTES: usize = 16;

/// Method, authority, path, query and body digest of a request, as RFC 9421 section 2.2 derives them. No part can hold a line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestParts<'a> {
    method: &'a str,
    authority: Cow<'a, str>,
    path: &'a str,
    query: &'a str,
    content_digest: Option<ContentDigest>,
}

impl<'a> RequestParts<'a> {
    /// Takes the parts as they stand in the request: `path` still percent-encoded and whole (not what is left of it inside a nested
    /// router), `query` without its `?`. `authority` is the node's domain, `host[:port]`, on both sides: a node passes the domain
    /// it is configured with rather than what the request claims. `content_digest` is the request's header, and must be there if it
    /// has a body; that the body fits is checked apart ([`ContentDigest::check`]).
    ///
    /// # Errors
    /// If a part is too long or holds other than visible ASCII.
    pub fn new(
        method: &'a str,
        authority: &'a str,
        path: &'a str,
        query: Option<&'a str>,
        content_digest: Option<ContentDigest>,
    ) -> Result<Self, RequestPartsError> {
        let path = if path.is_empty() { "/" } else { path };
        let query = query.unwrap_or_default();
        if !is_method(method) {
            return Err(RequestPartsError::Method);
        }
        if !is_visible(authority, MAX_AUTHORITY_BYTES) || authority.is_empty() {
            return Err(RequestPartsError::Authority);
        }
        if !path.starts_with('/')
            || !is_visible(path, MAX_TARGET_BYTES)
            || !is_visible(query, MAX_TARGET_BYTES)
        {
            return Err(RequestPartsError::Target);
        }
        Ok(Self { method, authority: lower_case(authority), path, query, content_digest })
    }

    /// Whether the request may change something: everything but a GET.
    pub fn is_command(&self) -> bool {
        self.method != "GET"
    }

    /// The digest of its body, if it has one.
    pub fn content_digest(&self) -> Option<&ContentDigest> {
        self.content_digest.as_ref()
    }

    pub(crate) fn method(&self) -> &str {
        self.method
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn path(&self) -> &str {
        self.path
    }

    pub(crate) fn query(&self) -> &str {
        self.query
    }
}

fn is_method(text: &str) -> bool {
    (1..=MAX_METHOD_BYTES).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_uppercase() || c == b'-')
}

fn is_visible(text: &str, max_bytes: usize) -> bool {
    text.len() <= max_bytes && text.bytes().all(|c| c.is_ascii_graphic())
}

fn lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|c| c.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() }
}

/// Why a request cannot be signed or verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestPartsError {
    /// Not upper-case letters.
    #[error("the method must be written in upper-case letters")]
    Method,
    /// Not `host[:port]`.
    #[error(
        "the authority must be host or host:port in at most {MAX_AUTHORITY_BYTES} visible ASCII characters"
    )]
    Authority,
    /// Path or query too long, or not percent-encoded.
    #[error("path and query must be percent-encoded and at most {MAX_TARGET_BYTES} characters each")]
    Target,
}
