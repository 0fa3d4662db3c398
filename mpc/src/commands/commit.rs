//! The second step of a refresh: the new share counts, and the old one is gone.

use idos_api::key_shares::ShareState;
use sqlx::AnyConnection;

use super::{Outcome, state_of};
use crate::{
    db::{HoldingKey, StoredShare, shares},
    error::ServiceError,
};

pub(super) async fn apply(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    digest: [u8; 32],
) -> Result<Outcome, ServiceError> {
    let stored = shares::of(tx, key).await?;
    match stored.into_iter().find(|share| share.dealing.digest() == digest) {
        None => Err(ServiceError::NotPrepared),
        Some(share) if share.state == ShareState::Current => Ok(Outcome::Holding(state_of(tx, key).await?)),
        Some(share) => {
            shares::delete(tx, key, ShareState::Pending).await?;
            shares::put(tx, key, &StoredShare { state: ShareState::Current, ..share }).await?;
            Ok(Outcome::Holding(state_of(tx, key).await?))
        }
    }
}
