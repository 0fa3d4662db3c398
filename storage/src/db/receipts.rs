//! What is left of what was deleted.

use idos_grants::DataId;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::{big, number, parsed, text};
use crate::error::ServiceError;

/// That, when and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) data_id: DataId,
    pub(crate) profile_id: Uuid,
    pub(crate) content_sha256: String,
    pub(crate) deleted_at: u64,
}

/// Keeps a receipt.
pub(crate) async fn insert(db: &mut AnyConnection, receipt: &Receipt) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_receipts (data_id, profile_id, content_sha256, deleted_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(receipt.data_id.to_string())
    .bind(receipt.profile_id.to_string())
    .bind(receipt.content_sha256.as_str())
    .bind(big(receipt.deleted_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The receipt for a data id, if it was deleted.
pub(crate) async fn get(db: &mut AnyConnection, id: DataId) -> Result<Option<Receipt>, ServiceError> {
    let row = sqlx::query(
        "SELECT data_id, profile_id, content_sha256, deleted_at FROM store_receipts WHERE data_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    let receipt = row.map(|row| {
        Ok::<_, ServiceError>(Receipt {
            data_id: parsed(&row, 0, "data id")?,
            profile_id: parsed(&row, 1, "profile id")?,
            content_sha256: text(&row, 2)?,
            deleted_at: number(&row, 3)?,
        })
    });
    receipt.transpose()
}
