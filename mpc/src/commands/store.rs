//! A share's first arrival.

use idos_api::key_shares::ShareState;
use sqlx::AnyConnection;

use super::{Outcome, order, state_of};
use crate::{
    asker::Asker,
    db::{
        HoldingKey, StoredShare,
        audit::{self, NewLine},
        holdings, shares, wallets,
    },
    error::ServiceError,
};

/// Holdings that one wallet may store.
const HOLDINGS_MAX: u64 = 8;

/// Makes the holding, and its first wallet the one that asks. The same share again is no change; another one never takes its place.
pub(super) async fn apply(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    asker: &Asker,
    index: u8,
    share: &StoredShare,
    holdings_max: u64,
    now: u64,
) -> Result<Outcome, ServiceError> {
    if holdings::exists(tx, key).await? {
        return again(tx, key, asker, share).await;
    }
    if holdings::count(tx).await? >= holdings_max {
        return Err(ServiceError::LimitReached(
            "this node holds as many key shares as it may: share your key among other nodes",
        ));
    }
    if holdings::count_of(tx, &asker.wallet).await? >= HOLDINGS_MAX {
        return Err(ServiceError::LimitReached(
            "this wallet has stored as many key shares here as it may: delete one first",
        ));
    }
    holdings::insert(tx, key, &asker.wallet, index, now).await?;
    order::begin(tx, key, asker, now).await?;
    wallets::insert(tx, key, &asker.account, now).await?;
    shares::put(tx, key, share).await?;
    let line = NewLine { number: 1, operation: "store", account: asker.account, at: now };
    audit::append(tx, key, &line).await?;
    Ok(Outcome::Holding(state_of(tx, key).await?))
}

async fn again(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    asker: &Asker,
    share: &StoredShare,
) -> Result<Outcome, ServiceError> {
    if !wallets::may_ask(tx, key, &asker.account, &asker.wallet).await? {
        return Err(ServiceError::NotFound);
    }
    let stored = shares::of(tx, key).await?;
    let is_it = |stored: &StoredShare| {
        stored.state == ShareState::Current && stored.dealing.digest() == share.dealing.digest()
    };
    if stored.iter().any(is_it) {
        Ok(Outcome::Holding(state_of(tx, key).await?))
    } else {
        Err(ServiceError::Exists)
    }
}
