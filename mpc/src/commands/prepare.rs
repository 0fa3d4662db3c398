//! The first step of a refresh: the new share lies beside the old one.

use idos_api::key_shares::{PENDING_SECS, ShareState};
use sqlx::AnyConnection;

use super::{Outcome, state_of};
use crate::{
    db::{HoldingKey, StoredShare, shares},
    error::ServiceError,
};

/// A share that is prepared already stays for [`PENDING_SECS`], so that two refreshes at a time cannot tear the key apart: by then
/// whoever prepared it has committed it everywhere, or never will.
pub(super) async fn apply(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    from: [u8; 32],
    share: Option<&StoredShare>,
    now: u64,
) -> Result<Outcome, ServiceError> {
    let share = share.ok_or(ServiceError::NotFound)?;
    let stored = shares::of(tx, key).await?;
    let current = stored.iter().find(|stored| stored.state == ShareState::Current);
    if current.is_none_or(|current| current.dealing.digest() != from) {
        return Err(ServiceError::NotPrepared);
    }
    if let Some(pending) = stored.iter().find(|stored| stored.state == ShareState::Pending) {
        let until = pending.stored_at.saturating_add(PENDING_SECS);
        if pending.dealing.digest() == share.dealing.digest() {
            return Ok(Outcome::Holding(state_of(tx, key).await?));
        }
        if now < until {
            return Err(ServiceError::RefreshUnderWay { secs: until - now });
        }
    }
    shares::put(tx, key, share).await?;
    Ok(Outcome::Holding(state_of(tx, key).await?))
}
