//! What is left of what was deleted.

use idos_api::{credentials::DeletionReason, profiles::DeletedContent};
use idos_grants::DataId;
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::{
    place::Place,
    values::{big, number, parsed, text},
};
use crate::error::ServiceError;

/// That, when, why and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) data_id: DataId,
    pub(crate) profile_id: Uuid,
    pub(crate) content_sha256: String,
    pub(crate) deleted_at: u64,
    pub(crate) reason: DeletionReason,
}

impl Receipt {
    /// Where it stands in a list.
    pub(crate) fn place(&self) -> Place {
        Place { at: self.deleted_at, data_id: self.data_id }
    }
}

/// Keeps a receipt.
pub(crate) async fn insert(db: &mut AnyConnection, receipt: &Receipt) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_receipts (data_id, profile_id, content_sha256, deleted_at, reason) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(receipt.data_id.to_string())
    .bind(receipt.profile_id.to_string())
    .bind(receipt.content_sha256.as_str())
    .bind(big(receipt.deleted_at))
    .bind(reason_text(receipt.reason))
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps a receipt of each credential and copy of a profile that is about to be deleted.
pub(crate) async fn insert_with_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    now: u64,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_receipts (data_id, profile_id, content_sha256, deleted_at, reason) \
         SELECT data_id, profile_id, content_sha256, CAST($2 AS BIGINT), CAST($3 AS TEXT) FROM store_credentials \
         WHERE profile_id = $1",
    )
    .bind(profile.to_string())
    .bind(big(now))
    .bind(reason_text(DeletionReason::ProfileDeleted))
    .execute(db)
    .await?;
    Ok(())
}

/// The receipt for a data id, if it was deleted.
pub(crate) async fn get(db: &mut AnyConnection, id: DataId) -> Result<Option<Receipt>, ServiceError> {
    let row = sqlx::query(
        "SELECT data_id, profile_id, content_sha256, deleted_at, reason FROM store_receipts WHERE data_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(receipt).transpose()
}

/// What went with a profile, in the order of its ids.
pub(crate) async fn with_profile(
    db: &mut AnyConnection,
    profile: Uuid,
) -> Result<Vec<DeletedContent>, ServiceError> {
    let rows = sqlx::query(
        "SELECT data_id, content_sha256 FROM store_receipts WHERE profile_id = $1 AND reason = $2 ORDER BY data_id",
    )
    .bind(profile.to_string())
    .bind(reason_text(DeletionReason::ProfileDeleted))
    .fetch_all(db)
    .await?;
    let content =
        |row| Ok(DeletedContent { data_id: parsed(row, 0, "data id")?, content_sha256: text(row, 1)? });
    rows.iter().map(content).collect()
}

/// A profile's receipts, oldest first.
pub(crate) async fn of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<Receipt>, ServiceError> {
    let (time, id) = Place::after(after);
    let rows = sqlx::query(
        "SELECT data_id, profile_id, content_sha256, deleted_at, reason FROM store_receipts \
         WHERE profile_id = $1 AND (deleted_at, data_id) > ($2, $3) ORDER BY deleted_at, data_id LIMIT $4",
    )
    .bind(profile.to_string())
    .bind(time)
    .bind(id)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(receipt).collect()
}

fn receipt(row: &AnyRow) -> Result<Receipt, ServiceError> {
    Ok(Receipt {
        data_id: parsed(row, 0, "data id")?,
        profile_id: parsed(row, 1, "profile id")?,
        content_sha256: text(row, 2)?,
        deleted_at: number(row, 3)?,
        reason: reason_of(&text(row, 4)?)?,
    })
}

fn reason_text(reason: DeletionReason) -> &'static str {
    match reason {
        DeletionReason::Asked => "asked",
        DeletionReason::ProfileDeleted => "profile",
        DeletionReason::GrantsRevoked => "revoked",
        DeletionReason::Rescinded => "rescinded",
    }
}

fn reason_of(text: &str) -> Result<DeletionReason, ServiceError> {
    let all = [
        DeletionReason::Asked,
        DeletionReason::ProfileDeleted,
        DeletionReason::GrantsRevoked,
        DeletionReason::Rescinded,
    ];
    let reason = all.into_iter().find(|reason| reason_text(*reason) == text);
    reason.ok_or(ServiceError::corrupt("reason"))
}
