//! Why the node refuses or fails. How each is answered over HTTP is in `http/error.rs`.

use std::borrow::Cow;

use idos_database::DatabaseError;
use idos_keys::shares::{ShareFault, SharingError};
use idos_proofs::ProofError;
use idos_wallets::{MessageError, ShareRequestError, SignatureError};

use crate::sealing::SealerError;

/// Why a request is not served. The messages reach the caller: they say what to do, and nothing about anybody else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    #[error("the body is larger than the {max_bytes} bytes that this route takes")]
    TooLarge { max_bytes: usize },
    #[error("this route takes JSON: send it with the content type application/json")]
    MediaType,
    #[error("the wallet's signature is not valid: {0}")]
    SignatureInvalid(Cow<'static, str>),
    #[error("this nonce was used already: sign a new request")]
    NonceUsed,
    #[error("{0}")]
    Expired(Cow<'static, str>),
    #[error("the request is for other nodes: sign one whose set names this node's DID")]
    WrongNodeSet,
    #[error("this node does not follow the chain of that account")]
    UnknownChain,
    #[error("there is no such key share, or none that this wallet may ask for")]
    NotFound,
    #[error("a share of another key is stored here by this account: delete it first, or refresh it")]
    Exists,
    #[error("the share is not valid: {0}")]
    ShareInvalid(Cow<'static, str>),
    #[error("no such refresh is prepared here: begin the refresh again")]
    NotPrepared,
    #[error("another refresh is under way: finish it, or try again in {secs} seconds")]
    RefreshUnderWay { secs: u64 },
    #[error("this is the last wallet that may ask for the key: add another one first")]
    LastWallet,
    #[error("this key share was asked for too often: try again in an hour")]
    AskedTooOften,
    #[error("{0}")]
    LimitReached(&'static str),
    #[error("the node has too much to do: try again shortly")]
    Busy,
    #[error("the node's disk is full: nothing was stored")]
    StorageFull,
    #[error("the chain that must confirm this account's signature does not answer: try again shortly")]
    ChainUnavailable,
    #[error("the node failed; its operator finds the reason in the log by the request id")]
    Internal(#[source] Failure),
}

/// What failed inside, for the log only.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("database: {0}")]
    Database(sqlx::Error),
    #[error("sealing: {0}")]
    Sealer(SealerError),
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

impl From<SealerError> for ServiceError {
    fn from(error: SealerError) -> Self {
        Self::Internal(Failure::Sealer(error))
    }
}

impl From<ShareFault> for ServiceError {
    fn from(fault: ShareFault) -> Self {
        Self::ShareInvalid(fault.to_string().into())
    }
}

impl From<SharingError> for ServiceError {
    fn from(error: SharingError) -> Self {
        Self::ShareInvalid(error.to_string().into())
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
            MessageError::WrongDomain => Self::WrongNodeSet,
            MessageError::Expired | MessageError::NotYetValid | MessageError::WrongLifetime => {
                Self::Expired(error.to_string().into())
            }
        }
    }
}

impl From<ShareRequestError> for ServiceError {
    fn from(error: ShareRequestError) -> Self {
        match error {
            ShareRequestError::OtherNodes => Self::WrongNodeSet,
            ShareRequestError::OtherStorer => Self::Malformed(error.to_string().into()),
            ShareRequestError::Time(error) => error.into(),
        }
    }
}
