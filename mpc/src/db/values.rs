//! Between columns and types. Whatever does not parse was not written by this program.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::{Row, any::AnyRow};

use crate::error::ServiceError;

/// A number as SQL keeps it. None that is stored comes near the bound.
pub(super) fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn number(row: &AnyRow, column: usize) -> Result<u64, ServiceError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| ServiceError::corrupt("number"))
}

pub(super) fn parsed<T: FromStr>(row: &AnyRow, column: usize, what: &'static str) -> Result<T, ServiceError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| ServiceError::corrupt(what))
}

pub(super) fn json<T: DeserializeOwned>(
    row: &AnyRow,
    column: usize,
    what: &'static str,
) -> Result<T, ServiceError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|_| ServiceError::corrupt(what))
}

pub(super) fn bytes(row: &AnyRow, column: usize, what: &'static str) -> Result<Vec<u8>, ServiceError> {
    let text: &str = row.try_get(column)?;
    hex::decode(text).map_err(|_| ServiceError::corrupt(what))
}
