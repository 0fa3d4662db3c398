//! How a refusal or failure is answered: status, stable code, message.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use idos_api::ErrorCode;
use serde_json::{Value, json};

use crate::error::ServiceError;

/// An answer that has yet to be written: the body needs the request's id, which the envelope knows.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) message: String,
    pub(super) details: Option<Value>,
    /// For the log.
    pub(super) cause: Option<String>,
}

impl ServiceError {
    /// The answer's status and stable code.
    fn status(&self) -> (StatusCode, ErrorCode) {
        match self {
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, ErrorCode::Malformed),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge),
            Self::MediaType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType),
            Self::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated),
            Self::ReadKeyUnknown => (StatusCode::UNAUTHORIZED, ErrorCode::ReadKeyUnknown),
            Self::SignatureInvalid(_) => (StatusCode::FORBIDDEN, ErrorCode::SignatureInvalid),
            Self::NonceInvalid => (StatusCode::CONFLICT, ErrorCode::NonceInvalid),
            Self::Expired(_) => (StatusCode::FORBIDDEN, ErrorCode::Expired),
            Self::WrongDomain => (StatusCode::FORBIDDEN, ErrorCode::WrongDomain),
            Self::UnknownChain => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::UnknownChain),
            Self::UnknownContract => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::UnknownContract),
            Self::NotFound => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
            Self::ProfileRequired => (StatusCode::FORBIDDEN, ErrorCode::ProfileRequired),
            Self::Exists(_) => (StatusCode::CONFLICT, ErrorCode::Exists),
            Self::WalletTaken => (StatusCode::CONFLICT, ErrorCode::WalletTaken),
            Self::LastWallet => (StatusCode::CONFLICT, ErrorCode::LastWallet),
            Self::WriteGrantInvalid(_) => (StatusCode::FORBIDDEN, ErrorCode::WriteGrantInvalid),
            Self::WriteGrantUsed => (StatusCode::CONFLICT, ErrorCode::WriteGrantUsed),
            Self::ContentMissing => (StatusCode::CONFLICT, ErrorCode::ContentMissing),
            Self::DigestMismatch => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::DigestMismatch),
            Self::NotABox => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::NotABox),
            Self::NotesInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::NotesInvalid),
            Self::CopyOfCopy => (StatusCode::CONFLICT, ErrorCode::CopyOfCopy),
            Self::KeyStatementInvalid(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::KeyStatementInvalid)
            }
            Self::GrantNotFinal => (StatusCode::FORBIDDEN, ErrorCode::GrantNotFinal),
            Self::GrantRevoked => (StatusCode::FORBIDDEN, ErrorCode::GrantRevoked),
            Self::Timelocked { .. } => (StatusCode::CONFLICT, ErrorCode::Timelocked),
            Self::MirrorStale => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::MirrorStale),
            Self::MirrorInconsistent => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::MirrorInconsistent),
            Self::LimitReached(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::LimitReached),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::LimitReached),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, ErrorCode::StorageFull),
            Self::ChainUnavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ChainUnavailable),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::Timelocked { locked_until } => Some(json!({ "locked_until": locked_until })),
            Self::TooLarge { max_bytes } => Some(json!({ "max_bytes": max_bytes })),
            _ => None,
        }
    }

    fn cause(&self) -> Option<String> {
        match self {
            Self::Internal(failure) => Some(failure.to_string()),
            _ => None,
        }
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let (status, code) = self.status();
        let refusal =
            Refusal { code, message: self.to_string(), details: self.details(), cause: self.cause() };
        refuse(status, refusal)
    }
}

fn refuse(status: StatusCode, refusal: Refusal) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(refusal);
    response
}

/// For a path that no route has.
pub(super) async fn no_such_route() -> Response {
    no_route(StatusCode::NOT_FOUND, "there is no such route: /docs lists all of them")
}

/// For a path whose routes have other methods.
pub(super) async fn no_such_method() -> Response {
    no_route(StatusCode::METHOD_NOT_ALLOWED, "this route has other methods: /docs lists them")
}

fn no_route(status: StatusCode, message: &str) -> Response {
    let refusal =
        Refusal { code: ErrorCode::NoSuchRoute, message: message.to_owned(), details: None, cause: None };
    refuse(status, refusal)
}
