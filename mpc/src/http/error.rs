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
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType),
            Self::SignatureInvalid(_) => (StatusCode::FORBIDDEN, ErrorCode::SignatureInvalid),
            Self::NonceUsed => (StatusCode::CONFLICT, ErrorCode::NonceInvalid),
            Self::Expired(_) => (StatusCode::FORBIDDEN, ErrorCode::Expired),
            Self::WrongNodeSet => (StatusCode::FORBIDDEN, ErrorCode::WrongNodeSet),
            Self::UnknownChain => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::UnknownChain),
            Self::NotFound => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
            Self::Exists => (StatusCode::CONFLICT, ErrorCode::Exists),
            Self::ShareInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::ShareInvalid),
            Self::NotPrepared => (StatusCode::CONFLICT, ErrorCode::RefreshNotPrepared),
            Self::RefreshUnderWay { .. } => (StatusCode::CONFLICT, ErrorCode::RefreshUnderWay),
            Self::LastWallet => (StatusCode::CONFLICT, ErrorCode::LastWallet),
            Self::AskedTooOften | Self::LimitReached(_) => {
                (StatusCode::TOO_MANY_REQUESTS, ErrorCode::LimitReached)
            }
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::LimitReached),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, ErrorCode::StorageFull),
            Self::ChainUnavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ChainUnavailable),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
        }
    }

    fn details(&self) -> Option<Value> {
        match self {
            Self::TooLarge { max_bytes } => Some(json!({ "max_bytes": max_bytes })),
            Self::RefreshUnderWay { secs } => Some(json!({ "retry_after_secs": secs })),
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
        Refusal { status, code, message: self.to_string(), details: self.details(), cause: self.cause() }
            .into_response()
    }
}
