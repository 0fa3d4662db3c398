//! Deleting: first the rows, in one transaction, with a receipt; then the blob; then what the database's files may still hold of the rows.
//! Only after all of that is the receipt given out. Whatever is interrupted is finished by the next attempt, or by housekeeping.

mod leavers;
mod profiles;
mod resealing;

use std::sync::Arc;

use idos_api::credentials::DeletionReceipt;
use idos_grants::DataId;

use crate::{
    auth::Caller,
    blobs::Blobs,
    commands::{Command, DeleteCredential, Executor, Outcome, Signer},
    db::{Db, table},
    error::ServiceError,
    gate::Gate,
    identity::Identity,
    memory::Memory,
    relay::Relay,
};

pub(crate) use leavers::forget;

/// Blobs that one round removes.
const ROUND: u32 = 100;

/// Deletes and collects garbage.
pub(crate) struct Deletion {
    pub(crate) db: Arc<Db>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) executor: Executor,
    pub(crate) identity: Arc<Identity>,
    pub(crate) relay: Arc<dyn Relay>,
}

impl Deletion {
    /// Deletes what is the caller's own and under no timelock. The same answer again if that was done before.
    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        signer: Signer,
        id: DataId,
        now: u64,
    ) -> Result<DeletionReceipt, ServiceError> {
        let profile = caller.profile_id.ok_or(ServiceError::NotFound)?;
        let wallets = self.memory.wallets_of(profile).await?;
        let is_own = self.gate.own(profile, id).await?.is_some();
        if is_own {
            self.gate.check_deletion(id, &wallets, now).await?;
        }
        let command =
            DeleteCredential { data_id: id, wallets: if is_own { wallets.to_vec() } else { Vec::new() } };
        let outcome = self.executor.execute(Command::DeleteCredential(command), signer, now).await?;
        let Outcome::Deleted(receipt) = outcome else {
            return Err(ServiceError::failed("a deletion came to something else"));
        };
        self.finish(now).await?;
        self.identity.sign(&receipt)
    }

    /// Removes the blobs that are due, and then their traces. Goes on to its end if the caller goes away.
    pub(crate) async fn finish(&self, now: u64) -> Result<(), ServiceError> {
        let (db, blobs) = (self.db.clone(), self.blobs.clone());
        let task = tokio::spawn(async move {
            while collect(&db, &blobs, now).await? {}
            Ok(db.purge().await?)
        });
        task.await.map_err(|_| ServiceError::failed("a deletion ended early"))?
    }
}

/// Removes some of the blobs that are due, each before its note; tells whether there may be more.
pub(crate) async fn collect(db: &Db, blobs: &Blobs, now: u64) -> Result<bool, ServiceError> {
    let due = table::garbage::due(&mut *db.reader().await?, now, ROUND).await?;
    for blob in &due {
        blobs.remove(*blob).await?;
    }
    if !due.is_empty() {
        let mut tx = db.begin().await?;
        for blob in &due {
            table::garbage::delete(&mut tx, *blob).await?;
        }
        tx.commit().await?;
    }
    Ok(due.len() == ROUND as usize)
}
