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

/// The newest line, and what one account asked lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newest {
    /// Its number; 0 if there is none.
    pub(crate) number: u64,
    /// When the account asked for the last time but so many.
    pub(crate) asked_at: Option<u64>,
}

/// The newest line; and when the last but `count - 1` line was written of what an account's address asked, on whichever chain.
pub(crate) async fn newest(
    db: &mut AnyConnection,
    key: &HoldingKey,
    account: &Account,
    count: u64,
) -> Result<Newest, ServiceError> {
    let row = sqlx::query(
        "SELECT COALESCE((SELECT MAX(number) FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3), 0), \
         (SELECT at FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND address = $5 \
          ORDER BY number DESC LIMIT 1 OFFSET $4)",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(count.clamp(1, LINES_KEPT) - 1))
    .bind(account.address().to_string())
    .fetch_one(db)
    .await?;
    let asked_at: Option<i64> = row.try_get(1)?;
    let asked_at = asked_at.map(u64::try_from).transpose().map_err(|_| ServiceError::corrupt("number"))?;
    Ok(Newest { number: number(&row, 0)?, asked_at })
}

/// A line to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewLine {
    /// The next one of its holding.
    pub(crate) number: u64,
    pub(crate) operation: &'static str,
    pub(crate) account: Account,
    pub(crate) at: u64,
}

/// Writes a line, and drops the one that it pushes out.
pub(crate) async fn append(
    db: &mut AnyConnection,
    key: &HoldingKey,
    line: &NewLine,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO mpc_audit (profile_id, node_set, stored_by, number, operation, account, at, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(line.number))
    .bind(line.operation)
    .bind(line.account.to_string())
    .bind(big(line.at))
    .bind(line.account.address().to_string())
    .execute(&mut *db)
    .await?;
    if line.number <= LINES_KEPT {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND number <= $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(line.number.saturating_sub(LINES_KEPT)))
    .execute(db)
    .await?;
    Ok(())
}

/// Writes a line, or makes the newest one later if it is of the same account and operation: nobody pushes out what he did by reading about it again and again.
pub(crate) async fn append_or_renew(
    db: &mut AnyConnection,
    key: &HoldingKey,
    line: &NewLine,
) -> Result<(), ServiceError> {
    let renewed = sqlx::query(
        "UPDATE mpc_audit SET at = $4 WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND number = $5 AND operation = $6 AND account = $7",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(big(line.at))
    .bind(big(line.number.saturating_sub(1)))
    .bind(line.operation)
    .bind(line.account.to_string())
    .execute(&mut *db)
    .await?;
    if renewed.rows_affected() == 1 { Ok(()) } else { append(db, key, line).await }
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
