//! Giving up a copy: the grantee reads it no more, the owner sees that it did, and the copy goes if it was nobody else's.
//!
//! A timelock protects the grantee: it may itself give up what is locked. The owner's original, and whatever others have grants on, stay.
//! The contract's grant stays too, until its owner revokes it; it opens nothing.

use std::sync::Arc;

use idos_api::grants::Rescinded;
use idos_grants::DataId;

use crate::{
    auth::Caller,
    commands::{Command, Executor, Outcome, RescindCopy, Signer},
    db::{Db, table},
    deletion::Deletion,
    error::ServiceError,
    gate::Gate,
    memory::Memory,
};

/// What giving up needs.
pub(crate) struct Rescissions {
    pub(crate) db: Arc<Db>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) executor: Executor,
}

impl Rescissions {
    /// Gives up what is stored under `id`, if a grant to the caller was seen. The same answer again if that was done before.
    pub(crate) async fn rescind(
        &self,
        caller: &Caller,
        signer: Signer,
        id: DataId,
        deletion: &Deletion,
        now: u64,
    ) -> Result<Rescinded, ServiceError> {
        let profile = caller.profile()?;
        let before = table::rescissions::get(&mut *self.db.reader().await?, id, profile).await?;
        let owner = match before {
            Some(before) => before.owner_profile_id,
            None => self.gate.check_granted(caller, id, now).await?,
        };
        let purge = if self.gate.is_nobody_elses(id, owner, profile, now).await? {
            Some(self.memory.wallets_of(owner).await?.to_vec())
        } else {
            None
        };
        let command = Command::RescindCopy(RescindCopy { data_id: id, owner, purge });
        match self.executor.execute(command, signer, now).await? {
            Outcome::Rescinded { rescinded_at, deleted } => {
                if deleted {
                    deletion.finish(now).await?;
                }
                Ok(Rescinded { data_id: id, rescinded_at, deleted })
            }
            _ => Err(ServiceError::failed("a rescission came to something else")),
        }
    }
}
