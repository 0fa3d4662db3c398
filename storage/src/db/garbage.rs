//! Blobs that no other row names, and from when on they may be removed. A blob's name is noted here before the blob is written, and leaves
//! in the transaction in which another row takes the blob: so every blob is always named by some row.

use sqlx::AnyConnection;

use super::values::{big, parsed};
use crate::{blobs::BlobName, error::ServiceError};

/// Notes a blob.
pub(crate) async fn insert(db: &mut AnyConnection, blob: BlobName, due_at: u64) -> Result<(), ServiceError> {
    sqlx::query("INSERT INTO store_garbage (blob, due_at) VALUES ($1, $2)")
        .bind(blob.to_string())
        .bind(big(due_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Strikes a blob off; `false` if it is not noted, as when it was removed already.
pub(crate) async fn delete(db: &mut AnyConnection, blob: BlobName) -> Result<bool, ServiceError> {
    let done =
        sqlx::query("DELETE FROM store_garbage WHERE blob = $1").bind(blob.to_string()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Some of the blobs that are due.
pub(crate) async fn due(db: &mut AnyConnection, now: u64, limit: u32) -> Result<Vec<BlobName>, ServiceError> {
    let rows = sqlx::query("SELECT blob FROM store_garbage WHERE due_at <= $1 ORDER BY due_at LIMIT $2")
        .bind(big(now))
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| parsed(row, 0, "blob name")).collect()
}
