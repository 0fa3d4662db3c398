//! What requests ask for most, kept in memory: sessions, who belongs to which profile, and what is known of credentials.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use idos_api::credentials::DeletionReason;
use idos_grants::DataId;
use idos_sessions::SessionId;
use idos_wallets::Wallet;
use uuid::Uuid;

use crate::{
    batch::Batcher,
    cache::StampedCache,
    db::{Db, StoredCredential, StoredSession, table},
    error::ServiceError,
};

const SESSIONS_MAX: usize = 50_000;
const PROFILES_MAX: usize = 50_000;
const RESCISSIONS_MAX: usize = 50_000;
const CREDENTIALS_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// How many that is, most of them with short notes.
const CREDENTIALS: usize = 32 * 1024;

/// What a command made untrue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Session(SessionId),
    Wallet(Wallet),
    Profile(Uuid),
    Credential(DataId),
    /// That a profile gave up a data id.
    Rescission(DataId, Uuid),
}

/// What came from memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) credential: bool,
    pub(crate) wallets: bool,
    /// Whether the caller gave it up.
    pub(crate) rescission: bool,
}

/// What there is under a data id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holding {
    pub(crate) stored: Option<Arc<StoredCredential>>,
    /// Whose copy it was, if it was purged because its grants were revoked, or its grantee gave it up.
    pub(crate) purged_from: Option<Uuid>,
}

/// A bounded part of the database, never behind it.
pub(crate) struct Memory {
    db: Arc<Db>,
    sessions: StampedCache<SessionId, StoredSession>,
    profiles: StampedCache<Wallet, Option<Uuid>>,
    wallets: StampedCache<Uuid, Arc<[Wallet]>>,
    credentials: StampedCache<DataId, Holding>,
    rescissions: StampedCache<(DataId, Uuid), bool>,
    generation: AtomicU64,
    generations: Option<Batcher<(), Option<u64>>>,
}

impl Memory {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self {
            sessions: StampedCache::with_entries(SESSIONS_MAX),
            profiles: StampedCache::with_entries(PROFILES_MAX),
            wallets: StampedCache::with_entries(PROFILES_MAX),
            credentials: StampedCache::with_weight(CREDENTIALS, CREDENTIALS_BYTES_MAX, weight),
            rescissions: StampedCache::with_entries(RESCISSIONS_MAX),
            generation: AtomicU64::new(0),
            generations: db.is_shared().then(|| generations(db.clone())),
            db,
        }
    }

    /// Drops what another node on the same database has changed. To be called before anything is asked for a request.
    pub(crate) async fn refresh(&self) -> Result<(), ServiceError> {
        let Some(generations) = &self.generations else { return Ok(()) };
        let asked = generations.ask(()).await.map_err(|_| ServiceError::Busy)?;
        let generation = asked.ok_or(ServiceError::failed("the database's generation could not be read"))?;
        if self.generation.swap(generation, Ordering::AcqRel) != generation {
            self.forget_all();
        }
        Ok(())
    }

    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<StoredSession>, ServiceError> {
        if let Some(session) = self.sessions.get(&id) {
            return Ok(Some(session));
        }
        let stamp = self.sessions.stamp(&id);
        let session = table::sessions::get(&mut *self.db.reader().await?, id).await?;
        // Absent ones are not kept: anybody could fill the memory with them.
        if let Some(session) = session {
            self.sessions.put(id, stamp, session);
        }
        Ok(session)
    }

    pub(crate) async fn profile_of(&self, wallet: Wallet) -> Result<Option<Uuid>, ServiceError> {
        if let Some(profile) = self.profiles.get(&wallet) {
            return Ok(profile);
        }
        let stamp = self.profiles.stamp(&wallet);
        let profile = table::wallets::profile_of(&mut *self.db.reader().await?, &wallet).await?;
        self.profiles.put(wallet, stamp, profile);
        Ok(profile)
    }

    pub(crate) async fn wallets_of(&self, profile: Uuid) -> Result<Arc<[Wallet]>, ServiceError> {
        if let Some(wallets) = self.wallets.get(&profile) {
            return Ok(wallets);
        }
        let stamp = self.wallets.stamp(&profile);
        let wallets: Arc<[Wallet]> =
            table::wallets::of_profile(&mut *self.db.reader().await?, profile).await?.into();
        self.wallets.put(profile, stamp, wallets.clone());
        Ok(wallets)
    }

    pub(crate) async fn credential(&self, id: DataId) -> Result<Option<Arc<StoredCredential>>, ServiceError> {
        Ok(self.holding(id).await?.stored)
    }

    pub(crate) async fn holding(&self, id: DataId) -> Result<Holding, ServiceError> {
        if let Some(holding) = self.credentials.get(&id) {
            return Ok(holding);
        }
        let stamp = self.credentials.stamp(&id);
        let holding = holding(&self.db, id).await?;
        self.credentials.put(id, stamp, holding.clone());
        Ok(holding)
    }

    pub(crate) fn keeps_credential(&self, id: DataId) -> bool {
        self.credentials.get(&id).is_some()
    }

    pub(crate) fn keeps_rescission(&self, id: DataId, profile: Uuid) -> bool {
        self.rescissions.get(&(id, profile)).is_some()
    }

    pub(crate) fn keeps_wallets(&self, profile: Uuid) -> bool {
        self.wallets.get(&profile).is_some()
    }

    /// Asks the database for stand-ins of what was kept, which nobody needs: so that a refusal takes as long for what was read lately as for what is
    /// missing.
    pub(crate) async fn ask_for_stand_ins(
        &self,
        kept: Kept,
        id: DataId,
        profile: Uuid,
    ) -> Result<(), ServiceError> {
        if kept.credential {
            holding(&self.db, id).await?;
        }
        if kept.wallets {
            table::wallets::of_profile(&mut *self.db.reader().await?, profile).await?;
        }
        if kept.rescission {
            table::rescissions::get(&mut *self.db.reader().await?, id, profile).await?;
        }
        Ok(())
    }

    /// Whether a profile gave up a data id.
    pub(crate) async fn is_rescinded(&self, id: DataId, profile: Uuid) -> Result<bool, ServiceError> {
        let key = (id, profile);
        if let Some(rescinded) = self.rescissions.get(&key) {
            return Ok(rescinded);
        }
        let stamp = self.rescissions.stamp(&key);
        let found = table::rescissions::get(&mut *self.db.reader().await?, id, profile).await?;
        self.rescissions.put(key, stamp, found.is_some());
        Ok(found.is_some())
    }

    /// To be called after a command was committed, before it is answered.
    pub(crate) fn forget(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Session(id) => self.sessions.forget(id),
                Change::Wallet(wallet) => self.profiles.forget(wallet),
                Change::Profile(id) => self.wallets.forget(id),
                Change::Credential(id) => self.credentials.forget(id),
                Change::Rescission(id, profile) => self.rescissions.forget(&(*id, *profile)),
            }
        }
    }

    fn forget_all(&self) {
        self.sessions.forget_all();
        self.profiles.forget_all();
        self.wallets.forget_all();
        self.credentials.forget_all();
        self.rescissions.forget_all();
    }
}

/// Asks the same whether there is something or not.
async fn holding(db: &Db, id: DataId) -> Result<Holding, ServiceError> {
    let mut reader = db.reader().await?;
    let stored = table::credentials::get(&mut reader, id).await?.map(Arc::new);
    let receipt = table::receipts::get(&mut reader, id).await?;
    let is_purged = |reason| matches!(reason, DeletionReason::GrantsRevoked | DeletionReason::Rescinded);
    let receipt = receipt.filter(|receipt| is_purged(receipt.reason));
    Ok(Holding { stored, purged_from: receipt.map(|receipt| receipt.profile_id) })
}

fn weight(holding: &Holding) -> u64 {
    const WITHOUT_NOTES: usize = 512;
    let notes = holding.stored.as_ref().map_or(0, |credential| credential.public_notes.len());
    (WITHOUT_NOTES + notes) as u64
}

/// One query tells every request that waits for it.
fn generations(db: Arc<Db>) -> Batcher<(), Option<u64>> {
    Batcher::spawn(move |asks: Vec<()>| {
        let db = db.clone();
        async move { vec![generation(&db).await.ok(); asks.len()] }
    })
}

async fn generation(db: &Db) -> Result<u64, ServiceError> {
    table::generation::get(&mut *db.reader().await?).await
}
