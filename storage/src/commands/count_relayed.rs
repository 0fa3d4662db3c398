//! Counting a call that is about to be taken for relaying.

use idos_api::usage::{UsageItem, day_of};
use idos_grants::Account;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{UsageKey, Used, table},
    error::ServiceError,
};

/// Counts a call for the profile that hands it in, once; not if it is the profile's own, for owners are never charged. Refused if the profile has gone.
#[derive(Debug, Clone)]
pub(crate) struct CountRelayed {
    /// Who hands it in.
    pub(crate) profile_id: Uuid,
    /// What names the call.
    pub(crate) digest: String,
    /// Who signed the call.
    pub(crate) owner: Account,
    /// Whether it is taken just now. What was taken before was counted then.
    pub(crate) is_new: bool,
}

impl CountRelayed {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile_id = signer.profile(tx).await?;
        if profile_id != self.profile_id {
            return Err(ServiceError::ProfileRequired);
        }
        let wallets = table::wallets::of_profile(tx, profile_id).await?;
        let is_own = wallets.iter().any(|wallet| wallet.controls(&self.owner));
        if self.is_new && !is_own && table::relayed::insert(tx, &self.digest, now).await? {
            let key = UsageKey { day: day_of(now), profile_id, item: UsageItem::CallsRelayed };
            table::usage::add_one(tx, key, Used::once(0)).await?;
        }
        Ok(Applied::unchanged(Outcome::Done))
    }
}
