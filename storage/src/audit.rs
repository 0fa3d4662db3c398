//! Writing the audit log: one transaction, and so one commit, for all reads of a batch. It also counts what the readers used.
//!
//! Each owner's reads are chained: a row has a number and a hash over all rows before it. The ends of chains are kept in memory. On PostgreSQL another
//! node may have gone on with a chain: then the index refuses the number, and the batch is written again, with the chains locked and their ends
//! read anew.

use std::{
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use idos_api::{
    audit::{LogLine, ReadPart},
    usage::{UsageItem, day_of},
};
use quick_cache::sync::Cache;
use rand_core::{OsRng, RngCore};
use uuid::Uuid;

use crate::{
    db::{ChainEnd, Db, LogRow, Reader, Transaction, UsageKey, Used, table},
    error::{Failure, ServiceError},
};

/// Readers whose ids are kept in memory; an id never changes.
const READERS_MAX: usize = 50_000;

/// Chains whose ids and ends are kept in memory.
const CHAINS_MAX: usize = 50_000;

/// How often a batch is written again because other nodes went on with its chains.
const ATTEMPTS_MAX: usize = 8;

/// Reads from before the log was chained that one transaction takes over.
const TAKEN_OVER_AT_ONCE: u32 = 256;

/// One read, to be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoggedRead {
    pub(crate) reader: Reader,
    pub(crate) read_at: u64,
    /// How large the content is.
    pub(crate) bytes: u64,
}

/// A read whose chain and reader have their numbers.
struct Entry {
    chain_id: i64,
    reader_id: i64,
    line: LogLine,
}

/// The audit log.
pub(crate) struct AuditLog {
    db: Arc<Db>,
    readers: Cache<Reader, i64>,
    chains: Cache<Uuid, i64>,
    ends: Cache<i64, ChainEnd>,
}

impl AuditLog {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self {
            db,
            readers: Cache::new(READERS_MAX),
            chains: Cache::new(CHAINS_MAX),
            ends: Cache::new(CHAINS_MAX),
        }
    }

    /// Returns once the reads, and when they were, are in the log and on the disk. If it fails, none of them may be answered. One batch at
    /// a time.
    pub(crate) async fn record(&self, reads: &[LoggedRead]) -> Result<(), ServiceError> {
        if reads.is_empty() {
            return Ok(());
        }
        let mut entries = Vec::with_capacity(reads.len());
        for read in reads {
            let chain_id = self.chain(read.reader.owner).await?;
            entries.push(Entry { chain_id, reader_id: self.reader(&read.reader).await?, line: line(read) });
        }
        let used = used(reads);
        for attempt in 0..ATTEMPTS_MAX {
            match self.append(&entries, &used, attempt > 0).await {
                Err(error) if is_overtaken(&error) => {}
                done => {
                    metrics::histogram!("idos_audit_batch_reads").record(reads.len() as f64);
                    return done;
                }
            }
        }
        Err(ServiceError::Busy)
    }

    async fn append(
        &self,
        entries: &[Entry],
        used: &BTreeMap<UsageKey, Used>,
        is_overtaken: bool,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.begin().await?;
        let mut ends = self.ends(&mut tx, entries, is_overtaken).await?;
        let rows: Vec<_> = entries.iter().filter_map(|entry| chained(entry, &mut ends)).collect();
        table::audit::insert(&mut tx, self.db.is_shared(), &rows).await?;
        let used = used.iter().map(|(key, used)| (*key, *used));
        table::usage::add(&mut tx, self.db.is_shared(), used).await?;
        tx.commit().await?;
        for (chain_id, end) in ends {
            self.ends.insert(chain_id, end);
        }
        Ok(())
    }

    /// Where the chains of a batch end. They are taken out of the memory: what a transaction came to that did not end well, nobody knows.
    async fn ends(
        &self,
        tx: &mut Transaction,
        entries: &[Entry],
        is_overtaken: bool,
    ) -> Result<BTreeMap<i64, ChainEnd>, ServiceError> {
        let taken_out = |chain_id| self.ends.remove(&chain_id).map(|(_, end)| end).filter(|_| !is_overtaken);
        let mut kept = BTreeMap::new();
        for Entry { chain_id, .. } in entries {
            kept.entry(*chain_id).or_insert_with(|| taken_out(*chain_id));
        }
        let mut ends = BTreeMap::new();
        // In the order of their ids, so that two nodes never wait for each other.
        for (chain_id, kept) in kept {
            if is_overtaken && self.db.is_shared() {
                table::audit::lock(tx, chain_id).await?;
            }
            let end = match kept {
                Some(end) => end,
                None => table::audit::end_of(tx, chain_id).await?,
            };
            ends.insert(chain_id, end);
        }
        Ok(ends)
    }

    /// Chains what was logged before there were chains. To be called when the node opens.
    pub(crate) async fn take_over_unchained(&self) -> Result<(), ServiceError> {
        loop {
            let mut tx = self.db.command().await?;
            let reads = table::audit::unchained(&mut tx, TAKEN_OVER_AT_ONCE).await?;
            if reads.is_empty() {
                return Ok(());
            }
            let mut ends = BTreeMap::new();
            let mut rows = Vec::with_capacity(reads.len());
            for read in &reads {
                let chain_id = chain_in(&mut tx, read.reader.owner).await?;
                if let btree_map::Entry::Vacant(unknown) = ends.entry(chain_id) {
                    unknown.insert(table::audit::end_of(&mut tx, chain_id).await?);
                }
                let logged = LoggedRead { reader: read.reader, read_at: read.read_at, bytes: 0 };
                let entry = Entry { chain_id, reader_id: read.reader_id, line: line(&logged) };
                rows.extend(chained(&entry, &mut ends));
                table::audit::delete_unchained(&mut tx, read).await?;
            }
            table::audit::insert(&mut tx, self.db.is_shared(), &rows).await?;
            tx.commit().await?;
            tracing::info!(reads = rows.len(), "chained what the audit log held before");
        }
    }

    async fn chain(&self, owner: Uuid) -> Result<i64, ServiceError> {
        if let Some(id) = self.chains.get(&owner) {
            return Ok(id);
        }
        let id = chain_in(&mut *self.db.writer().await?, owner).await?;
        self.chains.insert(owner, id);
        Ok(id)
    }

    async fn reader(&self, reader: &Reader) -> Result<i64, ServiceError> {
        if let Some(id) = self.readers.get(reader) {
            return Ok(id);
        }
        let mut db = self.db.writer().await?;
        let id = match table::readers::id_of(&mut db, reader).await? {
            Some(id) => id,
            None => {
                table::readers::insert(&mut db, fresh_id(), reader).await?;
                // Not always the one just made up: another node may have been first.
                let id = table::readers::id_of(&mut db, reader).await?;
                id.ok_or(ServiceError::failed("a reader could not be written down"))?
            }
        };
        self.readers.insert(*reader, id);
        Ok(id)
    }
}

/// The chain of an owner, begun if there is none.
async fn chain_in(db: &mut sqlx::AnyConnection, owner: Uuid) -> Result<i64, ServiceError> {
    if let Some(id) = table::audit::chain_of(db, owner).await? {
        return Ok(id);
    }
    table::audit::begin_chain(db, fresh_id(), owner).await?;
    // Not always the one just made up: another node may have been first.
    let id = table::audit::chain_of(db, owner).await?;
    id.ok_or(ServiceError::failed("a chain of the audit log could not be begun"))
}

fn line(read: &LoggedRead) -> LogLine {
    let Reader { owner, data_id, part, profile, wallet } = read.reader;
    LogLine { owner, data_id, part, reader_profile_id: profile, reader_wallet: wallet, read_at: read.read_at }
}

/// The row that an entry becomes at the end of its chain, which moves on.
fn chained(entry: &Entry, ends: &mut BTreeMap<i64, ChainEnd>) -> Option<LogRow> {
    let end = ends.get_mut(&entry.chain_id)?;
    *end = end.after(&entry.line);
    Some(LogRow {
        chain_id: entry.chain_id,
        number: end.reads,
        reader_id: entry.reader_id,
        read_at: entry.line.read_at,
        hash: end.hash,
    })
}

/// What the readers are charged for: content.
fn used(reads: &[LoggedRead]) -> BTreeMap<UsageKey, Used> {
    let mut used = BTreeMap::new();
    for read in reads.iter().filter(|read| read.reader.part == ReadPart::Content) {
        let (day, profile_id) = (day_of(read.read_at), read.reader.profile);
        let sum: &mut Used =
            used.entry(UsageKey { day, profile_id, item: UsageItem::CopiesRead }).or_default();
        *sum = sum.and(Used::once(read.bytes));
    }
    used
}

/// Whether another node has written to one of the chains since.
fn is_overtaken(error: &ServiceError) -> bool {
    match error {
        ServiceError::Internal(Failure::Database(sqlx::Error::Database(error))) => {
            error.is_unique_violation()
        }
        _ => false,
    }
}

/// Positive, and never 0.
fn fresh_id() -> i64 {
    (OsRng.next_u64() >> 1).max(1) as i64
}
