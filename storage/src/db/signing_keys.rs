//! The keys that profiles sign credentials with, as their wallets stated them.

use idos_api::profiles::SignedSigningKeyStatement;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::text;
use crate::error::ServiceError;

/// A profile's statement, as it was signed.
pub(crate) async fn get(
    db: &mut AnyConnection,
    profile: Uuid,
) -> Result<Option<SignedSigningKeyStatement>, ServiceError> {
    let row = sqlx::query("SELECT statement FROM store_signing_keys WHERE profile_id = $1")
        .bind(profile.to_string())
        .fetch_optional(db)
        .await?;
    let statement = row.map(|row| text(&row, 0)).transpose()?;
    let parse = |text: String| {
        serde_json::from_str(&text).map_err(|_| ServiceError::corrupt("signing key statement"))
    };
    statement.map(parse).transpose()
}

/// Puts a statement in the place of the one before.
pub(crate) async fn put(
    db: &mut AnyConnection,
    signed: &SignedSigningKeyStatement,
) -> Result<(), ServiceError> {
    let text = serde_json::to_string(signed)
        .map_err(|_| ServiceError::failed("a signing key statement cannot be written"))?;
    sqlx::query(
        "INSERT INTO store_signing_keys (profile_id, version, statement) VALUES ($1, $2, $3) \
         ON CONFLICT (profile_id) DO UPDATE SET version = excluded.version, statement = excluded.statement",
    )
    .bind(signed.statement.profile_id.to_string())
    .bind(i64::from(signed.statement.version))
    .bind(text)
    .execute(db)
    .await?;
    Ok(())
}

/// Removes a profile's statement.
pub(crate) async fn delete_of_profile(db: &mut AnyConnection, profile: Uuid) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_signing_keys WHERE profile_id = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(())
}
