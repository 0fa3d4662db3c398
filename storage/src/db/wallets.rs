//! Which wallets open which profile.

use idos_wallets::{Scope, Wallet};
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::values::{big, parsed};
use crate::error::ServiceError;

/// The profile that a wallet opens.
pub(crate) async fn profile_of(
    db: &mut AnyConnection,
    wallet: &Wallet,
) -> Result<Option<Uuid>, ServiceError> {
    let row = sqlx::query("SELECT profile_id FROM store_wallets WHERE wallet = $1")
        .bind(wallet.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| parsed(&row, 0, "profile id")).transpose()
}

/// A profile's wallets, in the order of their names.
pub(crate) async fn of_profile(db: &mut AnyConnection, profile: Uuid) -> Result<Vec<Wallet>, ServiceError> {
    let rows = sqlx::query("SELECT wallet FROM store_wallets WHERE profile_id = $1 ORDER BY wallet")
        .bind(profile.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| parsed(row, 0, "wallet")).collect()
}

/// The profiles of the wallets that speak for one of the accounts that `wallet` speaks for, `wallet` itself among them.
pub(crate) async fn claims_on(db: &mut AnyConnection, wallet: &Wallet) -> Result<Vec<Uuid>, ServiceError> {
    let rows = sqlx::query("SELECT wallet, profile_id FROM store_wallets WHERE address = $1")
        .bind(address(wallet))
        .fetch_all(db)
        .await?;
    let claims = rows.iter().map(claim).collect::<Result<Vec<_>, _>>()?;
    Ok(claims.into_iter().filter(|(other, _)| overlap(other, wallet)).map(|(_, profile)| profile).collect())
}

/// Links a wallet to a profile.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    wallet: &Wallet,
    profile: Uuid,
    now: u64,
) -> Result<(), ServiceError> {
    sqlx::query("INSERT INTO store_wallets (wallet, address, profile_id, linked_at) VALUES ($1, $2, $3, $4)")
        .bind(wallet.to_string())
        .bind(address(wallet))
        .bind(profile.to_string())
        .bind(big(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Unlinks a wallet.
pub(crate) async fn delete(db: &mut AnyConnection, wallet: &Wallet) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_wallets WHERE wallet = $1").bind(wallet.to_string()).execute(db).await?;
    Ok(())
}

/// Unlinks every wallet of a profile; how many there were.
pub(crate) async fn delete_of_profile(db: &mut AnyConnection, profile: Uuid) -> Result<u64, ServiceError> {
    let done = sqlx::query("DELETE FROM store_wallets WHERE profile_id = $1")
        .bind(profile.to_string())
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// The address with its family of chains, but no chain.
fn address(wallet: &Wallet) -> String {
    Wallet::by_key(wallet.address()).to_string()
}

fn claim(row: &AnyRow) -> Result<(Wallet, Uuid), ServiceError> {
    Ok((parsed(row, 0, "wallet")?, parsed(row, 1, "profile id")?))
}

/// Whether there is an account that both speak for, given that their addresses are equal.
fn overlap(one: &Wallet, other: &Wallet) -> bool {
    one.scope() == other.scope()
        || [one, other].iter().any(|wallet| matches!(wallet.scope(), Scope::Namespace(_)))
}
