//! Consents by which issuers made profiles.

use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::{big, number, parsed};
use crate::error::ServiceError;

/// A consent that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileConsentRow {
    /// What names it.
    pub(crate) digest: [u8; 32],
    /// The profile that it made.
    pub(crate) profile_id: Uuid,
    /// The issuer's profile.
    pub(crate) made_by: Uuid,
    /// It need not be remembered after that.
    pub(crate) expires_at: u64,
}

/// Keeps a consent that was used.
pub(crate) async fn insert(db: &mut AnyConnection, consent: &ProfileConsentRow) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_profile_consents (digest, profile_id, made_by, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(hex::encode(consent.digest))
    .bind(consent.profile_id.to_string())
    .bind(consent.made_by.to_string())
    .bind(big(consent.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The one of that digest.
pub(crate) async fn get(
    db: &mut AnyConnection,
    digest: &[u8; 32],
) -> Result<Option<ProfileConsentRow>, ServiceError> {
    let row =
        sqlx::query("SELECT profile_id, made_by, expires_at FROM store_profile_consents WHERE digest = $1")
            .bind(hex::encode(digest))
            .fetch_optional(db)
            .await?;
    let consent = row.map(|row| {
        Ok::<_, ServiceError>(ProfileConsentRow {
            digest: *digest,
            profile_id: parsed(&row, 0, "profile id")?,
            made_by: parsed(&row, 1, "profile id")?,
            expires_at: number(&row, 2)?,
        })
    });
    consent.transpose()
}

/// Forgets the ones that are refused by their time anyway.
pub(crate) async fn delete_expired(db: &mut AnyConnection, now: u64) -> Result<u64, ServiceError> {
    let done = sqlx::query("DELETE FROM store_profile_consents WHERE expires_at < $1")
        .bind(big(now))
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// Forgets by which consent a profile was made, and what it made for others.
pub(crate) async fn delete_of_profile(db: &mut AnyConnection, profile: Uuid) -> Result<u64, ServiceError> {
    let done = sqlx::query("DELETE FROM store_profile_consents WHERE profile_id = $1 OR made_by = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}
