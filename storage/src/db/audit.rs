//! The audit log. Rows are only ever added.

use std::{str::FromStr, sync::OnceLock};

use idos_api::audit::Read;
use sqlx::{AnyConnection, any::AnyRow};
use uuid::Uuid;

use super::{
    readers::part_of,
    values::{big, number, parsed, text},
};
use crate::{batch::BATCH_MAX, error::ServiceError};

/// One read, as the log keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadRow {
    pub(crate) owner: Uuid,
    pub(crate) reader_id: i64,
    pub(crate) place: AuditCursor,
}

/// A read's place in its owner's log; in text `time-number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuditCursor {
    read_at: u64,
    read_no: u64,
}

impl AuditCursor {
    /// No read comes after it.
    const END: Self = Self { read_at: i64::MAX as u64, read_no: 0 };

    /// The place of the `index`th read of a batch, which 47 bits of `random` tell from other batches of that second.
    pub(crate) fn new(read_at: u64, random: u64, index: usize) -> Self {
        Self { read_at, read_no: (random >> 17 << 16) | (index as u64 & 0xffff) }
    }
}

impl std::fmt::Display for AuditCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.read_at, self.read_no)
    }
}

impl FromStr for AuditCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ServiceError::malformed("not a cursor of this list: begin without one");
        let (read_at, read_no) = text.split_once('-').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        Ok(Self { read_at: number(read_at)?, read_no: number(read_no)? })
    }
}

/// Columns of a row.
const WIDTH: usize = 4;

/// Adds reads, in one statement and so in one commit. Statements are of a few sizes only, so that each is prepared once: what is missing
/// to a power of two is filled up with rows that are left out. At most [`BATCH_MAX`].
pub(crate) async fn insert(
    db: &mut AnyConnection,
    is_postgres: bool,
    reads: &[ReadRow],
) -> Result<(), ServiceError> {
    let rows = reads.len().next_power_of_two();
    let mut query = sqlx::query(insert_sql(is_postgres, rows));
    for read in reads {
        let place = read.place;
        query = query
            .bind(key(read.owner))
            .bind(big(place.read_at))
            .bind(big(place.read_no))
            .bind(read.reader_id);
    }
    for _ in (reads.len() * WIDTH)..(rows * WIDTH) {
        query = query.bind(0_i64);
    }
    query.execute(db).await?;
    Ok(())
}

/// The first bytes of a profile id, so that the log's index stays small.
fn key(profile: Uuid) -> i64 {
    let (key, _) = profile.as_u64_pair();
    key as i64
}

/// The statement for so many rows, a power of two; written once.
fn insert_sql(is_postgres: bool, rows: usize) -> &'static str {
    const SIZES: usize = BATCH_MAX.ilog2() as usize + 1;
    static SQLITE: [OnceLock<String>; SIZES] = [const { OnceLock::new() }; SIZES];
    static POSTGRES: [OnceLock<String>; SIZES] = [const { OnceLock::new() }; SIZES];
    let statements = if is_postgres { &POSTGRES } else { &SQLITE };
    statements[rows.ilog2() as usize].get_or_init(|| write_insert_sql(is_postgres, rows))
}

/// To bind a parameter that has a name, SQLite looks through all of them; so there they have none.
fn write_insert_sql(is_postgres: bool, rows: usize) -> String {
    let parameter = |number: usize| if is_postgres { format!("${number}") } else { "?".to_owned() };
    let row = |index: usize| {
        let columns: Vec<_> = (1..=WIDTH).map(|column| parameter(index * WIDTH + column)).collect();
        format!("({})", columns.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO store_reads (owner_key, read_at, read_no, reader_id) \
         SELECT * FROM (VALUES {}) AS reads WHERE column4 <> 0",
        rows.join(", ")
    )
}

/// Reads of one owner's data, newest first.
pub(crate) async fn of_owner(
    db: &mut AnyConnection,
    owner: Uuid,
    before: Option<AuditCursor>,
    limit: u32,
) -> Result<Vec<(AuditCursor, Read)>, ServiceError> {
    let before = before.unwrap_or(AuditCursor::END);
    let rows = sqlx::query(
        "SELECT l.read_at, l.read_no, r.data_id, r.part, r.reader_profile_id, r.reader_wallet \
         FROM store_reads l JOIN store_readers r ON r.reader_id = l.reader_id \
         WHERE l.owner_key = $1 AND (l.read_at, l.read_no) < ($2, $3) AND r.owner_profile_id = $4 \
         ORDER BY l.read_at DESC, l.read_no DESC LIMIT $5",
    )
    .bind(key(owner))
    .bind(big(before.read_at))
    .bind(big(before.read_no))
    .bind(owner.to_string())
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<(AuditCursor, Read), ServiceError> {
    let place = AuditCursor { read_at: number(row, 0)?, read_no: number(row, 1)? };
    let read = Read {
        data_id: parsed(row, 2, "data id")?,
        part: part_of(&text(row, 3)?)?,
        reader_profile_id: parsed(row, 4, "profile id")?,
        reader_wallet: parsed(row, 5, "wallet")?,
        read_at: place.read_at,
    };
    Ok((place, read))
}
