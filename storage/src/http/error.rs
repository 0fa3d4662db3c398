//! How a refusal or failure is answered: status, stable code, message.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use idos_api::ErrorCode;
use idos_service::Refusal;
use serde_json::{Value, json};

use crate::error::ServiceError;

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
            Self::ProfileConsentInvalid(_) => (StatusCode::FORBIDDEN, ErrorCode::ProfileConsentInvalid),
            Self::WriteGrantInvalid(_) => (StatusCode::FORBIDDEN, ErrorCode::WriteGrantInvalid),
            Self::WriteGrantUsed => (StatusCode::CONFLICT, ErrorCode::WriteGrantUsed),
            Self::ContentMissing => (StatusCode::CONFLICT, ErrorCode::ContentMissing),
            Self::DigestMismatch => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::DigestMismatch),
            Self::NotABox => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::NotABox),
            Self::NotesInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::NotesInvalid),
            Self::CopyOfCopy => (StatusCode::CONFLICT, ErrorCode::CopyOfCopy),
            Self::NotAnOriginal => (StatusCode::CONFLICT, ErrorCode::NotAnOriginal),
            Self::WrongRecipientKey => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::WrongRecipientKey),
            Self::ContentChanged => (StatusCode::CONFLICT, ErrorCode::ContentChanged),
            Self::KeyStatementInvalid(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::KeyStatementInvalid)
            }
            Self::RequestInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::RequestInvalid),
            Self::GrantNotFinal => (StatusCode::FORBIDDEN, ErrorCode::GrantNotFinal),
            Self::GrantRevoked => (StatusCode::FORBIDDEN, ErrorCode::GrantRevoked),
            Self::GrantRescinded => (StatusCode::FORBIDDEN, ErrorCode::GrantRescinded),
            Self::Timelocked { .. } => (StatusCode::CONFLICT, ErrorCode::Timelocked),
            Self::MirrorStale => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::MirrorStale),
            Self::MirrorInconsistent => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::MirrorInconsistent),
            Self::TooFast(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::LimitReached),
            Self::LimitReached(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::LimitReached),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::LimitReached),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, ErrorCode::StorageFull),
            Self::ChainUnavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ChainUnavailable),
            Self::Relay(refusal) => (relay_status(refusal.code), refusal.code),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::Timelocked { locked_until } => Some(json!({ "locked_until": locked_until })),
            Self::TooLarge { max_bytes } => Some(json!({ "max_bytes": max_bytes })),
            Self::Relay(refusal) => refusal.refused.as_ref().map(|name| json!({ "refused": name })),
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

/// The status of what a relay refuses with.
fn relay_status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Expired => StatusCode::FORBIDDEN,
        ErrorCode::RelayUnavailable => StatusCode::NOT_FOUND,
        ErrorCode::UnknownContract | ErrorCode::CallRefused | ErrorCode::CallNotRelayed => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ErrorCode::LimitReached => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::RelayUnfunded | ErrorCode::FeeTooHigh | ErrorCode::ChainUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        if let Self::TooFast(too_fast) = self {
            return too_fast.into_response();
        }
        let (status, code) = self.status();
        let refusal =
            Refusal { status, code, message: self.to_string(), details: self.details(), cause: self.cause() };
        refusal.into_response()
    }
}
