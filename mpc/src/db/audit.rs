//! What was asked of a holding and done.

use idos_api::key_shares::KeyShareAuditLine;
use idos_grants::Account;
use sqlx::{AnyConnection, Row};

use super::{
    holdings::HoldingKey,
    values::{big, number, parsed},
};
use crate::{config::MAX_OPERATIONS_AN_HOUR, error::ServiceError};

/// Lines that are kept of a holding: the newest.
const LINES_KEPT: u64 = MAX_OPERATIONS_AN_HOUR;

/// The most lines that are told at a time.
const LINES_TOLD: i64 = 100;

/// Writes a line, and drops the one that it pushes out.
pub(crate) async fn append(
    db: &mut AnyConnection,
    key: &HoldingKey,
    operation: &'static str,
    account: &Account,
    now: u64,
) -> Result<(), ServiceError> {
    let row = sqlx::query(
        "SELECT COALESCE(MAX(number), 0) FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .fetch_one(&mut *db)
    .await?;
    let line = number(&row, 0)? + 1;
    sqlx::query(
        "INSERT INTO mpc_audit (profile_id, node_set, stored_by, number, operation, account, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(line))
    .bind(operation)
    .bind(account.to_string())
    .bind(big(now))
    .execute(&mut *db)
    .await?;
    if line <= LINES_KEPT {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND number <= $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(line.saturating_sub(LINES_KEPT)))
    .execute(db)
    .await?;
    Ok(())
}

/// When the last but `count - 1` line was written of what an account's address asked, on whichever chain; nothing if there are fewer.
pub(crate) async fn time_of_newest(
    db: &mut AnyConnection,
    key: &HoldingKey,
    account: &Account,
    count: u64,
) -> Result<Option<u64>, ServiceError> {
    let row = sqlx::query(
        "SELECT at FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND account LIKE $5 ESCAPE '!' \
         ORDER BY number DESC LIMIT 1 OFFSET $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(count.clamp(1, LINES_KEPT) - 1))
    .bind(format!("%:{}", account.address().to_string().replace('_', "!_")))
    .fetch_optional(db)
    .await?;
    row.map(|row| number(&row, 0)).transpose()
}

/// The newest lines, newest first.
pub(crate) async fn of(
    db: &mut AnyConnection,
    key: &HoldingKey,
) -> Result<Vec<KeyShareAuditLine>, ServiceError> {
    let rows = sqlx::query(
        "SELECT number, operation, account, at FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 ORDER BY number DESC LIMIT $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(LINES_TOLD)
    .fetch_all(db)
    .await?;
    let lines = rows.iter().map(|row| {
        Ok(KeyShareAuditLine {
            number: number(row, 0)?,
            operation: row.try_get(1)?,
            account: parsed(row, 2, "account")?,
            at: number(row, 3)?,
        })
    });
    lines.collect()
}
