//! Profiles and the statements of their encryption keys.

use idos_api::profiles::SignedKeyStatement;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::{big, number, text};
use crate::error::ServiceError;

/// Adds a profile; `false` if there is one of that id.
pub(crate) async fn insert(db: &mut AnyConnection, id: Uuid, now: u64) -> Result<bool, ServiceError> {
    let done = sqlx::query(
        "INSERT INTO store_profiles (profile_id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(id.to_string())
    .bind(big(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a profile, and the statement of its signing key.
pub(crate) async fn delete(db: &mut AnyConnection, id: Uuid) -> Result<(), ServiceError> {
    let statements = [
        "DELETE FROM store_signing_keys WHERE profile_id = $1",
        "DELETE FROM store_profiles WHERE profile_id = $1",
    ];
    for statement in statements {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *db).await?;
    }
    Ok(())
}

/// When a profile was made.
pub(crate) async fn created_at(db: &mut AnyConnection, id: Uuid) -> Result<Option<u64>, ServiceError> {
    let row = sqlx::query("SELECT created_at FROM store_profiles WHERE profile_id = $1")
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| number(&row, 0)).transpose()
}

/// A profile's key statement, as it was signed.
pub(crate) async fn key_statement(
    db: &mut AnyConnection,
    id: Uuid,
) -> Result<Option<SignedKeyStatement>, ServiceError> {
    let row = sqlx::query("SELECT statement FROM store_key_statements WHERE profile_id = $1")
        .bind(id.to_string())
        .fetch_optional(db)
        .await?;
    let statement = row.map(|row| text(&row, 0)).transpose()?;
    let parse =
        |text: String| serde_json::from_str(&text).map_err(|_| ServiceError::corrupt("key statement"));
    statement.map(parse).transpose()
}

/// Puts a key statement in the place of the one before.
pub(crate) async fn put_key_statement(
    db: &mut AnyConnection,
    signed: &SignedKeyStatement,
) -> Result<(), ServiceError> {
    let text = serde_json::to_string(signed)
        .map_err(|_| ServiceError::failed("a key statement cannot be written"))?;
    sqlx::query(
        "INSERT INTO store_key_statements (profile_id, version, statement) VALUES ($1, $2, $3) \
         ON CONFLICT (profile_id) DO UPDATE SET version = excluded.version, statement = excluded.statement",
    )
    .bind(signed.statement.profile_id.to_string())
    .bind(i64::from(signed.statement.version))
    .bind(text)
    .execute(db)
    .await?;
    Ok(())
}
