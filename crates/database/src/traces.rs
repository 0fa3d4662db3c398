//! What deleted rows leave in a SQLite file.

use sqlx::{AnyConnection, Row};

use crate::error::DatabaseError;

/// Rewrites the file if it is not larger than `rewritten_up_to` bytes, and empties the write-ahead log.
pub(crate) async fn remove(
    connection: &mut AnyConnection,
    rewritten_up_to: u64,
) -> Result<(), DatabaseError> {
    if size(connection).await? <= rewritten_up_to {
        sqlx::query("VACUUM").execute(&mut *connection).await?;
    }
    truncate_log(connection).await
}

async fn size(connection: &mut AnyConnection) -> Result<u64, DatabaseError> {
    let pages: i64 = sqlx::query("PRAGMA page_count").fetch_one(&mut *connection).await?.try_get(0)?;
    let bytes: i64 = sqlx::query("PRAGMA page_size").fetch_one(connection).await?.try_get(0)?;
    Ok(u64::try_from(pages.saturating_mul(bytes)).unwrap_or(u64::MAX))
}

/// Readers hold an old state for the length of one statement only, and SQLite waits for them.
async fn truncate_log(connection: &mut AnyConnection) -> Result<(), DatabaseError> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    let busy: i64 = row.try_get(0)?;
    if busy == 0 { Ok(()) } else { Err(DatabaseError::Busy) }
}
