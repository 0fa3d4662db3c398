//! Requests: what consumers ask for, and what owners answer.

use std::fmt;

use idos_credentials::Requirements;
use idos_grants::{Account, DataId};
use idos_keys::EncryptionKey;
use idos_wallets::{Domain, PurposeText, RequestMessage, Signature};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::limits::{MAX_GRANTEES, MAX_LOCK_SECS};

/// A consumer's request for credentials. Its wallet signs a message with its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// A fresh UUIDv4.
    pub id: Uuid,
    /// The node that it is published at.
    #[schema(value_type = String)]
    pub domain: Domain,
    /// The consumer's profile.
    pub profile_id: Uuid,
    /// The consumer's wallet that signs.
    #[schema(value_type = String)]
    pub account: Account,
    /// Who is asked, by one of her wallets; `null`: whoever is told the request's id.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub to: Option<Account>,
    /// What for, in one line.
    #[schema(value_type = String)]
    pub purpose: PurposeText,
    /// What the credential must be and say: `types`, `fields`, `issuers`.
    #[schema(value_type = Object)]
    pub requirements: Requirements,
    /// For how long, in seconds from the grant on, the consumer wants it locked; 0 = no timelock.
    pub lock_secs: u64,
    /// The consumer's accounts that may be granted to, each on another chain.
    #[schema(value_type = Vec<String>)]
    pub grantees: Vec<Account>,
    /// The key that the copy is to be sealed for: the one that the consumer's profile states.
    #[schema(value_type = String)]
    pub encryption_key: EncryptionKey,
    /// When it was signed.
    pub issued_at: u64,
    /// From then on nobody can answer it.
    pub expires_at: u64,
}

impl AccessRequest {
    /// Checks what is true of every request, whatever the time and the node.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check_form(&self) -> Result<(), RequestError> {
        const RANDOM: usize = 4;
        if self.id.get_version_num() != RANDOM {
            return Err(RequestError::Id);
        }
        if self.lock_secs > MAX_LOCK_SECS {
            return Err(RequestError::Lock);
        }
        if !(1..=MAX_GRANTEES).contains(&self.grantees.len()) {
            return Err(RequestError::Grantees);
        }
        let chains = self.grantees.iter().map(Account::chain).enumerate();
        let is_repeated =
            |(index, chain)| self.grantees.iter().take(index).any(|before| before.chain() == chain);
        if chains.into_iter().any(is_repeated) { Err(RequestError::Grantees) } else { Ok(()) }
    }

    /// SHA-256 of the request's canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// If it has no canonical JSON, which a request in form has.
    pub fn digest(&self) -> Result<[u8; 32], RequestError> {
        let canonical = serde_json_canonicalizer::to_vec(self).map_err(|_| RequestError::Canonical)?;
        Ok(Sha256::digest(canonical).into())
    }

    /// What its wallet signs.
    ///
    /// # Errors
    /// As [`AccessRequest::digest`].
    pub fn statement(&self) -> Result<RequestMessage, RequestError> {
        Ok(RequestMessage {
            domain: self.domain.clone(),
            request_id: self.id,
            account: self.account,
            purpose: self.purpose.clone(),
            digest: self.digest()?,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        })
    }
}

/// Why something is not a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    /// The id is not random.
    Id,
    /// The timelock is beyond [`MAX_LOCK_SECS`].
    Lock,
    /// None, too many, or two on one chain.
    Grantees,
    /// There is no canonical JSON of it.
    Canonical,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => f.write_str("a request's id is a random UUID (version 4)"),
            Self::Lock => write!(f, "a request asks for a timelock of at most {MAX_LOCK_SECS} seconds"),
            Self::Grantees => {
                write!(f, "a request names 1 to {MAX_GRANTEES} accounts, each on another chain")
            }
            Self::Canonical => f.write_str("the request cannot be written as canonical JSON"),
        }
    }
}

impl std::error::Error for RequestError {}

/// `POST /v1/requests`: a request and its wallet's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedRequest {
    /// The request.
    pub request: AccessRequest,
    /// The wallet's signature over the message with its digest, `0x` hex.
    #[schema(value_type = String)]
    pub signature: Signature,
}

/// A request as the node keeps it. Check its signature before it is shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishedRequest {
    /// The request.
    pub request: AccessRequest,
    /// The wallet's signature, `0x` hex.
    #[schema(value_type = String)]
    pub signature: Signature,
    /// When it was published.
    pub published_at: u64,
    /// What the caller answered, if she did.
    pub answer: Option<Answer>,
}

/// What an owner said to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// Which.
    pub kind: AnswerKind,
    /// Of an accepted one: the copy that is sealed for the consumer. Whether it is granted is the chain's to say.
    #[schema(value_type = Option<String>)]
    pub data_id: Option<DataId>,
    /// When.
    pub answered_at: u64,
}

/// What an owner said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// She shares a copy.
    Accepted,
    /// She does not.
    Declined,
}

/// `POST /v1/requests/{request_id}/accept`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The copy, sealed for the request's encryption key.
    #[schema(value_type = String)]
    pub data_id: DataId,
}

/// Answer of `GET /v1/requests`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestPage {
    /// Requests to the caller that she has not answered, newest first.
    pub requests: Vec<PublishedRequest>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// One of the caller's own requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnRequest {
    /// The request.
    pub request: AccessRequest,
    /// When it was published.
    pub published_at: u64,
    /// How many owners accepted it.
    pub accepted: u64,
    /// How many declined it.
    pub declined: u64,
}

/// Answer of `GET /v1/requests/published`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnRequestPage {
    /// The caller's own requests that have not expired, newest first.
    pub requests: Vec<OwnRequest>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// Answer of `GET /v1/requests/{request_id}/answers`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerPage {
    /// What owners said to the caller's request, newest first.
    pub answers: Vec<Answer>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}
