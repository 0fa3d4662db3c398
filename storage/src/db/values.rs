//! Between columns and types. Whatever does not parse was not written by this program.

use std::str::FromStr;

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

pub(super) fn text(row: &AnyRow, column: usize) -> Result<String, ServiceError> {
    Ok(row.try_get(column)?)
}

pub(super) fn parsed<T: FromStr>(row: &AnyRow, column: usize, what: &'static str) -> Result<T, ServiceError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| ServiceError::corrupt(what))
}

pub(super) fn optional<T: FromStr>(
    row: &AnyRow,
    column: usize,
    what: &'static str,
) -> Result<Option<T>, ServiceError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|_| ServiceError::corrupt(what))).transpose()
}

pub(super) fn hex32(row: &AnyRow, column: usize, what: &'static str) -> Result<[u8; 32], ServiceError> {
    let text: &str = row.try_get(column)?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| ServiceError::corrupt(what))?;
    Ok(bytes)
}
