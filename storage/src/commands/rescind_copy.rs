//! A grantee gives up its copy.

use idos_api::credentials::DeletionReason;
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{Receipt, Rescission, table},
    error::ServiceError,
    memory::Change,
};

/// Notes that the signer's profile gave up what is stored under a data id. That a grant to it was seen was checked before.
#[derive(Debug, Clone)]
pub(crate) struct RescindCopy {
    pub(crate) data_id: DataId,
    /// Whose it is.
    pub(crate) owner: Uuid,
    /// The owner's wallets, if a look at the chains found that nobody else has a grant that stands: then the copy is purged.
    pub(crate) purge: Option<Vec<Wallet>>,
}

impl RescindCopy {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        if profile == self.owner {
            return Err(ServiceError::NotFound);
        }
        let rescission = match table::rescissions::get(tx, self.data_id, profile).await? {
            Some(before) => before,
            None => {
                let Self { data_id, owner, .. } = *self;
                let new =
                    Rescission { data_id, profile_id: profile, owner_profile_id: owner, rescinded_at: now };
                table::rescissions::insert(tx, &new).await?;
                new
            }
        };
        let mut changes = vec![Change::Rescission(self.data_id, profile)];
        if self.purge(tx, now).await? {
            changes.push(Change::Credential(self.data_id));
        }
        let deleted = table::receipts::get(tx, self.data_id).await?.is_some();
        let rescinded_at = rescission.rescinded_at;
        Ok(Applied { outcome: Outcome::Rescinded { rescinded_at, deleted }, changes })
    }

    /// Takes the copy away, if it still is one of that owner, whose wallets are still those that were looked up.
    async fn purge(&self, tx: &mut AnyConnection, now: u64) -> Result<bool, ServiceError> {
        let Some(wallets) = &self.purge else { return Ok(false) };
        let found = table::credentials::get(tx, self.data_id).await?;
        let copy = found.filter(|found| found.original.is_some() && found.profile_id == self.owner);
        let Some(copy) = copy else { return Ok(false) };
        if table::wallets::of_profile(tx, self.owner).await? != *wallets {
            return Ok(false);
        }
        table::credentials::delete(tx, self.data_id).await?;
        table::garbage::insert(tx, copy.blob, now).await?;
        let receipt = Receipt {
            data_id: self.data_id,
            profile_id: self.owner,
            content_sha256: copy.content_sha256,
            deleted_at: now,
            reason: DeletionReason::Rescinded,
        };
        table::receipts::insert(tx, &receipt).await?;
        Ok(true)
    }
}
