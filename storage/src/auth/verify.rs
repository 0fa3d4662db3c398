//! The check of a request's signature (RFC 9421).

use std::{borrow::Cow, sync::Arc};

use axum::http::{HeaderMap, header::HOST, request::Parts};
use idos_service::rates::{Bound, RateLimits};
use idos_sessions::{
    Algorithm, ContentDigest, ParsedSignature, RequestParts, RequestSignatureError,
    content_digest::CONTENT_DIGEST_HEADER,
    sign::{SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER},
};
use idos_wallets::{Domain, Wallet};

use super::{Caller, ReadKeys};
use crate::{
    commands::{Signer, UsedNonce},
    error::ServiceError,
    memory::Memory,
};

/// Checks signatures.
pub(crate) struct Verifier {
    domain: Domain,
    memory: Arc<Memory>,
    read_keys: Arc<ReadKeys>,
    rates: Bound<Wallet>,
}

/// A request whose signature is good.
pub(crate) struct Verified {
    pub(crate) caller: Caller,
    /// What the signature says of the body.
    pub(crate) digest: Option<ContentDigest>,
    nonce: Option<UsedNonce>,
}

impl Verified {
    /// Who signs the command that the request is.
    pub(crate) fn signer(&self) -> Result<Signer, ServiceError> {
        let nonce = self.nonce.clone().ok_or(ServiceError::failed("a command without a nonce was let in"))?;
        Ok(Signer::Session { session: Box::new(self.caller.session), nonce })
    }
}

impl Verifier {
    pub(crate) fn new(
        domain: Domain,
        memory: Arc<Memory>,
        read_keys: Arc<ReadKeys>,
        rates: &RateLimits,
    ) -> Self {
        Self { domain, memory, read_keys, rates: Bound::new(rates.wallet_per_second, rates.wallet_burst) }
    }

    /// Who signed the request. The body is not looked at: it has yet to be compared with the digest.
    pub(crate) async fn verify(&self, request: &Parts, now: u64) -> Result<Verified, ServiceError> {
        let digest = content_digest(&request.headers)?;
        let authority = self.authority(&request.headers);
        let (path, query) = (request.uri.path(), request.uri.query());
        let parts = RequestParts::new(request.method.as_str(), &authority, path, query, digest)
            .map_err(|error| ServiceError::Malformed(error.to_string().into()))?;
        let signature = ParsedSignature::parse(
            &parts,
            header(&request.headers, SIGNATURE_INPUT_HEADER)?,
            header(&request.headers, SIGNATURE_HEADER)?,
        )?;
        signature.check_time(now)?;
        let caller = self.caller(&signature, now).await?;
        let params = signature.params();
        let nonce = params.nonce.clone().map(|nonce| UsedNonce { nonce, signed_at: params.created });
        Ok(Verified { caller, digest, nonce })
    }

    async fn caller(&self, signature: &ParsedSignature, now: u64) -> Result<Caller, ServiceError> {
        self.memory.refresh().await?;
        let session = self.memory.session(signature.session_id()).await?;
        let session = session.filter(|session| now < session.expires_at).ok_or_else(no_session)?;
        match signature.algorithm() {
            Algorithm::Ed25519 => signature.verify_ed25519(&session.key)?,
            Algorithm::HmacSha256 => {
                let key = self.read_keys.get(&session.id).ok_or(ServiceError::ReadKeyUnknown)?;
                signature.verify_hmac(&key)?;
            }
        }
        // Only now: nobody uses up what another's wallet may ask.
        self.rates.check(&session.wallet)?;
        Ok(Caller { session, profile_id: self.memory.profile_of(session.wallet).await? })
    }

    /// What the client signed as `@authority`: this node's domain, with whatever port it was reached by, or another name of the machine
    /// itself if the domain is one. Any other host is not this node, and its signature does not verify.
    fn authority<'a>(&'a self, headers: &'a HeaderMap) -> Cow<'a, str> {
        let claimed = headers.get(HOST).and_then(|host| host.to_str().ok());
        let own = self.domain.as_str();
        match claimed {
            Some(claimed) if is_same_host(claimed, own) => Cow::Borrowed(claimed),
            _ => Cow::Borrowed(own),
        }
    }
}

fn is_same_host(one: &str, other: &str) -> bool {
    let (one, other) = (host(one), host(other));
    one.eq_ignore_ascii_case(other) || (is_local(one) && is_local(other))
}

fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// The one value of a header; several could be read as one by somebody else.
fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, ServiceError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| RequestSignatureError::Malformed.into()),
        (None, _) => Err(RequestSignatureError::NoSignature.into()),
        (Some(_), Some(_)) => Err(RequestSignatureError::Malformed.into()),
    }
}

fn content_digest(headers: &HeaderMap) -> Result<Option<ContentDigest>, ServiceError> {
    if !headers.contains_key(CONTENT_DIGEST_HEADER) {
        return Ok(None);
    }
    let text = header(headers, CONTENT_DIGEST_HEADER)?;
    text.parse().map(Some).map_err(|_| {
        ServiceError::malformed("content-digest must be sha-256=:…: with the body's SHA-256 in base64")
    })
}

fn no_session() -> ServiceError {
    ServiceError::Unauthenticated("there is no such session, or it has ended: sign in again".into())
}

impl From<RequestSignatureError> for ServiceError {
    fn from(error: RequestSignatureError) -> Self {
        Self::Unauthenticated(error.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_node_are_taken_as_its_authority() {
        let table = [
            ("the same", "node.example.com", "node.example.com", true),
            ("its port", "node.example.com:8443", "node.example.com", true),
            ("upper case", "NODE.example.com", "node.example.com", true),
            ("another host", "evil.example.com", "node.example.com", false),
            ("a longer name", "node.example.com.evil.com", "node.example.com", false),
            ("a user name", "node.example.com:80@evil.com", "node.example.com", false),
            ("another local name", "127.0.0.1:8080", "localhost:8080", true),
            ("a local name for a public one", "localhost", "node.example.com", false),
            ("IPv6", "[::1]:8080", "[::1]", true),
        ];
        for (name, claimed, own, same) in table {
            assert_eq!(is_same_host(claimed, own), same, "{name}");
        }
    }
}
