//! The gate: the only way to a blob.
//!
//! [`Gate::open`] decides whether a caller may read, writes the audit log, and answers with a [`Permit`], which nothing else can make and
//! without which no blob is read. What it decides by is in [`decision`].

mod decision;
mod pseudonym;
mod readings;
mod tally;

use std::sync::Arc;

use idos_api::audit::ReadPart;
use idos_grants::{Account, Address, DataId, timelock::is_locked};
use idos_mirror::{ContractKind, ContractState, GrantsEnd, Lock, MirroredGrant, PAGE_SIZE};
use idos_wallets::Wallet;
use uuid::Uuid;

use crate::{
    audit::{AuditLog, LoggedRead},
    auth::Caller,
    blobs::{BlobName, Blobs, Content},
    db::{Reader, StoredCredential},
    error::ServiceError,
    memory::{Holding, Kept, Memory},
    mirrored::Mirrored,
};
use decision::Decision;
use readings::{Reading, Readings};
use tally::Tally;

/// That a caller may read one credential or copy, and that this is in the audit log if she is not its owner.
pub(crate) struct Permit {
    credential: Arc<StoredCredential>,
    by_owner: bool,
}

impl Permit {
    /// What may be read.
    pub(crate) fn credential(&self) -> &StoredCredential {
        &self.credential
    }

    /// Whether the caller is the owner.
    pub(crate) fn is_by_owner(&self) -> bool {
        self.by_owner
    }

    /// The blob of its content.
    pub(crate) fn blob(&self) -> BlobName {
        self.credential.blob
    }
}

/// Who asks for what, and what was found of it.
struct Asked<'a> {
    caller: &'a Caller,
    id: DataId,
    /// Whether it was in memory before, and whether the caller gave it up.
    is_kept: bool,
    is_rescission_kept: bool,
    found: Option<&'a StoredCredential>,
    /// Whose it is, or was.
    owner: Option<Uuid>,
    /// What is to be read; `None`: nothing, and nothing is logged.
    part: Option<ReadPart>,
    now: u64,
}

/// Decides who may read and what may be deleted.
pub(crate) struct Gate {
    memory: Arc<Memory>,
    mirrored: Arc<Mirrored>,
    readings: Readings,
    tally: Tally,
    blobs: Arc<Blobs>,
}

impl Gate {
    pub(crate) fn new(log: AuditLog, memory: Arc<Memory>, mirrored: Mirrored, blobs: Arc<Blobs>) -> Self {
        let mirrored = Arc::new(mirrored);
        Self { memory, readings: Readings::new(log, mirrored.clone()), tally: Tally::new(), mirrored, blobs }
    }

    /// Whether `caller` may read; if not, why, as far as she may know. A stranger learns nothing: what is missing and what is not hers get
    /// the same answer, after the same work.
    pub(crate) async fn open(
        &self,
        caller: &Caller,
        id: DataId,
        part: ReadPart,
        now: u64,
    ) -> Result<Permit, ServiceError> {
        let is_kept = self.memory.keeps_credential(id);
        let Holding { stored: found, purged_from } = self.memory.holding(id).await?;
        if let Some(credential) = found.as_ref().filter(|found| Some(found.profile_id) == caller.profile_id) {
            return Ok(Permit { credential: credential.clone(), by_owner: true });
        }
        let is_rescission_kept =
            caller.profile_id.is_some_and(|profile| self.memory.keeps_rescission(id, profile));
        // Asked for whatever there is, and said to nobody but her who gave it up.
        if let Some(profile) = caller.profile_id
            && self.memory.is_rescinded(id, profile).await?
        {
            return Err(ServiceError::GrantRescinded);
        }
        let owner = found.as_ref().map(|found| found.profile_id).or(purged_from);
        let found_row = found.as_deref();
        let asked =
            Asked { caller, id, is_kept, is_rescission_kept, found: found_row, owner, part: Some(part), now };
        let decision = self.look(asked).await?;
        match (found, caller.profile_id) {
            (Some(credential), Some(_)) => permit(decision).map(|()| Permit { credential, by_owner: false }),
            (None, Some(_)) if purged_from.is_some() => Err(refusal_of_purged(decision)),
            _ => Err(ServiceError::NotFound),
        }
    }

    /// What is stored under `id`, if it is `profile`'s own. A stranger waits as long for what was read lately as for what is missing.
    pub(crate) async fn own(
        &self,
        profile: Uuid,
        id: DataId,
    ) -> Result<Option<Arc<StoredCredential>>, ServiceError> {
        let kept = Kept { credential: self.memory.keeps_credential(id), wallets: false, rescission: false };
        let found = self.memory.credential(id).await?.filter(|found| found.profile_id == profile);
        if found.is_none() {
            self.memory.ask_for_stand_ins(kept, pseudonym::data_id(id), pseudonym::profile(id)).await?;
        }
        Ok(found)
    }

    /// Whose is, or was, what is stored under `id`, if a grant on it to the caller was seen, whether it stands or not. A stranger learns nothing.
    pub(crate) async fn check_granted(
        &self,
        caller: &Caller,
        id: DataId,
        now: u64,
    ) -> Result<Uuid, ServiceError> {
        let is_kept = self.memory.keeps_credential(id);
        let Holding { stored: found, purged_from } = self.memory.holding(id).await?;
        let owner = found.as_ref().map(|found| found.profile_id).or(purged_from);
        let owner = owner.filter(|owner| Some(*owner) != caller.profile_id);
        let found_row = found.as_deref();
        let asked = Asked {
            caller,
            id,
            is_kept,
            is_rescission_kept: false,
            found: found_row,
            owner,
            part: None,
            now,
        };
        match (self.look(asked).await?, owner) {
            (Decision::Nothing, _) | (_, None) => Err(ServiceError::NotFound),
            (_, Some(owner)) => Ok(owner),
        }
    }

    /// Whether it is known that no grant of `owner` on `id` stands but those to `grantee`, and that none can come back: one whose revocation is not final may.
    pub(crate) async fn is_nobody_elses(
        &self,
        id: DataId,
        owner: Uuid,
        grantee: Uuid,
        now: u64,
    ) -> Result<bool, ServiceError> {
        match self.check_mirrors(now).await {
            Ok(()) => {}
            Err(ServiceError::MirrorStale | ServiceError::MirrorInconsistent) => return Ok(false),
            Err(error) => return Err(error),
        }
        let owners = self.memory.wallets_of(owner).await?;
        let grantees = self.memory.wallets_of(grantee).await?;
        let standing = self.mirrored.reader().standing(&id, &addresses(&owners)).await?;
        let is_others =
            |grant: &MirroredGrant| controls(&owners, &grant.owner) && !controls(&grantees, &grant.grantee);
        if standing.len() >= PAGE_SIZE as usize || standing.iter().any(is_others) {
            return Ok(false);
        }
        let ends = self.mirrored.ends(&addresses(&owners), &[id]).await?;
        let is_over = |end: &GrantsEnd| {
            let confirmed = end.contract.confirmed_block();
            confirmed.is_some_and(|confirmed| end.revoked_block <= confirmed)
        };
        Ok(ends.iter().filter(|end| controls(&owners, &end.owner)).all(is_over))
    }

    /// What the grants between the two sides come to; what is open to read `part` of is logged. The same work whether there is something or not.
    async fn look(&self, asked: Asked<'_>) -> Result<Decision, ServiceError> {
        let Asked { caller, id, is_kept, is_rescission_kept, found, owner, part, now } = asked;
        let owner = owner.unwrap_or_else(|| pseudonym::profile(id));
        let wallets = self.memory.keeps_wallets(owner);
        let kept = Kept { credential: is_kept, wallets, rescission: is_rescission_kept };
        let decision = self.decide(caller, id, owner, found, part, now).await?;
        self.tally.count(decision);
        if decision == Decision::Nothing || caller.profile_id.is_none() {
            let (id, profile) = (pseudonym::data_id(id), pseudonym::profile(id));
            self.memory.ask_for_stand_ins(kept, id, profile).await?;
        }
        Ok(decision)
    }

    /// The content that a permit names.
    pub(crate) async fn content(&self, permit: &Permit) -> Result<Content, ServiceError> {
        self.blobs.get(permit).await
    }

    async fn decide(
        &self,
        caller: &Caller,
        id: DataId,
        owner: Uuid,
        found: Option<&StoredCredential>,
        part: Option<ReadPart>,
        now: u64,
    ) -> Result<Decision, ServiceError> {
        let owners = self.memory.wallets_of(owner).await?;
        let grantees = match caller.profile_id {
            Some(profile) => self.memory.wallets_of(profile).await?,
            None => Arc::from([]),
        };
        let read = match (found, caller.profile_id, part) {
            (Some(credential), Some(profile), Some(part)) => {
                let reader = reader(credential, part, profile, caller);
                Some(LoggedRead { reader, read_at: now, bytes: credential.size })
            }
            _ => None,
        };
        let nobody = pseudonym::address(id);
        self.readings.decide(Reading { data_id: id, owners, grantees, nobody, read, now }).await
    }

    /// Refuses while a timelock forbids to delete `id` of the profile that has `owners`, and while the mirror could be hiding one.
    pub(crate) async fn check_deletion(
        &self,
        id: DataId,
        owners: &[Wallet],
        now: u64,
    ) -> Result<(), ServiceError> {
        self.check_mirrors(now).await?;
        let locks = self.mirrored.locks(&addresses(owners), Some(id)).await?;
        check_locks(&locks, owners, now)
    }

    /// Refuses while a timelock forbids to delete one of `ids` of the profile that has `owners`, and while the mirror could be hiding one.
    pub(crate) async fn check_profile_deletion(
        &self,
        ids: &[DataId],
        owners: &[Wallet],
        now: u64,
    ) -> Result<(), ServiceError> {
        self.check_mirrors(now).await?;
        let addresses = addresses(owners);
        // One question is enough where nothing is locked at all.
        if check_locks(&self.mirrored.locks(&addresses, None).await?, owners, now).is_ok() {
            return Ok(());
        }
        check_locks(&self.mirrored.locks_on(&addresses, ids).await?, owners, now)
    }

    /// Refuses while a grant of `wallet` is locked, and while the mirror could be hiding one.
    pub(crate) async fn check_unlink(&self, wallet: Wallet, now: u64) -> Result<(), ServiceError> {
        self.check_mirrors(now).await?;
        let locks = self.mirrored.locks(&[wallet.address()], None).await?;
        check_locks(&locks, &[wallet], now)
    }

    /// Refuses while the mirror of any grants could be behind its chain, or differs from it.
    pub(crate) async fn check_mirrors(&self, now: u64) -> Result<(), ServiceError> {
        let contracts = self.mirrored.contracts().await?;
        let grants = || contracts.iter().filter(|contract| contract.kind == ContractKind::AccessGrants);
        if grants().any(|contract| contract.broken.is_some()) {
            return Err(ServiceError::MirrorInconsistent);
        }
        if grants().any(|contract| !contract.is_fresh(now, self.mirrored.stale_after_secs())) {
            return Err(ServiceError::MirrorStale);
        }
        Ok(())
    }

    /// The mirror, for what is public on the chain.
    pub(crate) fn mirrored(&self) -> &Mirrored {
        &self.mirrored
    }
}

fn controls(wallets: &[Wallet], account: &Account) -> bool {
    wallets.iter().any(|wallet| wallet.controls(account))
}

fn permit(decision: Decision) -> Result<(), ServiceError> {
    match decision {
        Decision::Open => Ok(()),
        Decision::NotFinal => Err(ServiceError::GrantNotFinal),
        Decision::Revoked => Err(ServiceError::GrantRevoked),
        Decision::Stale => Err(ServiceError::MirrorStale),
        Decision::Inconsistent => Err(ServiceError::MirrorInconsistent),
        Decision::Nothing => Err(ServiceError::NotFound),
    }
}

/// Of a copy that was purged because its grants were revoked: whom it was granted to is told so still, as before.
fn refusal_of_purged(decision: Decision) -> ServiceError {
    match decision {
        Decision::Revoked => ServiceError::GrantRevoked,
        Decision::Inconsistent => ServiceError::MirrorInconsistent,
        // A grant that stands is on nothing now.
        Decision::Open | Decision::NotFinal | Decision::Stale | Decision::Nothing => ServiceError::NotFound,
    }
}

fn reader(credential: &StoredCredential, part: ReadPart, profile: Uuid, caller: &Caller) -> Reader {
    Reader {
        owner: credential.profile_id,
        data_id: credential.data_id,
        part,
        profile,
        wallet: caller.session.wallet,
    }
}

/// The latest lock that holds, on whichever of the two clocks is behind: nothing is given up before both say so.
fn check_locks(locks: &[Lock], owners: &[Wallet], now: u64) -> Result<(), ServiceError> {
    let holds = |lock: &&Lock| {
        let counts = owners.iter().any(|wallet| wallet.controls(&lock.owner));
        counts && is_locked(lock.locked_until, now.min(chain_time(&lock.contract)))
    };
    match locks.iter().filter(holds).map(|lock| lock.locked_until).max() {
        Some(locked_until) => Err(ServiceError::Timelocked { locked_until }),
        None => Ok(()),
    }
}

fn chain_time(contract: &ContractState) -> u64 {
    contract.seen.as_ref().map_or(0, |seen| seen.time)
}

/// Each address of the wallets once.
pub(crate) fn addresses(wallets: &[Wallet]) -> Vec<Address> {
    let mut addresses: Vec<_> = wallets.iter().map(Wallet::address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
