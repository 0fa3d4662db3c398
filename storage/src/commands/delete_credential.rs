//! Deleting a credential or copy.

use idos_api::credentials::DeletionReason;
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{Receipt, table},
    error::ServiceError,
    memory::Change,
};

/// Deletes one's own. That no timelock of `wallets` forbids it was checked before.
#[derive(Debug, Clone)]
pub(crate) struct DeleteCredential {
    pub(crate) data_id: DataId,
    /// The profile's wallets when the timelocks were looked up.
    pub(crate) wallets: Vec<Wallet>,
}

impl DeleteCredential {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        // Both are looked up, whatever there is.
        let found = table::credentials::own(tx, profile, self.data_id).await?;
        let receipt = table::receipts::get(tx, self.data_id).await?;
        let Some(credential) = found else { return repeated(receipt, profile) };
        if table::wallets::of_profile(tx, profile).await? != self.wallets {
            // A wallet was linked meanwhile, whose timelocks nobody has looked up.
            return Err(ServiceError::Busy);
        }
        table::credentials::delete(tx, self.data_id).await?;
        table::garbage::insert(tx, credential.blob, now).await?;
        let receipt = Receipt {
            data_id: self.data_id,
            profile_id: profile,
            content_sha256: credential.content_sha256,
            deleted_at: now,
            reason: DeletionReason::Asked,
        };
        table::receipts::insert(tx, &receipt).await?;
        Ok(Applied { outcome: Outcome::Deleted(receipt), changes: vec![Change::Credential(self.data_id)] })
    }
}

fn repeated(receipt: Option<Receipt>, profile: Uuid) -> Result<Applied, ServiceError> {
    let receipt = receipt.filter(|receipt| receipt.profile_id == profile);
    receipt.map(Outcome::Deleted).map(Applied::unchanged).ok_or(ServiceError::NotFound)
}
