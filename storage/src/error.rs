//! Why the vault refuses or fails. How each is answered over HTTP is in `http/error.rs`.

use std::borrow::Cow;

use idos_api::relay::RelayRefusal;
use idos_database::{DatabaseError, is_disk_full};
use idos_mirror::MirrorError;
use idos_proofs::ProofError;
use idos_service::rates::TooFast;
use idos_wallets::{MessageError, SignatureError};

/// Why a request is not served. The messages reach the caller: they say what to do, and nothing about anybody else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    #[error("the body is larger than the {max_bytes} bytes that this route takes")]
    TooLarge { max_bytes: usize },
    #[error("this route takes {expected}: send it with that content type")]
    MediaType { expected: &'static str },
    #[error("{0}")]
    Unauthenticated(Cow<'static, str>),
    #[error(
        "agree a new read key with POST /v1/session/read-key: this node does not know the one that was used"
    )]
    ReadKeyUnknown,
    #[error("the wallet's signature is not valid: {0}")]
    SignatureInvalid(Cow<'static, str>),
    #[error("this nonce was used already, or was never given out: take a new one")]
    NonceInvalid,
    #[error("{0}")]
    Expired(Cow<'static, str>),
    #[error(
        "this message is for another node: sign one that names this node's domain, which GET /v1/node states"
    )]
    WrongDomain,
    #[error("this node does not follow the chain of that account")]
    UnknownChain,
    #[error("this node does not follow that contract")]
    UnknownContract,
    #[error("there is no such object, or none that you may know of")]
    NotFound,
    #[error("create a profile for this wallet first, with POST /v1/profile")]
    ProfileRequired,
    #[error("{0}")]
    Exists(&'static str),
    #[error("this wallet belongs to a profile already")]
    WalletTaken,
    #[error("this is the profile's last wallet: link another one first")]
    LastWallet,
    #[error("the consent does not allow this profile: {0}")]
    ProfileConsentInvalid(&'static str),
    #[error("the write grant does not allow this write: {0}")]
    WriteGrantInvalid(&'static str),
    #[error("this write grant was used already: ask the owner for a new one")]
    WriteGrantUsed,
    #[error(
        "upload the content first, with PUT /v1/uploads/{{sha256}}: it was never uploaded by this profile, or has expired"
    )]
    ContentMissing,
    #[error("the content's SHA-256 is not the one that was stated")]
    DigestMismatch,
    #[error("this content is not a NaCl box: encrypt it before it is sent")]
    NotABox,
    #[error("the public notes are not valid: {0}")]
    NotesInvalid(Cow<'static, str>),
    #[error("this is a copy: share the original")]
    CopyOfCopy,
    #[error("this is a copy, sealed for somebody else: only originals are sealed anew")]
    NotAnOriginal,
    #[error("seal the content for the encryption key that your profile states now")]
    WrongRecipientKey,
    #[error("the content was replaced meanwhile: fetch it again")]
    ContentChanged,
    #[error("the key statement is not valid: {0}")]
    KeyStatementInvalid(&'static str),
    #[error("the request does not hold: {0}")]
    RequestInvalid(&'static str),
    #[error("the grant's block is not final yet: try again shortly")]
    GrantNotFinal,
    #[error("the owner has revoked the grant")]
    GrantRevoked,
    #[error("you gave up this copy: ask the owner for a fresh one")]
    GrantRescinded,
    #[error("a timelock forbids this until {locked_until} (Unix seconds)")]
    Timelocked { locked_until: u64 },
    #[error("this node's mirror of the chain is behind: try again shortly")]
    MirrorStale,
    #[error("this node's mirror does not match the chain and is being fetched again: try again shortly")]
    MirrorInconsistent,
    #[error("{0}")]
    LimitReached(&'static str),
    #[error("{}", TooFast::MESSAGE)]
    TooFast(TooFast),
    #[error("the node has too much to do: try again shortly")]
    Busy,
    #[error("the node's disk is full: nothing was stored")]
    StorageFull,
    #[error(
        "the chain that must confirm this contract wallet's signature does not answer: try again shortly"
    )]
    ChainUnavailable,
    #[error("{}", .0.message)]
    Relay(RelayRefusal),
    #[error("the node failed; its operator finds the reason in the log by the request id")]
    Internal(#[source] Failure),
}

/// What failed inside, for the log only.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("database: {0}")]
    Database(sqlx::Error),
    #[error("blob store: {0}")]
    Blob(object_store::Error),
    #[error("mirror: {0}")]
    Mirror(MirrorError),
    #[error("a stored {0} is malformed")]
    Corrupt(&'static str),
    #[error("{0}")]
    Other(&'static str),
}

impl ServiceError {
    /// A stored value that this program did not write.
    pub(crate) fn corrupt(what: &'static str) -> Self {
        Self::Internal(Failure::Corrupt(what))
    }

    /// A failure with no other name.
    pub(crate) fn failed(what: &'static str) -> Self {
        Self::Internal(Failure::Other(what))
    }

    /// A request that is not of its route's form.
    pub(crate) fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(why.into())
    }
}

impl From<DatabaseError> for ServiceError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Full => Self::StorageFull,
            DatabaseError::Busy => Self::Busy,
            DatabaseError::Gone(error) | DatabaseError::Failed(error) => {
                Self::Internal(Failure::Database(error))
            }
        }
    }
}

impl From<sqlx::Error> for ServiceError {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<object_store::Error> for ServiceError {
    fn from(error: object_store::Error) -> Self {
        if is_disk_full(&error) { Self::StorageFull } else { Self::Internal(Failure::Blob(error)) }
    }
}

impl From<SignatureError> for ServiceError {
    fn from(error: SignatureError) -> Self {
        Self::SignatureInvalid(error.to_string().into())
    }
}

impl From<ProofError> for ServiceError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Signature(error) => error.into(),
            ProofError::UnknownChain => Self::UnknownChain,
            ProofError::ChainUnavailable => Self::ChainUnavailable,
            ProofError::Busy => Self::Busy,
        }
    }
}

impl From<MessageError> for ServiceError {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::TimeOutOfRange => Self::Malformed(error.to_string().into()),
            MessageError::WrongDomain => Self::WrongDomain,
            MessageError::Expired | MessageError::NotYetValid | MessageError::WrongLifetime => {
                Self::Expired(error.to_string().into())
            }
        }
    }
}

impl From<TooFast> for ServiceError {
    fn from(too_fast: TooFast) -> Self {
        Self::TooFast(too_fast)
    }
}

impl From<RelayRefusal> for ServiceError {
    fn from(refusal: RelayRefusal) -> Self {
        Self::Relay(refusal)
    }
}

impl From<MirrorError> for ServiceError {
    fn from(error: MirrorError) -> Self {
        Self::Internal(Failure::Mirror(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let full = |kind| object_store::Error::Generic {
            store: "test",
            source: Box::new(std::io::Error::from(kind)),
        };
        assert!(matches!(full(std::io::ErrorKind::StorageFull).into(), ServiceError::StorageFull));
        assert!(matches!(full(std::io::ErrorKind::QuotaExceeded).into(), ServiceError::StorageFull));
        assert!(matches!(full(std::io::ErrorKind::PermissionDenied).into(), ServiceError::Internal(_)));
        let in_sql = sqlx::Error::Io(std::io::ErrorKind::StorageFull.into());
        assert!(matches!(in_sql.into(), ServiceError::StorageFull));
    }
}
