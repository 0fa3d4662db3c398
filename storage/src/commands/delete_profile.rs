//! Deleting a profile with everything in it.

use idos_api::profiles::DeletedCounts;
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{ProfileReceiptRow, purges::PURGES, table},
    error::ServiceError,
    memory::Change,
};

/// Deletes one's own profile. That no timelock of `wallets` on any of `data_ids` forbids it was checked before.
#[derive(Debug, Clone)]
pub(crate) struct DeleteProfile {
    /// Which: named, so that a late repetition never deletes a profile that the wallet has made since.
    pub(crate) profile_id: Uuid,
    /// The profile's wallets when the timelocks were looked up.
    pub(crate) wallets: Vec<Wallet>,
    /// What it held then, in order.
    pub(crate) data_ids: Vec<DataId>,
}

impl DeleteProfile {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let session_id = signer.session_id().ok_or(ServiceError::NotFound)?;
        if table::wallets::profile_of(tx, &signer.wallet()).await? != Some(self.profile_id) {
            return self.repeated(tx, signer).await;
        }
        self.check_as_looked_up(tx).await?;
        let (profile, mut counts) = (self.profile_id, DeletedCounts::default());
        // The session that asks stays until it ends: it may ask for the receipt again, and can do no more than any wallet without a profile.
        let sessions = table::sessions::delete_of_profile_but(tx, profile, session_id).await?;
        table::receipts::insert_with_profile(tx, profile, now).await?;
        table::credentials::delete_of_profile(tx, profile, now).await?;
        counts.uploads = table::uploads::delete_of_profile(tx, profile, now).await?;
        for purge in PURGES {
            purge(tx, profile, &mut counts).await?;
        }
        counts.wallets = table::wallets::delete_of_profile(tx, profile).await?;
        let receipt = ProfileReceiptRow { profile_id: profile, session_id, deleted_at: now, counts };
        table::profile_receipts::insert(tx, &receipt).await?;
        table::leavers::insert(tx, profile).await?;
        let mut changes = vec![Change::Profile(profile)];
        changes.extend(self.wallets.iter().copied().map(Change::Wallet));
        changes.extend(sessions.into_iter().map(Change::Session));
        changes.extend(self.data_ids.iter().copied().map(Change::Credential));
        Ok(Applied { outcome: Outcome::ProfileDeleted(receipt), changes })
    }

    /// Nothing was linked or stored meanwhile, whose timelocks nobody has looked up.
    async fn check_as_looked_up(&self, tx: &mut AnyConnection) -> Result<(), ServiceError> {
        let wallets = table::wallets::of_profile(tx, self.profile_id).await?;
        let data_ids = table::credentials::ids_of_profile(tx, self.profile_id).await?;
        if (wallets, data_ids) == (self.wallets.clone(), self.data_ids.clone()) {
            Ok(())
        } else {
            Err(ServiceError::Busy)
        }
    }

    /// Its answer was lost, and the same session sent it again.
    async fn repeated(&self, tx: &mut AnyConnection, signer: &Signer) -> Result<Applied, ServiceError> {
        let receipt = table::profile_receipts::get(tx, self.profile_id).await?;
        let receipt = receipt.filter(|receipt| Some(receipt.session_id) == signer.session_id());
        receipt.map(Outcome::ProfileDeleted).map(Applied::unchanged).ok_or(ServiceError::NotFound)
    }
}
