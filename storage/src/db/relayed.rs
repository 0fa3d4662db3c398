//! Calls that were counted for relaying, by their digests. A row is made before its call is taken, and makes up for a crash in between: the call is
//! counted once, however often it is handed in until it is taken.

use sqlx::AnyConnection;

use super::values::big;
use crate::error::ServiceError;

/// Notes that a call is counted; `false` if it was before.
pub(crate) async fn insert(db: &mut AnyConnection, digest: &str, now: u64) -> Result<bool, ServiceError> {
    let done =
        sqlx::query("INSERT INTO store_relayed (digest, counted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(digest)
            .bind(big(now))
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets what was counted before `time`.
pub(crate) async fn delete_before(db: &mut AnyConnection, time: u64) -> Result<u64, ServiceError> {
    let done =
        sqlx::query("DELETE FROM store_relayed WHERE counted_at < $1").bind(big(time)).execute(db).await?;
    Ok(done.rows_affected())
}
