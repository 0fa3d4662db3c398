//! Nonces that were used, and for what. They are remembered in the transaction of what they were used for, so no restart brings one back.

use sqlx::AnyConnection;

use super::values::big;
use crate::{asker::Asker, error::ServiceError};

/// What a nonce was used for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nonce {
    /// Nothing: it is used up now.
    Fresh,
    /// The very same request, which was done.
    Repeated,
    /// Another request, or one that was refused.
    Used,
}

/// Uses up the nonce of what is asked.
pub(crate) async fn use_up(db: &mut AnyConnection, asker: &Asker) -> Result<Nonce, ServiceError> {
    let done = sqlx::query(
        "INSERT INTO mpc_nonces (account, nonce, expires_at, digest, done) VALUES ($1, $2, $3, $4, 1) ON CONFLICT DO NOTHING",
    )
    .bind(asker.account.to_string())
    .bind(asker.nonce.as_str())
    .bind(big(asker.forget_nonce_at))
    .bind(hex::encode(asker.digest))
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(Nonce::Fresh);
    }
    let same = sqlx::query(
        "SELECT 1 FROM mpc_nonces WHERE account = $1 AND nonce = $2 AND digest = $3 AND done = 1",
    )
    .bind(asker.account.to_string())
    .bind(asker.nonce.as_str())
    .bind(hex::encode(asker.digest))
    .fetch_optional(db)
    .await?;
    Ok(if same.is_some() { Nonce::Repeated } else { Nonce::Used })
}

/// Remembers that what was asked was refused: it stays so when it would no longer be.
pub(crate) async fn refuse(db: &mut AnyConnection, asker: &Asker) -> Result<(), ServiceError> {
    sqlx::query("UPDATE mpc_nonces SET done = 0 WHERE account = $1 AND nonce = $2")
        .bind(asker.account.to_string())
        .bind(asker.nonce.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets the nonces that are refused by their time anyway.
pub(crate) async fn delete_expired(db: &mut AnyConnection, now: u64) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM mpc_nonces WHERE expires_at < $1").bind(big(now)).execute(db).await?;
    Ok(())
}
