//! What this node holds of each key.

use idos_grants::Account;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::values::{big, number};
use crate::error::ServiceError;

/// Which holding: whose key, shared among which nodes, by whose signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct HoldingKey {
    pub(crate) profile_id: Uuid,
    /// SHA-256 of the node set, in hex.
    pub(crate) node_set: String,
    /// The account whose signature stored it first.
    pub(crate) stored_by: Account,
}

/// Whether there is such a holding.
pub(crate) async fn exists(db: &mut AnyConnection, key: &HoldingKey) -> Result<bool, ServiceError> {
    let found =
        sqlx::query("SELECT 1 FROM mpc_holdings WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3")
            .bind(key.profile_id.to_string())
            .bind(&key.node_set)
            .bind(key.stored_by.to_string())
            .fetch_optional(db)
            .await?;
    Ok(found.is_some())
}

/// How many holdings there are.
pub(crate) async fn count(db: &mut AnyConnection) -> Result<u64, ServiceError> {
    number(&sqlx::query("SELECT COUNT(*) FROM mpc_holdings").fetch_one(db).await?, 0)
}

/// How many holdings a wallet stored.
pub(crate) async fn count_of(db: &mut AnyConnection, wallet: &Wallet) -> Result<u64, ServiceError> {
    let row = sqlx::query("SELECT COUNT(*) FROM mpc_holdings WHERE wallet = $1")
        .bind(wallet.to_string())
        .fetch_one(db)
        .await?;
    number(&row, 0)
}

/// A new holding, which `wallet` stored, of the node's `index` in the set.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    key: &HoldingKey,
    wallet: &Wallet,
    index: u8,
    now: u64,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO mpc_holdings (profile_id, node_set, stored_by, wallet, node_index, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(wallet.to_string())
    .bind(i64::from(index))
    .bind(big(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Removes a holding with everything in it.
pub(crate) async fn delete(db: &mut AnyConnection, key: &HoldingKey) -> Result<(), ServiceError> {
    for statement in [
        "DELETE FROM mpc_shares WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
        "DELETE FROM mpc_wallets WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
        "DELETE FROM mpc_refusals WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
        "DELETE FROM mpc_audit WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
        "DELETE FROM mpc_holdings WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3",
    ] {
        sqlx::query(statement)
            .bind(key.profile_id.to_string())
            .bind(&key.node_set)
            .bind(key.stored_by.to_string())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
