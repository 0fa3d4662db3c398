//! Deleting a copy whose grants were all revoked.

use idos_api::credentials::DeletionReason;
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::AnyConnection;

use super::{Applied, Outcome};
use crate::{
    db::{Receipt, table},
    error::ServiceError,
    memory::Change,
};

/// Deletes a copy. That every grant on it by `wallets` was revoked, finally, was checked before; one of them signs, on chain.
#[derive(Debug, Clone)]
pub(crate) struct PurgeCopy {
    pub(crate) data_id: DataId,
    /// The wallets of the copy's profile when its grants were looked up.
    pub(crate) wallets: Vec<Wallet>,
}

impl PurgeCopy {
    pub(super) async fn apply(&self, tx: &mut AnyConnection, now: u64) -> Result<Applied, ServiceError> {
        let stored = table::credentials::get(tx, self.data_id).await?;
        let copy = stored.filter(|stored| stored.original.is_some()).ok_or(ServiceError::NotFound)?;
        if table::wallets::of_profile(tx, copy.profile_id).await? != self.wallets {
            // A wallet was linked meanwhile, whose grants nobody has looked up.
            return Err(ServiceError::Busy);
        }
        table::credentials::delete(tx, self.data_id).await?;
        table::garbage::insert(tx, copy.blob, now).await?;
        let receipt = Receipt {
            data_id: self.data_id,
            profile_id: copy.profile_id,
            content_sha256: copy.content_sha256,
            deleted_at: now,
            reason: DeletionReason::GrantsRevoked,
        };
        table::receipts::insert(tx, &receipt).await?;
        Ok(Applied { outcome: Outcome::Deleted(receipt), changes: vec![Change::Credential(self.data_id)] })
    }
}
