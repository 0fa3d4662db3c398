//! Who may ask for what.

use idos_grants::Account;
use idos_wallets::Wallet;
use sqlx::AnyConnection;

use super::{
    holdings::HoldingKey,
    values::{big, parsed},
};
use crate::error::ServiceError;

/// An account's address, whatever the chain.
fn address(account: &Account) -> String {
    format!("{}:{}", account.chain().namespace(), account.address())
}

/// Whether `wallet`, which signed as `account`, may ask. One look-up, which finds as little whether there is no such holding or the wallet is
/// not one of it.
pub(crate) async fn may_ask(
    db: &mut AnyConnection,
    key: &HoldingKey,
    account: &Account,
    wallet: &Wallet,
) -> Result<bool, ServiceError> {
    let rows = sqlx::query(
        "SELECT account FROM mpc_wallets WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND address = $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(address(account))
    .fetch_all(db)
    .await?;
    for row in &rows {
        if wallet.controls(&parsed(row, 0, "account")?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All of a holding's wallets, in the order of their text.
pub(crate) async fn of(db: &mut AnyConnection, key: &HoldingKey) -> Result<Vec<Account>, ServiceError> {
    let rows = sqlx::query(
        "SELECT account FROM mpc_wallets WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 ORDER BY account",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| parsed(row, 0, "account")).collect()
}

/// Adds a wallet; one that is there already stays.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    key: &HoldingKey,
    account: &Account,
    now: u64,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO mpc_wallets (profile_id, node_set, stored_by, address, account, added_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(address(account))
    .bind(account.to_string())
    .bind(big(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Removes an address, by whatever chain it was added: it is one wallet.
pub(crate) async fn delete(
    db: &mut AnyConnection,
    key: &HoldingKey,
    account: &Account,
) -> Result<(), ServiceError> {
    sqlx::query(
        "DELETE FROM mpc_wallets WHERE profile_id = $1 AND node_set = $2 AND stored_by = $3 AND address = $4",
    )
    .bind(key.profile_id.to_string())
    .bind(&key.node_set)
    .bind(key.stored_by.to_string())
    .bind(address(account))
    .execute(db)
    .await?;
    Ok(())
}
