//! Parameters in paths and queries, and pages.

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use idos_api::limits::{MAX_PAGE_ROWS, PAGE_ROWS};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{error::ServiceError, vault::Inner};

/// The query as `T`, refused in the API's own form.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Inner> for Params<T> {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, _: &Inner) -> Result<Self, ServiceError> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        let refused = |_| {
            ServiceError::malformed("a query parameter is missing, unknown or malformed: /docs lists them")
        };
        query.map(|Query(params)| Self(params)).map_err(refused)
    }
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// Where the page begins: `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// Rows, at most 100; 50 unless stated.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
}

impl PageParams {
    pub(super) fn cursor<T: std::str::FromStr<Err = ServiceError>>(&self) -> Result<Option<T>, ServiceError> {
        self.cursor.as_deref().map(str::parse).transpose()
    }

    pub(super) fn rows(&self) -> Result<u32, ServiceError> {
        rows(self.limit)
    }
}

pub(super) fn rows(limit: Option<u32>) -> Result<u32, ServiceError> {
    match limit.unwrap_or(PAGE_ROWS) {
        rows @ 1..=MAX_PAGE_ROWS => Ok(rows),
        _ => Err(ServiceError::malformed("limit must be 1 to 100")),
    }
}

/// A page's rows of one more than were asked for, and the last row if there is a next page.
pub(super) fn split<T>(mut rows: Vec<T>, limit: u32) -> (Vec<T>, bool) {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}

/// The one parameter in the path as `T`, refused in the API's own form.
pub(super) struct Param<T>(pub(super) T);

impl<T: std::str::FromStr> FromRequestParts<Inner> for Param<T>
where
    T::Err: std::fmt::Display,
{
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, vault: &Inner) -> Result<Self, ServiceError> {
        let text = Path::<String>::from_request_parts(parts, vault).await;
        let Path(text) =
            text.map_err(|_| ServiceError::malformed("the path is not percent-encoded UTF-8"))?;
        text.parse().map(Self).map_err(|error: T::Err| ServiceError::Malformed(error.to_string().into()))
    }
}
