//! Writing the audit log: one transaction, and so one commit, for all reads of a batch. It also counts what the readers used.
//!
//! Each owner's reads are chained: a row has a number and a hash over all rows before it. The ends of chains are kept in memory. On PostgreSQL another
//! node may have gone on with a chain: then the index refuses the number, and the batch is written again, with the chains locked and their ends
//! read anew.
//!
//! A profile may be deleted between the decision on a read and its line. Nothing of it comes back: chains and readers are begun only for profiles that
//! are there, beside which no command runs, and lines are added only to chains that are there.

use std::{
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use idos_api::{
    audit::{LogLine, ReadPart, ReaderSalt},
    usage::{UsageItem, day_of},
};
use quick_cache::sync::Cache;
use rand_core::{OsRng, RngCore};
use uuid::Uuid;

use crate::{
    db::{ChainEnd, Db, LogRow, Reader, ReaderRow, Transaction, UsageKey, Used, period_of, table},
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
#[derive(Debug, Clone, Copy)]
struct Entry {
    chain_id: i64,
    reader_id: i64,
    line: LogLine,
}

/// What became of a batch.
enum Appended {
    All,
    /// Nothing: a chain went with its owner's profile.
    ChainGone,
}

/// The audit log.
pub(crate) struct AuditLog {
    db: Arc<Db>,
    readers: Cache<(Reader, u64), ReaderRow>,
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

    /// Returns once the reads, and when they were, are in the log and on the disk; says of each whether it is. One that is not, because its owner
    /// or its reader deleted the profile meanwhile, may not be answered; if it fails, none may. One batch at a time.
    pub(crate) async fn record(&self, reads: &[LoggedRead]) -> Result<Vec<bool>, ServiceError> {
        let (mut is_overtaken, mut tries) = (false, 0..ATTEMPTS_MAX);
        while tries.next().is_some() {
            let entries = self.entries(reads).await?;
            match self.append(reads, &entries, is_overtaken).await {
                Err(error) if is_overtaken_by(&error) => is_overtaken = true,
                Err(error) => return Err(error),
                Ok(Appended::ChainGone) => reads.iter().for_each(|read| self.forget_chain(read.reader.owner)),
                Ok(Appended::All) => {
                    metrics::histogram!("idos_audit_batch_reads").record(reads.len() as f64);
                    return Ok(entries.iter().map(Option::is_some).collect());
                }
            }
        }
        Err(ServiceError::Busy)
    }

    /// `None` for a read that is not to be.
    async fn entries(&self, reads: &[LoggedRead]) -> Result<Vec<Option<Entry>>, ServiceError> {
        let mut entries = Vec::with_capacity(reads.len());
        for read in reads {
            let numbered = match self.chain(read.reader.owner).await? {
                Some(chain_id) => self.reader(read).await?.map(|reader| entry(chain_id, reader, read)),
                None => None,
            };
            entries.push(numbered);
        }
        Ok(entries)
    }

    async fn append(
        &self,
        reads: &[LoggedRead],
        entries: &[Option<Entry>],
        is_overtaken: bool,
    ) -> Result<Appended, ServiceError> {
        let used = used(reads.iter().zip(entries).filter_map(|(read, entry)| entry.map(|_| read)));
        let entries: Vec<_> = entries.iter().flatten().copied().collect();
        if entries.is_empty() {
            return Ok(Appended::All);
        }
        let mut tx = self.db.begin().await?;
        let mut ends = self.ends(&mut tx, &entries, is_overtaken).await?;
        let rows: Vec<_> = entries.iter().filter_map(|entry| chained(entry, &mut ends)).collect();
        if !table::audit::insert(&mut tx, self.db.is_shared(), &rows).await? {
            tx.rollback().await?;
            return Ok(Appended::ChainGone);
        }
        let used = used.iter().map(|(key, used)| (*key, *used));
        table::usage::add(&mut tx, self.db.is_shared(), used).await?;
        tx.commit().await?;
        for (chain_id, end) in ends {
            self.ends.insert(chain_id, end);
        }
        Ok(Appended::All)
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

    /// Chains what was logged before there were chains, or before readers could be erased. To be called when the node opens.
    pub(crate) async fn take_over_unchained(&self) -> Result<(), ServiceError> {
        loop {
            let mut tx = self.db.command().await?;
            let reads = table::audit::unchained(&mut tx, TAKEN_OVER_AT_ONCE).await?;
            if reads.is_empty() {
                table::audit::delete_unchained_readers(&mut tx).await?;
                return Ok(tx.commit().await?);
            }
            let (mut ends, mut rows) = (BTreeMap::new(), Vec::with_capacity(reads.len()));
            for read in &reads {
                table::audit::delete_unchained(&mut tx, read).await?;
                let logged = LoggedRead { reader: read.reader, read_at: read.read_at, bytes: 0 };
                rows.extend(self.take_over(&mut tx, &logged, &mut ends).await?);
            }
            table::audit::insert(&mut tx, self.db.is_shared(), &rows).await?;
            tx.commit().await?;
            tracing::info!(reads = rows.len(), "chained what the audit log held before");
        }
    }

    /// A read from before, at the end of its chain; `None` if its owner is not there any more. A reader who is not is erased.
    async fn take_over(
        &self,
        tx: &mut Transaction,
        read: &LoggedRead,
        ends: &mut BTreeMap<i64, ChainEnd>,
    ) -> Result<Option<LogRow>, ServiceError> {
        let Some(chain_id) = chain_in(tx, read.reader.owner).await? else { return Ok(None) };
        if let btree_map::Entry::Vacant(unknown) = ends.entry(chain_id) {
            unknown.insert(table::audit::end_of(tx, chain_id).await?);
        }
        let reader = match reader_in(tx, &read.reader, period_of(read.read_at)).await? {
            Some(reader) => reader,
            None => {
                let reader = new_reader(tx, &read.reader, period_of(read.read_at)).await?;
                table::readers::erase_profile(tx, read.reader.profile).await?;
                reader
            }
        };
        Ok(chained(&entry(chain_id, reader, read), ends))
    }

    /// The chain of an owner, begun if there is none; `None` if there is no such owner.
    async fn chain(&self, owner: Uuid) -> Result<Option<i64>, ServiceError> {
        if let Some(id) = self.chains.get(&owner) {
            return Ok(Some(id));
        }
        let mut tx = self.db.command().await?;
        let id = chain_in(&mut tx, owner).await?;
        tx.commit().await?;
        if let Some(id) = id {
            self.chains.insert(owner, id);
        }
        Ok(id)
    }

    fn forget_chain(&self, owner: Uuid) {
        if let Some((_, id)) = self.chains.remove(&owner) {
            self.ends.remove(&id);
        }
    }

    /// The row of a reader, begun if there is none; `None` if there is no such reader.
    async fn reader(&self, read: &LoggedRead) -> Result<Option<ReaderRow>, ServiceError> {
        let (reader, period) = (read.reader, period_of(read.read_at));
        if let Some(row) = self.readers.get(&(reader, period)) {
            return Ok(Some(row));
        }
        let mut tx = self.db.command().await?;
        let row = reader_in(&mut tx, &reader, period).await?;
        tx.commit().await?;
        if let Some(row) = row {
            self.readers.insert((reader, period), row);
        }
        Ok(row)
    }
}

/// The chain of an owner, begun if there is none; `None` if there is no such owner. No command runs beside it.
async fn chain_in(tx: &mut Transaction, owner: Uuid) -> Result<Option<i64>, ServiceError> {
    if let Some(id) = table::audit::chain_of(tx, owner).await? {
        return Ok(Some(id));
    }
    if table::profiles::created_at(tx, owner).await?.is_none() {
        return Ok(None);
    }
    let id = fresh_id();
    table::audit::begin_chain(tx, id, owner).await?;
    Ok(Some(id))
}

/// The row of a reader, begun if there is none; `None` if there is no such reader. No command runs beside it.
async fn reader_in(
    tx: &mut Transaction,
    reader: &Reader,
    period: u64,
) -> Result<Option<ReaderRow>, ServiceError> {
    if let Some(row) = table::readers::find(tx, reader, period).await? {
        return Ok(Some(row));
    }
    if table::profiles::created_at(tx, reader.profile).await?.is_none() {
        return Ok(None);
    }
    new_reader(tx, reader, period).await.map(Some)
}

async fn new_reader(tx: &mut Transaction, reader: &Reader, period: u64) -> Result<ReaderRow, ServiceError> {
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    table::readers::insert(tx, fresh_id(), reader, period, &ReaderSalt(salt)).await
}

fn entry(chain_id: i64, reader: ReaderRow, read: &LoggedRead) -> Entry {
    let Reader { owner, data_id, part, .. } = read.reader;
    let line = LogLine { owner, data_id, part, reader: reader.commitment, read_at: read.read_at };
    Entry { chain_id, reader_id: reader.id, line }
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
fn used<'a>(reads: impl Iterator<Item = &'a LoggedRead>) -> BTreeMap<UsageKey, Used> {
    let mut used = BTreeMap::new();
    for read in reads.filter(|read| read.reader.part == ReadPart::Content) {
        let (day, profile_id) = (day_of(read.read_at), read.reader.profile);
        let sum: &mut Used =
            used.entry(UsageKey { day, profile_id, item: UsageItem::CopiesRead }).or_default();
        *sum = sum.and(Used::once(read.bytes));
    }
    used
}

/// Whether another node has written to one of the chains since.
fn is_overtaken_by(error: &ServiceError) -> bool {
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

#[cfg(test)]
mod tests;
