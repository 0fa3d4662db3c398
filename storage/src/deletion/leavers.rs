//! What the relay keeps of deleted profiles.

use crate::{
    db::{Db, table},
    error::ServiceError,
    relay::{Relay, app_of},
};

/// Has the relay forget all profiles that were deleted. What is interrupted is done by the next attempt, or by housekeeping.
pub(crate) async fn forget(db: &Db, relay: &dyn Relay) -> Result<(), ServiceError> {
    loop {
        let leavers = table::leavers::some(&mut *db.reader().await?).await?;
        if leavers.is_empty() {
            return Ok(());
        }
        for profile in leavers {
            relay.forget(&app_of(profile)).await?;
            let mut tx = db.begin().await?;
            table::leavers::delete(&mut tx, profile).await?;
            tx.commit().await?;
        }
    }
}
