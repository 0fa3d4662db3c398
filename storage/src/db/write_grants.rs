//! Write grants that were used.

use sqlx::AnyConnection;

use super::values::big;
use crate::error::ServiceError;

/// Uses up a write grant; `false` if it was used already.
pub(crate) async fn use_up(
    db: &mut AnyConnection,
    digest: &[u8; 32],
    expires_at: u64,
) -> Result<bool, ServiceError> {
    let done = sqlx::query(
        "INSERT INTO store_write_grants (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(hex::encode(digest))
    .bind(big(expires_at))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the ones that are refused by their time anyway.
pub(crate) async fn delete_expired(db: &mut AnyConnection, now: u64) -> Result<u64, ServiceError> {
    let done = sqlx::query("DELETE FROM store_write_grants WHERE expires_at < $1")
        .bind(big(now))
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
