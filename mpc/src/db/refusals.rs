//! How often somebody was refused who may not ask.

use idos_api::key_shares::RefusedTries;
use sqlx::AnyConnection;

use super::{
    holdings::HoldingKey,
    values::{big, number},
};
use crate::error::ServiceError;

const HOUR_SECS: u64 = 60 * 60;

/// How long they are remembered, in seconds.
const KEPT_SECS: u64 = 30 * 24 * HOUR_SECS;

/// The most hours that are told.
const HOURS_TOLD: i64 = 100;

/// The beginning of the hour that `now` is in.
pub(crate) fn hour_of(now: u64) -> u64 {
    now - now % HOUR_SECS
}

/// Counts one more, where one was counted in this hour already; how many there were, 0 where none was.
pub(crate) async fn count_again(
    db: &mut AnyConnection,
    key: &HoldingKey,
    now: u64,
) -> Result<u64, ServiceError> {
    let row = sqlx::query(
        "UPDATE mpc_refusals SET tries = tries + 1 WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND hour = $4 RETURNING tries",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(hour_of(now)))
    .fetch_optional(db)
    .await?;
    row.map_or(Ok(0), |row| number(&row, 0))
}

/// Counts one more; how many there were in this hour.
pub(crate) async fn count(db: &mut AnyConnection, key: &HoldingKey, now: u64) -> Result<u64, ServiceError> {
    let row = sqlx::query(
        "INSERT INTO mpc_refusals (profile_id, node_set, stored_by, hour, tries) VALUES ($1, $2, $3, $4, 1) \
         ON CONFLICT (profile_id, node_set, stored_by, hour) DO UPDATE SET tries = mpc_refusals.tries + 1 RETURNING tries",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(hour_of(now)))
    .fetch_one(db)
    .await?;
    number(&row, 0)
}

/// Those of a holding, newest first.
pub(crate) async fn of(db: &mut AnyConnection, key: &HoldingKey) -> Result<Vec<RefusedTries>, ServiceError> {
    let rows = sqlx::query(
        "SELECT hour, tries FROM mpc_refusals WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 ORDER BY hour DESC LIMIT $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(HOURS_TOLD)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(RefusedTries { since: number(row, 0)?, tries: number(row, 1)? })).collect()
}

/// Forgets what is old.
pub(crate) async fn delete_old(db: &mut AnyConnection, now: u64) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM mpc_refusals WHERE hour < $1")
        .bind(big(now.saturating_sub(KEPT_SECS)))
        .execute(db)
        .await?;
    Ok(())
}
