//! Content that was uploaded and not yet taken.

use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::values::{big, number, parsed, text};
use crate::{blobs::BlobName, error::ServiceError};

/// One upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StagedUpload {
    pub(crate) profile_id: Uuid,
    /// 64 hex digits.
    pub(crate) sha256: String,
    pub(crate) blob: BlobName,
    pub(crate) size: u64,
    pub(crate) expires_at: u64,
}

/// Adds an upload.
pub(crate) async fn insert(db: &mut AnyConnection, upload: &StagedUpload) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_uploads (profile_id, sha256, blob, size, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(upload.profile_id.to_string())
    .bind(upload.sha256.as_str())
    .bind(upload.blob.to_string())
    .bind(big(upload.size))
    .bind(big(upload.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// A profile's upload of that digest.
pub(crate) async fn get(
    db: &mut AnyConnection,
    profile: Uuid,
    sha256: &str,
) -> Result<Option<StagedUpload>, ServiceError> {
    let row = sqlx::query(
        "SELECT profile_id, sha256, blob, size, expires_at FROM store_uploads WHERE profile_id = $1 AND sha256 = $2",
    )
    .bind(profile.to_string())
    .bind(sha256)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(upload).transpose()
}

/// Takes an upload out, for what it was made for.
pub(crate) async fn delete(db: &mut AnyConnection, upload: &StagedUpload) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_uploads WHERE profile_id = $1 AND sha256 = $2")
        .bind(upload.profile_id.to_string())
        .bind(upload.sha256.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Drops every upload of a profile, whose blobs are garbage then; how many there were.
pub(crate) async fn delete_of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    now: u64,
) -> Result<u64, ServiceError> {
    sqlx::query(
        "INSERT INTO store_garbage (blob, due_at) SELECT blob, CAST($2 AS BIGINT) FROM store_uploads WHERE profile_id = $1",
    )
    .bind(profile.to_string())
    .bind(big(now))
    .execute(&mut *db)
    .await?;
    let done = sqlx::query("DELETE FROM store_uploads WHERE profile_id = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// How many uploads a profile has, and of how many bytes together.
pub(crate) async fn usage(db: &mut AnyConnection, profile: Uuid) -> Result<(u64, u64), ServiceError> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM store_uploads WHERE profile_id = $1",
    )
    .bind(profile.to_string())
    .fetch_one(db)
    .await?;
    Ok((number(&row, 0)?, number(&row, 1)?))
}

/// Some of the uploads that nothing took in time.
pub(crate) async fn expired(
    db: &mut AnyConnection,
    now: u64,
    limit: u32,
) -> Result<Vec<StagedUpload>, ServiceError> {
    let rows = sqlx::query(
        "SELECT profile_id, sha256, blob, size, expires_at FROM store_uploads WHERE expires_at <= $1 \
         ORDER BY expires_at LIMIT $2",
    )
    .bind(big(now))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(upload).collect()
}

fn upload(row: &AnyRow) -> Result<StagedUpload, ServiceError> {
    Ok(StagedUpload {
        profile_id: parsed(row, 0, "profile id")?,
        sha256: text(row, 1)?,
        blob: parsed(row, 2, "blob name")?,
        size: number(row, 3)?,
        expires_at: number(row, 4)?,
    })
}
