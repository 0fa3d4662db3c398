//! Shares: the one that counts and, while a refresh is under way, the one that will.

use idos_api::key_shares::ShareState;
use idos_keys::shares::Dealing;
use idos_wallets::SignedShareRequest;
use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    holdings::HoldingKey,
    values::{big, bytes, json, number, parsed},
};
use crate::error::ServiceError;

/// A share as it lies in the database, sealed.
#[derive(Debug, Clone)]
pub(crate) struct StoredShare {
    pub(crate) state: ShareState,
    pub(crate) dealing: Dealing,
    /// The message by which a wallet brought it here.
    pub(crate) signed: SignedShareRequest,
    /// Under the node's key at rest.
    pub(crate) sealed: Vec<u8>,
    pub(crate) stored_at: u64,
}

/// A holding's shares: the current one, then the pending one if there is one.
pub(crate) async fn of(db: &mut AnyConnection, key: &HoldingKey) -> Result<Vec<StoredShare>, ServiceError> {
    let rows = sqlx::query(
        "SELECT state, dealing, signed_request, sealed, stored_at FROM mpc_shares \
         WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 ORDER BY state",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<StoredShare, ServiceError> {
    Ok(StoredShare {
        state: parsed(row, 0, "share's state")?,
        dealing: json(row, 1, "dealing")?,
        signed: json(row, 2, "signed request")?,
        sealed: bytes(row, 3, "sealed share")?,
        stored_at: number(row, 4)?,
    })
}

/// One of all shares, if there is any.
pub(crate) async fn any(db: &mut AnyConnection) -> Result<Option<(HoldingKey, StoredShare)>, ServiceError> {
    let row = sqlx::query(
        "SELECT state, dealing, signed_request, sealed, stored_at, profile_id, node_set, stored_by FROM mpc_shares LIMIT 1",
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let key = HoldingKey {
        profile_id: parsed(&row, 5, "profile id")?,
        node_set: row.try_get(6)?,
        stored_by: parsed(&row, 7, "account")?,
    };
    Ok(Some((key, read(&row)?)))
}

/// Puts a share in the place of the one of its state.
pub(crate) async fn put(
    db: &mut AnyConnection,
    key: &HoldingKey,
    share: &StoredShare,
) -> Result<(), ServiceError> {
    delete(db, key, share.state).await?;
    let text = |value: serde_json::Result<String>| value.map_err(|_| ServiceError::failed("JSON"));
    sqlx::query(
        "INSERT INTO mpc_shares (profile_id, node_set, stored_by, state, dealing, signed_request, sealed, stored_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(share.state.as_str())
    .bind(text(serde_json::to_string(&share.dealing))?)
    .bind(text(serde_json::to_string(&share.signed))?)
    .bind(hex::encode(&share.sealed))
    .bind(big(share.stored_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the share of a state.
pub(crate) async fn delete(
    db: &mut AnyConnection,
    key: &HoldingKey,
    state: ShareState,
) -> Result<(), ServiceError> {
    sqlx::query(
        "DELETE FROM mpc_shares WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND state = $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(state.as_str())
    .execute(db)
    .await?;
    Ok(())
}
