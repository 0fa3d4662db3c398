//! Copies whose grants were all revoked are purged, once that is final: nobody may read them any more, and nobody but the grantee ever could.
//!
//! A few are looked at a round, in the order of their ids, from where the round before has ended. A copy goes only if a grant on it was seen, if
//! none stands on any chain, if every revocation is final and confirmed by its contract, and if all mirrors are to be trusted. One that
//! was not granted yet is left alone: its grant may be on its way.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use idos_grants::DataId;
use idos_mirror::GrantsEnd;
use idos_wallets::Wallet;
use uuid::Uuid;

use crate::{
    blobs::Blobs,
    commands::{Command, Executor, PurgeCopy, Signer},
    db::{Db, table},
    deletion::collect,
    error::ServiceError,
    gate::{Gate, addresses},
    memory::Memory,
};

/// Copies that are looked at in a round.
const COPIES_A_ROUND: u32 = 1000;

/// Copies of one profile that the mirror is asked about at once; at most [`idos_mirror::MAX_DATA_IDS`].
const COPIES_A_QUESTION: usize = 50;

/// Looks for copies that nobody may read any more.
pub(crate) struct RevokedCopies {
    pub(crate) db: Arc<Db>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) executor: Executor,
    /// The last one that was looked at.
    pub(crate) after: Mutex<Option<DataId>>,
}

impl RevokedCopies {
    /// Looks at some copies, and purges those whose grants are over; how many.
    pub(crate) async fn round(&self, now: u64) -> Result<usize, ServiceError> {
        match self.gate.check_mirrors(now).await {
            Ok(()) => {}
            // A mirror that is not to be trusted could be hiding a grant.
            Err(ServiceError::MirrorStale | ServiceError::MirrorInconsistent) => return Ok(0),
            Err(error) => return Err(error),
        }
        self.memory.refresh().await?;
        let mut purged = 0;
        for (profile, copies) in self.next_copies().await? {
            let wallets = self.memory.wallets_of(profile).await?;
            for copies in copies.chunks(COPIES_A_QUESTION) {
                purged += self.purge(copies, &wallets, now).await?;
            }
        }
        if purged > 0 {
            while collect(&self.db, &self.blobs, now).await? {}
            self.db.purge().await?;
            tracing::info!(copies = purged, "purged copies whose grants were revoked");
        }
        Ok(purged)
    }

    /// The next copies, by profile; from the first one on again after the last one.
    async fn next_copies(&self) -> Result<BTreeMap<Uuid, Vec<DataId>>, ServiceError> {
        let after = self.after.lock().map_or(None, |after| *after);
        let page = table::credentials::copies(&mut *self.db.reader().await?, after, COPIES_A_ROUND).await?;
        if let Ok(mut after) = self.after.lock() {
            *after = page.last().map(|(id, _)| *id).filter(|_| page.len() == COPIES_A_ROUND as usize);
        }
        let mut by_profile = BTreeMap::<Uuid, Vec<DataId>>::new();
        for (id, profile) in page {
            by_profile.entry(profile).or_default().push(id);
        }
        Ok(by_profile)
    }

    async fn purge(&self, copies: &[DataId], wallets: &[Wallet], now: u64) -> Result<usize, ServiceError> {
        let ends = self.gate.mirrored().ends(&addresses(wallets), copies).await?;
        let mut purged = 0;
        for id in copies {
            let Some(revoked_by) = revoked_by(&ends, *id, wallets) else { continue };
            let command = PurgeCopy { data_id: *id, wallets: wallets.to_vec() };
            let signer = Signer::Wallet(revoked_by);
            match self.executor.execute(Command::PurgeCopy(command), signer, now).await {
                Ok(_) => purged += 1,
                // Deleted meanwhile, or a wallet was linked: the next time round decides.
                Err(ServiceError::NotFound | ServiceError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(purged)
    }
}

/// The wallet that revoked the last of the grants on `id` that count, if all of them are over for good.
fn revoked_by(ends: &[GrantsEnd], id: DataId, wallets: &[Wallet]) -> Option<Wallet> {
    let mut found = None;
    for end in ends.iter().filter(|end| end.data_id == id) {
        let Some(wallet) = wallets.iter().find(|wallet| wallet.controls(&end.owner)) else { continue };
        let confirmed = end.contract.confirmed_block()?;
        if end.standing > 0 || end.revoked_block > confirmed {
            return None;
        }
        found = Some(*wallet);
    }
    found
}
