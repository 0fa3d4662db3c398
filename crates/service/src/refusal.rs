//! How a refusal or failure is answered: status, stable code, message.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use idos_api::ErrorCode;
use serde_json::Value;

use crate::rates::TooFast;

/// An answer that has yet to be written: the body needs the request's id, which the envelope knows.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: ErrorCode,
    /// What the caller can do about it.
    pub message: String,
    /// Numbers a program may need.
    pub details: Option<Value>,
    /// For the log only.
    pub cause: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: ErrorCode, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), details: None, cause: None }
    }

    pub(crate) fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::LimitReached,
            "the node has too much to do: try again shortly",
        )
    }

    pub(crate) fn panicked() -> Self {
        let message = "the node failed; its operator finds the reason in the log by the request id";
        let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, message);
        Self { cause: Some("a handler panicked".into()), ..refusal }
    }
}

impl IntoResponse for TooFast {
    fn into_response(self) -> Response {
        let mut response =
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::LimitReached, Self::MESSAGE)
                .into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_secs));
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// For a path that no route has.
pub async fn no_such_route() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        ErrorCode::NoSuchRoute,
        "there is no such route: /docs lists all of them",
    )
}

/// For a path whose routes have other methods.
pub async fn no_such_method() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::NoSuchRoute,
        "this route has other methods: /docs lists them",
    )
}
