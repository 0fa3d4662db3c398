//! Deleting a profile: one command for all of its rows, then what the relay knows, then the blobs, then the traces.

use idos_api::profiles::ProfileDeletionReceipt;
use uuid::Uuid;

use super::{Deletion, forget};
use crate::{
    auth::Caller,
    commands::{Command, DeleteProfile, Outcome, Signer},
    db::table,
    error::ServiceError,
};

impl Deletion {
    /// Deletes the caller's own profile, unless something in it is under a timelock. The session that asked gets the same answer again.
    pub(crate) async fn delete_profile(
        &self,
        caller: &Caller,
        signer: Signer,
        profile_id: Uuid,
        now: u64,
    ) -> Result<ProfileDeletionReceipt, ServiceError> {
        let (mut wallets, mut data_ids) = (Vec::new(), Vec::new());
        if caller.profile_id == Some(profile_id) {
            wallets = self.memory.wallets_of(profile_id).await?.to_vec();
            data_ids = table::credentials::ids_of_profile(&mut *self.db.reader().await?, profile_id).await?;
            self.gate.check_profile_deletion(&data_ids, &wallets, now).await?;
        }
        let command = Command::DeleteProfile(Box::new(DeleteProfile { profile_id, wallets, data_ids }));
        let outcome = self.executor.execute(command, signer, now).await?;
        let Outcome::ProfileDeleted(row) = outcome else {
            return Err(ServiceError::failed("the deletion of a profile came to something else"));
        };
        let (db, relay) = (self.db.clone(), self.relay.clone());
        let forgetting = tokio::spawn(async move { forget(&db, &*relay).await });
        forgetting.await.map_err(|_| ServiceError::failed("a deletion ended early"))??;
        self.finish(now).await?;
        let contents = table::receipts::with_profile(&mut *self.db.reader().await?, profile_id).await?;
        Ok(self.identity.sign_profile_deletion(&row, contents))
    }
}
