//! When what was asked of a holding was signed.

use sqlx::AnyConnection;

use super::{
    holdings::HoldingKey,
    values::{big, number},
};
use crate::error::ServiceError;

/// The newest of what was asked, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newest {
    /// Of changes.
    pub(crate) changed_at: u64,
    /// Of releases.
    pub(crate) asked_at: u64,
}

/// What is remembered.
pub(crate) async fn newest(db: &mut AnyConnection, key: &HoldingKey) -> Result<Newest, ServiceError> {
    let row = sqlx::query(
        "SELECT changed_at, asked_at FROM mpc_holdings WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .fetch_one(db)
    .await?;
    Ok(Newest { changed_at: number(&row, 0)?, asked_at: number(&row, 1)? })
}

/// Remembers when the newest change was signed.
pub(crate) async fn changed(db: &mut AnyConnection, key: &HoldingKey, at: u64) -> Result<(), ServiceError> {
    sqlx::query(
        "UPDATE mpc_holdings SET changed_at = $4 WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(at))
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers when a release was signed, if it is the newest.
pub(crate) async fn asked(db: &mut AnyConnection, key: &HoldingKey, at: u64) -> Result<(), ServiceError> {
    sqlx::query(
        "UPDATE mpc_holdings SET asked_at = $4 WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND asked_at < $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(at))
    .execute(db)
    .await?;
    Ok(())
}
