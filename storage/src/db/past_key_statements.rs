//! Statements of encryption keys that were replaced. Contents may be sealed for those keys still.

use std::{fmt, str::FromStr};

use idos_api::profiles::SignedKeyStatement;
use idos_keys::EncryptionKey;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::text;
use crate::error::ServiceError;

/// Statements that are kept whatever they are of. Older ones are kept as long as a credential or copy of the profile is sealed for their key.
const KEPT: u32 = 100;

/// Keeps a statement that is being replaced, and forgets old ones that nothing needs.
pub(crate) async fn insert(db: &mut AnyConnection, signed: &SignedKeyStatement) -> Result<(), ServiceError> {
    let statement = &signed.statement;
    let text = serde_json::to_string(signed)
        .map_err(|_| ServiceError::failed("a key statement cannot be written"))?;
    // A point of low order is nobody's key, and nothing is sealed for it.
    let key = EncryptionKey::from_bytes(statement.encryption_key).map(|key| key.to_string());
    sqlx::query(
        "INSERT INTO store_past_key_statements (profile_id, version, encryption_key, statement) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(statement.profile_id.to_string())
    .bind(i64::from(statement.version))
    .bind(key.unwrap_or_default())
    .bind(text)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "DELETE FROM store_past_key_statements WHERE profile_id = $1 AND version <= $2 AND encryption_key NOT IN \
         (SELECT recipient_key FROM store_credentials WHERE profile_id = $1)",
    )
    .bind(statement.profile_id.to_string())
    .bind(i64::from(statement.version.saturating_sub(KEPT)))
    .execute(db)
    .await?;
    Ok(())
}

/// The last statement of a page, by its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyStatementCursor(u32);

impl KeyStatementCursor {
    pub(crate) fn after(signed: &SignedKeyStatement) -> Self {
        Self(signed.statement.version)
    }
}

impl fmt::Display for KeyStatementCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for KeyStatementCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |_| ServiceError::malformed("not a cursor of this list: begin without one");
        text.parse().map(Self).map_err(wrong)
    }
}

/// A profile's statements, the present one first.
pub(crate) async fn of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    after: Option<KeyStatementCursor>,
    limit: u32,
) -> Result<Vec<SignedKeyStatement>, ServiceError> {
    let before = after.map_or(i64::MAX, |KeyStatementCursor(version)| i64::from(version));
    let rows = sqlx::query(
        "SELECT statement FROM (SELECT version, statement FROM store_key_statements WHERE profile_id = $1 UNION ALL \
         SELECT version, statement FROM store_past_key_statements WHERE profile_id = $1) AS statements \
         WHERE version < $2 ORDER BY version DESC LIMIT $3",
    )
    .bind(profile.to_string())
    .bind(before)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    let parse =
        |row| serde_json::from_str(&text(row, 0)?).map_err(|_| ServiceError::corrupt("key statement"));
    rows.iter().map(parse).collect()
}

/// Forgets a profile's statements, the present one too; how many there were.
pub(crate) async fn delete_of_profile(db: &mut AnyConnection, profile: Uuid) -> Result<u64, ServiceError> {
    let mut deleted = 0;
    for sql in [
        "DELETE FROM store_key_statements WHERE profile_id = $1",
        "DELETE FROM store_past_key_statements WHERE profile_id = $1",
    ] {
        deleted += sqlx::query(sql).bind(profile.to_string()).execute(&mut *db).await?.rows_affected();
    }
    Ok(deleted)
}
