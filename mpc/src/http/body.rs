//! JSON bodies, bounded and in form.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::header::CONTENT_TYPE,
};
use idos_api::limits::MAX_JSON_BYTES;
use serde::de::DeserializeOwned;

use crate::{error::ServiceError, node::Inner};

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Inner> for Body<T> {
    type Rejection = ServiceError;

    async fn from_request(request: Request, _: &Inner) -> Result<Self, ServiceError> {
        let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
        });
        if !is_json {
            return Err(ServiceError::MediaType);
        }
        let body = to_bytes(request.into_body(), MAX_JSON_BYTES)
            .await
            .map_err(|_| ServiceError::TooLarge { max_bytes: MAX_JSON_BYTES })?;
        serde_json::from_slice(&body).map(Self).map_err(|error| ServiceError::malformed(error.to_string()))
    }
}
