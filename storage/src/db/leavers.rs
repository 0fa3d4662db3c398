//! Profiles that were deleted and that the relay has yet to forget.

use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::parsed;
use crate::error::ServiceError;

/// Profiles that are told of at a time.
const AT_ONCE: i64 = 100;

/// Notes a profile.
pub(crate) async fn insert(db: &mut AnyConnection, profile: Uuid) -> Result<(), ServiceError> {
    sqlx::query("INSERT INTO store_leavers (profile_id) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Strikes a profile off.
pub(crate) async fn delete(db: &mut AnyConnection, profile: Uuid) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_leavers WHERE profile_id = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Some of them.
pub(crate) async fn some(db: &mut AnyConnection) -> Result<Vec<Uuid>, ServiceError> {
    let rows = sqlx::query("SELECT profile_id FROM store_leavers ORDER BY profile_id LIMIT $1")
        .bind(AT_ONCE)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| parsed(row, 0, "profile id")).collect()
}
