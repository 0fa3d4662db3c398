//! Who may ask. Both changes may be asked for again: nothing more happens.

use idos_api::limits::MAX_WALLETS;
use idos_grants::Account;
use sqlx::AnyConnection;

use super::{Outcome, state_of};
use crate::{
    db::{HoldingKey, wallets},
    error::ServiceError,
};

pub(super) async fn add(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    wallet: &Account,
    now: u64,
) -> Result<Outcome, ServiceError> {
    let present = wallets::of(tx, key).await?;
    if !present.contains(wallet) && present.len() >= MAX_WALLETS {
        return Err(ServiceError::LimitReached("this key has as many wallets as it may: remove one first"));
    }
    wallets::insert(tx, key, wallet, now).await?;
    Ok(Outcome::Holding(state_of(tx, key).await?))
}

pub(super) async fn remove(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    wallet: &Account,
) -> Result<Outcome, ServiceError> {
    wallets::delete(tx, key, wallet).await?;
    let state = state_of(tx, key).await?;
    // What was deleted comes back: the caller rolls back.
    if state.wallets.is_empty() { Err(ServiceError::LastWallet) } else { Ok(Outcome::Holding(state)) }
}
