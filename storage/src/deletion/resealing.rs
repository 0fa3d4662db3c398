//! Sealing anew: the content that is replaced is deleted, and so is under the same rules.

use super::{Deletion, collect};
use crate::{
    auth::Caller,
    commands::{Command, Outcome, ResealCredential, Signer},
    db::StoredCredential,
    error::ServiceError,
};

impl Deletion {
    /// Puts other content in the place of the caller's own original's, unless that is under a timelock. The blob that was there is removed before
    /// this returns; what the database's files hold of its digest and keys is overwritten with the next deletion.
    pub(crate) async fn reseal(
        &self,
        caller: &Caller,
        signer: Signer,
        mut command: ResealCredential,
        now: u64,
    ) -> Result<StoredCredential, ServiceError> {
        let profile = caller.profile()?;
        let wallets = self.memory.wallets_of(profile).await?;
        let stored = self.gate.own(profile, command.data_id).await?;
        if stored.is_some_and(|stored| !command.is_done(&stored)) {
            self.gate.check_deletion(command.data_id, &wallets, now).await?;
        }
        command.wallets = wallets.to_vec();
        let command = Command::ResealCredential(Box::new(command));
        let Outcome::Credential { credential, .. } = self.executor.execute(command, signer, now).await?
        else {
            return Err(ServiceError::failed("content came to something else"));
        };
        while collect(&self.db, &self.blobs, now).await? {}
        Ok(*credential)
    }
}
