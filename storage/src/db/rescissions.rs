//! Copies that their grantees gave up.

use idos_grants::DataId;
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::values::{big, number, parsed};
use crate::error::ServiceError;

/// That a profile gave up what is stored under a data id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rescission {
    pub(crate) data_id: DataId,
    /// Who gave it up.
    pub(crate) profile_id: Uuid,
    /// Whose it was.
    pub(crate) owner_profile_id: Uuid,
    pub(crate) rescinded_at: u64,
}

/// Adds one.
pub(crate) async fn insert(db: &mut AnyConnection, new: &Rescission) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_rescissions (data_id, profile_id, owner_profile_id, rescinded_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(new.data_id.to_string())
    .bind(new.profile_id.to_string())
    .bind(new.owner_profile_id.to_string())
    .bind(big(new.rescinded_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Whether, and when, a profile gave up a data id.
pub(crate) async fn get(
    db: &mut AnyConnection,
    id: DataId,
    profile: Uuid,
) -> Result<Option<Rescission>, ServiceError> {
    let row = sqlx::query(
        "SELECT data_id, profile_id, owner_profile_id, rescinded_at FROM store_rescissions \
         WHERE data_id = $1 AND profile_id = $2",
    )
    .bind(id.to_string())
    .bind(profile.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(rescission).transpose()
}

/// Who gave up what of an owner's is stored under a data id; there are no more of them than grantees.
pub(crate) async fn of_owner(
    db: &mut AnyConnection,
    id: DataId,
    owner: Uuid,
) -> Result<Vec<Rescission>, ServiceError> {
    let rows = sqlx::query(
        "SELECT data_id, profile_id, owner_profile_id, rescinded_at FROM store_rescissions \
         WHERE data_id = $1 AND owner_profile_id = $2",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(rescission).collect()
}

fn rescission(row: &AnyRow) -> Result<Rescission, ServiceError> {
    Ok(Rescission {
        data_id: parsed(row, 0, "data id")?,
        profile_id: parsed(row, 1, "profile id")?,
        owner_profile_id: parsed(row, 2, "profile id")?,
        rescinded_at: number(row, 3)?,
    })
}
