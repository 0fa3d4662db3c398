//! Credentials and copies: all that is known of them but their content.

use idos_grants::DataId;
use idos_keys::EncryptionKey;
use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};
use uuid::Uuid;

use super::{
    place::Place,
    values::{big, number, optional, parsed, text},
};
use crate::{blobs::BlobName, error::ServiceError};

/// A credential, or a copy of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredCredential {
    pub(crate) data_id: DataId,
    /// Whose it is.
    pub(crate) profile_id: Uuid,
    /// Who stored it: the owner, or an issuer with her consent.
    pub(crate) stored_by: Uuid,
    /// For a copy: of what.
    pub(crate) original: Option<DataId>,
    pub(crate) blob: BlobName,
    pub(crate) size: u64,
    pub(crate) content_sha256: String,
    pub(crate) sender_key: EncryptionKey,
    pub(crate) recipient_key: EncryptionKey,
    pub(crate) public_notes: String,
    pub(crate) notes_signature: String,
    pub(crate) issuer: String,
    pub(crate) created_at: u64,
    /// For a copy: the profile whose key it was sealed for, if its owner noted it.
    pub(crate) shared_with: Option<Uuid>,
}

impl StoredCredential {
    /// Where it stands in a list.
    pub(crate) fn place(&self) -> Place {
        Place { at: self.created_at, data_id: self.data_id }
    }
}

impl StoredCredential {
    /// Whether storing the one again, after an answer was lost, comes to the other.
    pub(crate) fn is_same_write(&self, other: &Self) -> bool {
        let without_circumstances = |credential: &Self| Self {
            blob: self.blob,
            size: self.size,
            created_at: self.created_at,
            ..credential.clone()
        };
        without_circumstances(self) == without_circumstances(other)
    }
}

const COLUMNS: &str = "data_id, profile_id, stored_by, original, blob, size, content_sha256, sender_key, recipient_key, \
     public_notes, notes_signature, issuer, created_at, shared_with";

/// Adds one.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    credential: &StoredCredential,
) -> Result<(), ServiceError> {
    let sql = format!(
        "INSERT INTO store_credentials ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(credential.data_id.to_string())
        .bind(credential.profile_id.to_string())
        .bind(credential.stored_by.to_string())
        .bind(credential.original.map(|id| id.to_string()))
        .bind(credential.blob.to_string())
        .bind(big(credential.size))
        .bind(credential.content_sha256.as_str())
        .bind(credential.sender_key.to_string())
        .bind(credential.recipient_key.to_string())
        .bind(credential.public_notes.as_str())
        .bind(credential.notes_signature.as_str())
        .bind(credential.issuer.as_str())
        .bind(big(credential.created_at))
        .bind(credential.shared_with.map(|id| id.to_string()))
        .execute(db)
        .await?;
    Ok(())
}

/// The one of that id.
pub(crate) async fn get(
    db: &mut AnyConnection,
    id: DataId,
) -> Result<Option<StoredCredential>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM store_credentials WHERE data_id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(credential).transpose()
}

/// The one of that id, if it is the profile's own. A stranger's is not even read, so that it takes as long as one that is missing.
pub(crate) async fn own(
    db: &mut AnyConnection,
    profile: Uuid,
    id: DataId,
) -> Result<Option<StoredCredential>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM store_credentials WHERE data_id = $1 AND profile_id = $2");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).bind(profile.to_string());
    query.fetch_optional(db).await?.as_ref().map(credential).transpose()
}

/// Puts other content in the place of the one that it has.
pub(crate) async fn put_content(
    db: &mut AnyConnection,
    credential: &StoredCredential,
) -> Result<(), ServiceError> {
    sqlx::query(
        "UPDATE store_credentials SET blob = $2, size = $3, content_sha256 = $4, sender_key = $5, recipient_key = $6 \
         WHERE data_id = $1",
    )
    .bind(credential.data_id.to_string())
    .bind(credential.blob.to_string())
    .bind(big(credential.size))
    .bind(credential.content_sha256.as_str())
    .bind(credential.sender_key.to_string())
    .bind(credential.recipient_key.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the one of that id.
pub(crate) async fn delete(db: &mut AnyConnection, id: DataId) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_credentials WHERE data_id = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// What is said of an original, by it or, once it is deleted, by any of its copies: all of them carry the same notes.
pub(crate) async fn notes_of(
    db: &mut AnyConnection,
    original: DataId,
) -> Result<Option<StoredCredential>, ServiceError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM store_credentials WHERE (data_id = $1 AND original IS NULL) OR original = $1 LIMIT 1"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(original.to_string()).fetch_optional(db).await?;
    row.as_ref().map(credential).transpose()
}

/// The same, if it was `stored_by`, an issuer or else its owner herself, who may renew it.
pub(crate) async fn notes_to_renew(
    db: &mut AnyConnection,
    stored_by: Uuid,
    original: DataId,
) -> Result<Option<StoredCredential>, ServiceError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM store_credentials WHERE ((data_id = $1 AND original IS NULL) OR original = $1) AND \
         COALESCE((SELECT i.stored_by FROM store_issuances i WHERE i.data_id = $1), profile_id) = $2 LIMIT 1"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(original.to_string()).bind(stored_by.to_string());
    query.fetch_optional(db).await?.as_ref().map(credential).transpose()
}

/// Puts notes in the place of those of an original and of all its copies; which they are.
pub(crate) async fn put_notes(
    db: &mut AnyConnection,
    original: DataId,
    notes: &str,
    signature: &str,
) -> Result<Vec<DataId>, ServiceError> {
    let rows = sqlx::query(
        "UPDATE store_credentials SET public_notes = $2, notes_signature = $3 \
         WHERE data_id = $1 OR original = $1 RETURNING data_id",
    )
    .bind(original.to_string())
    .bind(notes)
    .bind(signature)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| parsed(row, 0, "data id")).collect()
}

/// What a profile has, in order.
pub(crate) async fn ids_of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
) -> Result<Vec<DataId>, ServiceError> {
    let rows = sqlx::query("SELECT data_id FROM store_credentials WHERE profile_id = $1 ORDER BY data_id")
        .bind(profile.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| parsed(row, 0, "data id")).collect()
}

/// Removes all that a profile has; the blobs are garbage then.
pub(crate) async fn delete_of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    now: u64,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_garbage (blob, due_at) SELECT blob, CAST($2 AS BIGINT) FROM store_credentials WHERE profile_id = $1",
    )
    .bind(profile.to_string())
    .bind(big(now))
    .execute(&mut *db)
    .await?;
    sqlx::query("DELETE FROM store_credentials WHERE profile_id = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Some copies, and whose they are: at most `limit` after `after`, in the order of their ids.
pub(crate) async fn copies(
    db: &mut AnyConnection,
    after: Option<DataId>,
    limit: u32,
) -> Result<Vec<(DataId, Uuid)>, ServiceError> {
    let rows = sqlx::query(
        "SELECT data_id, profile_id FROM store_credentials WHERE original IS NOT NULL AND data_id > $1 \
         ORDER BY data_id LIMIT $2",
    )
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((parsed(row, 0, "data id")?, parsed(row, 1, "profile id")?))).collect()
}

/// How many a profile has.
pub(crate) async fn count(db: &mut AnyConnection, profile: Uuid) -> Result<u64, ServiceError> {
    let row = sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) FROM store_credentials WHERE profile_id = $1")
        .bind(profile.to_string())
        .fetch_one(db)
        .await?;
    number(&row, 0)
}

/// A profile's credentials and copies, oldest first.
pub(crate) async fn of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<StoredCredential>, ServiceError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM store_credentials WHERE profile_id = $1 AND (created_at, data_id) > ($2, $3) \
         ORDER BY created_at, data_id LIMIT $4"
    );
    let (time, id) = Place::after(after);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(profile.to_string())
        .bind(time)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(credential).collect()
}

fn credential(row: &AnyRow) -> Result<StoredCredential, ServiceError> {
    Ok(StoredCredential {
        data_id: parsed(row, 0, "data id")?,
        profile_id: parsed(row, 1, "profile id")?,
        stored_by: parsed(row, 2, "profile id")?,
        original: optional(row, 3, "data id")?,
        blob: parsed(row, 4, "blob name")?,
        size: number(row, 5)?,
        content_sha256: text(row, 6)?,
        sender_key: parsed(row, 7, "key")?,
        recipient_key: parsed(row, 8, "key")?,
        public_notes: text(row, 9)?,
        notes_signature: text(row, 10)?,
        issuer: text(row, 11)?,
        created_at: number(row, 12)?,
        shared_with: optional(row, 13, "profile id")?,
    })
}
