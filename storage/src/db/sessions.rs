//! Sessions: which key may act for which wallet, and until when.

use idos_sessions::{SessionId, SessionPublicKey};
use idos_wallets::Wallet;
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::values::{big, hex32, number, parsed};
use crate::error::ServiceError;

/// A session as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredSession {
    pub(crate) id: SessionId,
    pub(crate) wallet: Wallet,
    pub(crate) key: SessionPublicKey,
    pub(crate) expires_at: u64,
}

/// Adds a session, with the NEAR access key by which it was opened; `false` if there is one of that id.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    session: &StoredSession,
    access_key: Option<[u8; 32]>,
    now: u64,
) -> Result<bool, ServiceError> {
    let done = sqlx::query(
        "INSERT INTO store_sessions (session_id, wallet, session_key, access_key, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(session.id.to_string())
    .bind(session.wallet.to_string())
    .bind(hex::encode(session.key.to_bytes()))
    .bind(access_key.map(hex::encode))
    .bind(big(now))
    .bind(big(session.expires_at))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A session, ended by its time or not.
pub(crate) async fn get(
    db: &mut AnyConnection,
    id: SessionId,
) -> Result<Option<StoredSession>, ServiceError> {
    let row = sqlx::query(
        "SELECT session_id, wallet, session_key, expires_at FROM store_sessions WHERE session_id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(session).transpose()
}

/// Ends a session.
pub(crate) async fn delete(db: &mut AnyConnection, id: SessionId) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_sessions WHERE session_id = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// Ends every session of a wallet.
pub(crate) async fn delete_of_wallet(
    db: &mut AnyConnection,
    wallet: &Wallet,
) -> Result<Vec<SessionId>, ServiceError> {
    let rows = sqlx::query("DELETE FROM store_sessions WHERE wallet = $1 RETURNING session_id")
        .bind(wallet.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| parsed(row, 0, "session id")).collect()
}

/// Ends every session of a profile's wallets but one.
pub(crate) async fn delete_of_profile_but(
    db: &mut AnyConnection,
    profile: Uuid,
    kept: SessionId,
) -> Result<Vec<SessionId>, ServiceError> {
    let rows = sqlx::query(
        "DELETE FROM store_sessions WHERE wallet IN (SELECT wallet FROM store_wallets WHERE profile_id = $1) \
         AND session_id <> $2 RETURNING session_id",
    )
    .bind(profile.to_string())
    .bind(kept.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| parsed(row, 0, "session id")).collect()
}

/// A NEAR account, and the access key by which it signed in.
pub(crate) type UsedAccessKey = (Wallet, [u8; 32]);

/// Who is signed in by an access key: at most `limit` after `after`, in the order of their names.
pub(crate) async fn access_keys(
    db: &mut AnyConnection,
    after: Option<&UsedAccessKey>,
    limit: u32,
) -> Result<Vec<UsedAccessKey>, ServiceError> {
    let (wallet, key) = after.map(|(wallet, key)| (wallet.to_string(), hex::encode(key))).unwrap_or_default();
    let rows = sqlx::query(
        "SELECT DISTINCT wallet, access_key FROM store_sessions WHERE access_key IS NOT NULL \
         AND (wallet > $1 OR (wallet = $1 AND access_key > $2)) ORDER BY wallet, access_key LIMIT $3",
    )
    .bind(wallet)
    .bind(key)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((parsed(row, 0, "wallet")?, hex32(row, 1, "access key")?))).collect()
}

/// Ends the sessions that a wallet opened by an access key.
pub(crate) async fn delete_of_access_key(
    db: &mut AnyConnection,
    wallet: &Wallet,
    access_key: &[u8; 32],
) -> Result<Vec<SessionId>, ServiceError> {
    let rows =
        sqlx::query("DELETE FROM store_sessions WHERE wallet = $1 AND access_key = $2 RETURNING session_id")
            .bind(wallet.to_string())
            .bind(hex::encode(access_key))
            .fetch_all(db)
            .await?;
    rows.iter().map(|row| parsed(row, 0, "session id")).collect()
}

/// Ends a wallet's oldest sessions, so that at most `keep` are left.
pub(crate) async fn delete_oldest(
    db: &mut AnyConnection,
    wallet: &Wallet,
    keep: u32,
) -> Result<Vec<SessionId>, ServiceError> {
    let rows = sqlx::query(
        "DELETE FROM store_sessions WHERE wallet = $1 AND session_id NOT IN \
         (SELECT session_id FROM store_sessions WHERE wallet = $1 ORDER BY created_at DESC, session_id LIMIT $2) \
         RETURNING session_id",
    )
    .bind(wallet.to_string())
    .bind(i64::from(keep))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| parsed(row, 0, "session id")).collect()
}

/// Whether one that asked for a profile's deletion has ended: it is the last trace of the profile's wallet.
pub(crate) async fn has_ended_of_deleted(db: &mut AnyConnection, now: u64) -> Result<bool, ServiceError> {
    let row = sqlx::query(
        "SELECT s.session_id FROM store_sessions s JOIN store_profile_receipts r ON r.session_id = s.session_id \
         WHERE s.expires_at <= $1 LIMIT 1",
    )
    .bind(big(now))
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Drops the sessions that ended.
pub(crate) async fn delete_expired(db: &mut AnyConnection, now: u64) -> Result<u64, ServiceError> {
    let done =
        sqlx::query("DELETE FROM store_sessions WHERE expires_at <= $1").bind(big(now)).execute(db).await?;
    Ok(done.rows_affected())
}

fn session(row: &AnyRow) -> Result<StoredSession, ServiceError> {
    let key = SessionPublicKey::from_bytes(&hex32(row, 2, "session key")?);
    Ok(StoredSession {
        id: parsed(row, 0, "session id")?,
        wallet: parsed(row, 1, "wallet")?,
        key: key.ok_or(ServiceError::corrupt("session key"))?,
        expires_at: number(row, 3)?,
    })
}
