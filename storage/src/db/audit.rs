//! The audit log. Rows are only ever added, each owner's to a chain of its own; a whole chain goes with its owner's profile.

use std::str::FromStr;

use idos_api::audit::{LogHash, LogLine, Read};
use sqlx::{AnyConnection, Row, any::AnyRow};
use uuid::Uuid;

use super::{
    bulk::BulkSql,
    readers::{self, Reader, part_of, shown},
    values::{big, number, parsed, text},
};
use crate::error::ServiceError;

/// One read, as the log keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogRow {
    pub(crate) chain_id: i64,
    pub(crate) number: u64,
    pub(crate) reader_id: i64,
    pub(crate) read_at: u64,
    pub(crate) hash: LogHash,
}

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChainEnd {
    pub(crate) reads: u64,
    pub(crate) hash: LogHash,
}

impl ChainEnd {
    const EMPTY: Self = Self { reads: 0, hash: LogHash::EMPTY };

    /// The end once `line` has been added.
    pub(crate) fn after(self, line: &LogLine) -> Self {
        let reads = self.reads.saturating_add(1);
        Self { reads, hash: line.hash_after(&self.hash, reads) }
    }
}

/// A read's place in its owner's log: pages go on before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogCursor(u64);

impl FromStr for LogCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().ok().filter(|number| (1..=i64::MAX as u64).contains(number));
        number.map(Self).ok_or(ServiceError::malformed("not a cursor of this list: begin without one"))
    }
}

/// The chain of an owner, if there is one.
pub(crate) async fn chain_of(db: &mut AnyConnection, owner: Uuid) -> Result<Option<i64>, ServiceError> {
    let row = sqlx::query("SELECT chain_id FROM store_audit_chains WHERE owner_profile_id = $1")
        .bind(owner.to_string())
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Begins the chain of an owner who has none.
pub(crate) async fn begin_chain(db: &mut AnyConnection, id: i64, owner: Uuid) -> Result<(), ServiceError> {
    sqlx::query("INSERT INTO store_audit_chains (chain_id, owner_profile_id) VALUES ($1, $2)")
        .bind(id)
        .bind(owner.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Keeps other nodes from adding to a chain before this transaction has ended. PostgreSQL only: SQLite has one writer.
pub(crate) async fn lock(db: &mut AnyConnection, chain_id: i64) -> Result<(), ServiceError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(chain_id).execute(db).await?;
    Ok(())
}

/// Where a chain ends now.
pub(crate) async fn end_of(db: &mut AnyConnection, chain_id: i64) -> Result<ChainEnd, ServiceError> {
    let row = sqlx::query(
        "SELECT read_number, hash FROM store_audit_log WHERE chain_id = $1 ORDER BY read_number DESC LIMIT 1",
    )
    .bind(chain_id)
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(ChainEnd::EMPTY) };
    Ok(ChainEnd { reads: number(&row, 0)?, hash: parsed(&row, 1, "hash")? })
}

/// Columns of a row.
const WIDTH: usize = 5;

static INSERT: BulkSql = BulkSql::new();

/// Adds reads, in one statement, and tells whether all of them were: none is added to a chain that went with its owner's profile. At most
/// [`BATCH_MAX`](crate::batch::BATCH_MAX). Fails if another node has written one of these numbers.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    is_postgres: bool,
    reads: &[LogRow],
) -> Result<bool, ServiceError> {
    let rows = reads.len().next_power_of_two();
    // SQLite has one writer. On PostgreSQL a chain that is being deleted is waited for, and then not there; one whose row is held by this is
    // deleted after it, with these lines.
    let held = if is_postgres { " FOR KEY SHARE OF chains" } else { "" };
    // What fills the statement up is of no chain.
    let mut query = sqlx::query(INSERT.of(is_postgres, rows, WIDTH, |values| {
        format!(
            "INSERT INTO store_audit_log (chain_id, read_number, reader_id, read_at, hash) \
             SELECT column1, column2, column3, column4, column5 FROM ({values}) AS reads \
             CROSS JOIN store_audit_chains chains WHERE chains.chain_id = column1{held}"
        )
    }));
    for read in reads {
        query = query
            .bind(read.chain_id)
            .bind(big(read.number))
            .bind(read.reader_id)
            .bind(big(read.read_at))
            .bind(read.hash.to_string());
    }
    for _ in reads.len()..rows {
        query = query.bind(0_i64).bind(0_i64).bind(0_i64).bind(0_i64).bind("");
    }
    Ok(query.execute(db).await?.rows_affected() == reads.len() as u64)
}

/// Reads of one chain, newest first: those before the cursor, and none after `end`.
pub(crate) async fn of_chain(
    db: &mut AnyConnection,
    chain_id: i64,
    end: ChainEnd,
    before: Option<LogCursor>,
    limit: u32,
) -> Result<Vec<Read>, ServiceError> {
    let last = before.map_or(end.reads, |cursor| end.reads.min(cursor.0.saturating_sub(1)));
    let rows = sqlx::query(
        "SELECT l.read_number, r.data_id, r.part, r.commitment, l.read_at, l.hash, \
         r.reader_profile_id, r.reader_wallet, r.salt, r.erased_because \
         FROM store_audit_log l JOIN store_log_readers r ON r.reader_id = l.reader_id \
         WHERE l.chain_id = $1 AND l.read_number <= $2 ORDER BY l.read_number DESC LIMIT $3",
    )
    .bind(chain_id)
    .bind(big(last))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Read, ServiceError> {
    Ok(Read {
        number: number(row, 0)?,
        data_id: parsed(row, 1, "data id")?,
        part: part_of(&text(row, 2)?)?,
        reader_commitment: parsed(row, 3, "commitment")?,
        reader: shown(row, 6)?,
        read_at: number(row, 4)?,
        hash: parsed(row, 5, "hash")?,
    })
}

/// Takes away the log of an owner whose profile goes: its chain, its reads, and who they were by. How many reads there were.
pub(crate) async fn purge(db: &mut AnyConnection, owner: Uuid) -> Result<u64, ServiceError> {
    let mut reads = 0;
    if let Some(chain_id) = chain_of(db, owner).await? {
        // The chain first: whoever is about to add to it has done so before this, or will not.
        for (table, counts) in [("store_audit_chains", false), ("store_audit_log", true)] {
            let sql = format!("DELETE FROM {table} WHERE chain_id = $1");
            let done = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(chain_id).execute(&mut *db).await?;
            reads += if counts { done.rows_affected() } else { 0 };
        }
    }
    readers::delete_of_owner(db, owner).await?;
    Ok(reads)
}

/// A read of the log as it was before it was chained, or before readers could be erased.
pub(crate) struct UnchainedRead {
    pub(crate) reader: Reader,
    pub(crate) read_at: u64,
    owner_key: i64,
    read_no: i64,
}

/// The oldest of those reads.
pub(crate) async fn unchained(
    db: &mut AnyConnection,
    limit: u32,
) -> Result<Vec<UnchainedRead>, ServiceError> {
    let rows = sqlx::query(
        "SELECT r.owner_profile_id, r.data_id, r.part, r.reader_profile_id, r.reader_wallet, l.read_at, \
         l.owner_key, l.read_no FROM store_reads l JOIN store_readers r ON r.reader_id = l.reader_id \
         ORDER BY l.read_at, l.read_no LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    let unchained = |row: &AnyRow| {
        Ok(UnchainedRead {
            reader: Reader {
                owner: parsed(row, 0, "profile id")?,
                data_id: parsed(row, 1, "data id")?,
                part: part_of(&text(row, 2)?)?,
                profile: parsed(row, 3, "profile id")?,
                wallet: parsed(row, 4, "wallet")?,
            },
            read_at: number(row, 5)?,
            owner_key: row.try_get(6)?,
            read_no: row.try_get(7)?,
        })
    };
    rows.iter().map(unchained).collect()
}

/// Takes one of them out, for it is chained now.
pub(crate) async fn delete_unchained(
    db: &mut AnyConnection,
    read: &UnchainedRead,
) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_reads WHERE owner_key = $1 AND read_at = $2 AND read_no = $3")
        .bind(read.owner_key)
        .bind(big(read.read_at))
        .bind(read.read_no)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes out who they were by, once none is left.
pub(crate) async fn delete_unchained_readers(db: &mut AnyConnection) -> Result<(), ServiceError> {
    sqlx::query("DELETE FROM store_readers").execute(db).await?;
    Ok(())
}
