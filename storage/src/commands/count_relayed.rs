//! Counting a call that was taken for relaying.

use idos_api::usage::{UsageItem, day_of};
use idos_grants::Account;
use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{UsageKey, Used, table},
    error::ServiceError,
};

/// Counts a call that was relayed for the signer; not if it is the signer's own, for owners are never charged.
#[derive(Debug, Clone)]
pub(crate) struct CountRelayed {
    /// Who signed the call.
    pub(crate) owner: Account,
}

impl CountRelayed {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile_id = signer.profile(tx).await?;
        let wallets = table::wallets::of_profile(tx, profile_id).await?;
        if !wallets.iter().any(|wallet| wallet.controls(&self.owner)) {
            let key = UsageKey { day: day_of(now), profile_id, item: UsageItem::CallsRelayed };
            table::usage::add_one(tx, key, Used::once(0)).await?;
        }
        Ok(Applied::unchanged(Outcome::Done))
    }
}
