//! Who read what. Rows are only ever added.

use std::str::FromStr;

use idos_api::audit::ReadPart;
use idos_grants::DataId;
use idos_wallets::Wallet;
use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};
use uuid::Uuid;

use super::values::{big, number, parsed};
use crate::error::ServiceError;

/// A read by somebody else than the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadEntry {
    pub(crate) owner: Uuid,
    pub(crate) data_id: DataId,
    pub(crate) part: ReadPart,
    pub(crate) reader: Uuid,
    pub(crate) reader_wallet: Wallet,
    pub(crate) read_at: u64,
}

/// What orders reads, and tells those of one second apart: 32 hex digits, the time first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditCursor(String);

impl AuditCursor {
    /// The id of the `index`th read of a batch; `unique` is random.
    pub(crate) fn new(read_at: u64, unique: [u8; 8], index: usize) -> Self {
        Self(format!("{read_at:010x}{}{index:06x}", hex::encode(unique)))
    }
}

impl std::fmt::Display for AuditCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AuditCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_id =
            text.len() == 32 && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        if is_id {
            Ok(Self(text.to_owned()))
        } else {
            Err(ServiceError::malformed("not a cursor of this list: begin without one"))
        }
    }
}

/// Adds reads. Statements are of a few sizes only, so that each is prepared once.
pub(crate) async fn insert(
    db: &mut AnyConnection,
    reads: &[(AuditCursor, ReadEntry)],
) -> Result<(), ServiceError> {
    let mut rest = reads;
    while !rest.is_empty() {
        let (chunk, left) = rest.split_at(1 << rest.len().ilog2().min(6));
        insert_chunk(db, chunk).await?;
        rest = left;
    }
    Ok(())
}

async fn insert_chunk(
    db: &mut AnyConnection,
    reads: &[(AuditCursor, ReadEntry)],
) -> Result<(), ServiceError> {
    const WIDTH: usize = 7;
    let row = |i: usize| {
        let at = |column: usize| i * WIDTH + column;
        format!("(${}, ${}, ${}, ${}, ${}, ${}, ${})", at(1), at(2), at(3), at(4), at(5), at(6), at(7))
    };
    let rows: Vec<String> = (0..reads.len()).map(row).collect();
    let sql = format!(
        "INSERT INTO store_reads (owner_profile_id, read_id, data_id, part, reader_profile_id, reader_wallet, read_at) \
         VALUES {}",
        rows.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (id, read) in reads {
        query = query
            .bind(read.owner.to_string())
            .bind(id.to_string())
            .bind(read.data_id.to_string())
            .bind(part_text(read.part))
            .bind(read.reader.to_string())
            .bind(read.reader_wallet.to_string())
            .bind(big(read.read_at));
    }
    query.execute(db).await?;
    Ok(())
}

/// Reads of one owner's data, newest first.
pub(crate) async fn of_owner(
    db: &mut AnyConnection,
    owner: Uuid,
    before: Option<&AuditCursor>,
    limit: u32,
) -> Result<Vec<(AuditCursor, ReadEntry)>, ServiceError> {
    // No id is greater than this.
    const END: &str = "g";
    let rows = sqlx::query(
        "SELECT owner_profile_id, read_id, data_id, part, reader_profile_id, reader_wallet, read_at FROM store_reads \
         WHERE owner_profile_id = $1 AND read_id < $2 ORDER BY read_id DESC LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(before.map_or(END, |cursor| cursor.0.as_str()).to_owned())
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &AnyRow) -> Result<(AuditCursor, ReadEntry), ServiceError> {
    let read = ReadEntry {
        owner: parsed(row, 0, "profile id")?,
        data_id: parsed(row, 2, "data id")?,
        part: part_of(&parsed::<String>(row, 3, "part")?)?,
        reader: parsed(row, 4, "profile id")?,
        reader_wallet: parsed(row, 5, "wallet")?,
        read_at: number(row, 6)?,
    };
    Ok((parsed(row, 1, "read id")?, read))
}

fn part_text(part: ReadPart) -> &'static str {
    match part {
        ReadPart::Content => "content",
        ReadPart::Metadata => "metadata",
    }
}

fn part_of(text: &str) -> Result<ReadPart, ServiceError> {
    match text {
        "content" => Ok(ReadPart::Content),
        "metadata" => Ok(ReadPart::Metadata),
        _ => Err(ServiceError::corrupt("part")),
    }
}
