//! The message by which a consumer's wallet stands by what it asks for, so that nobody else, the node included, can put another purpose,
//! account or key in its place.

use idos_grants::Account;
use uuid::Uuid;

use crate::{
    message::{Message, MessageError, check_issued, rfc3339, shown_account},
    text::{Domain, PurposeText},
};

/// `account` asks for credentials, at the node of `domain`, as the request of this digest says, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMessage {
    /// The node.
    pub domain: Domain,
    /// Which request.
    pub request_id: Uuid,
    /// The wallet that asks, which signs.
    pub account: Account,
    /// What for, in plain words.
    pub purpose: PurposeText,
    /// SHA-256 of the request's canonical JSON (RFC 8785): what is asked for, from whom, for whom, under which key and timelock.
    pub digest: [u8; 32],
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on nobody answers it.
    pub expires_at: u64,
}

impl RequestMessage {
    /// What the wallet signs.
    ///
    /// # Errors
    /// If a time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, &self.domain))
    }

    fn text(&self) -> Result<String, MessageError> {
        Ok(format!(
            "idOS request for credentials\n\
             \n\
             People who are asked see that your account asks, and what for. Sign only if you ask for credentials at \
             {domain}. It costs nothing.\n\
             \n\
             Account: {account}\n\
             Purpose: {purpose}\n\
             Request: {request_id}\n\
             Digest: {digest}\n\
             Issued At: {issued_at}\n\
             Expiration Time: {expires_at}",
            domain = self.domain,
            account = shown_account(&self.account),
            purpose = self.purpose,
            request_id = self.request_id,
            digest = hex::encode(self.digest),
            issued_at = rfc3339(self.issued_at)?,
            expires_at = rfc3339(self.expires_at)?,
        ))
    }

    /// Whether it counts at `now`, at the node of `expected_domain`, which allows `max_lifetime` seconds.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self, now: u64, expected_domain: &Domain, max_lifetime: u64) -> Result<(), MessageError> {
        if self.domain != *expected_domain {
            return Err(MessageError::WrongDomain);
        }
        match self.expires_at.checked_sub(self.issued_at) {
            Some(lifetime) if (1..=max_lifetime).contains(&lifetime) => {}
            _ => return Err(MessageError::WrongLifetime),
        }
        check_issued(self.issued_at, now)?;
        if now >= self.expires_at { Err(MessageError::Expired) } else { Ok(()) }
    }
}
