//! Nonces that were used. They are remembered in the transaction of what they were used for, so no restart brings one back.

use idos_grants::Account;
use sqlx::AnyConnection;

use super::values::big;
use crate::error::ServiceError;

/// Uses up a nonce of `account`; `false` if it was used already.
pub(crate) async fn use_up(
    db: &mut AnyConnection,
    account: &Account,
    nonce: &str,
    expires_at: u64,
) -> Result<bool, ServiceError> {
    let done = sqlx::query(
        "INSERT INTO mpc_nonces (account, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(account.to_string())
    .bind(nonce)
    .bind(big(expires_at))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the nonces that are refused by their time anyway.
pub(crate) async fn delete_expired(db: &mut AnyConnection, now: u64) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM mpc_nonces WHERE expires_at < $1").bind(big(now)).execute(db).await?;
    Ok(())
}
