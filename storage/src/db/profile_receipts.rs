//! What is left of deleted profiles, beside the receipts of what they held.

use idos_api::profiles::DeletedCounts;
use idos_sessions::SessionId;
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::values::{big, number, parsed};
use crate::error::ServiceError;

/// That, when, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProfileReceiptRow {
    pub(crate) profile_id: Uuid,
    /// The session that asked for it, which may ask for the receipt again.
    pub(crate) session_id: SessionId,
    pub(crate) deleted_at: u64,
    pub(crate) counts: DeletedCounts,
}

/// Keeps a receipt.
pub(crate) async fn insert(db: &mut AnyConnection, receipt: &ProfileReceiptRow) -> Result<(), ServiceError> {
    let counts = receipt.counts;
    sqlx::query(
        "INSERT INTO store_profile_receipts \
         (profile_id, session_id, deleted_at, wallets, key_statements, uploads, reads) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(receipt.profile_id.to_string())
    .bind(receipt.session_id.to_string())
    .bind(big(receipt.deleted_at))
    .bind(big(counts.wallets))
    .bind(big(counts.key_statements))
    .bind(big(counts.uploads))
    .bind(big(counts.reads))
    .execute(db)
    .await?;
    Ok(())
}

/// The receipt of a profile, if it was deleted.
pub(crate) async fn get(
    db: &mut AnyConnection,
    profile: Uuid,
) -> Result<Option<ProfileReceiptRow>, ServiceError> {
    let row = sqlx::query(
        "SELECT profile_id, session_id, deleted_at, wallets, key_statements, uploads, reads \
         FROM store_profile_receipts WHERE profile_id = $1",
    )
    .bind(profile.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(receipt).transpose()
}

fn receipt(row: &AnyRow) -> Result<ProfileReceiptRow, ServiceError> {
    Ok(ProfileReceiptRow {
        profile_id: parsed(row, 0, "profile id")?,
        session_id: parsed(row, 1, "session id")?,
        deleted_at: number(row, 2)?,
        counts: DeletedCounts {
            wallets: number(row, 3)?,
            key_statements: number(row, 4)?,
            uploads: number(row, 5)?,
            reads: number(row, 6)?,
        },
    })
}
