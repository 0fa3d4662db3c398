//! Status events become versions of words of 256 statuses.

use std::collections::HashMap;

use idos_grants::{
    Account, Event, Purpose, StatusError, StatusEvent,
    status::{LIST_SIZE, WORD_SIZE, Word, WordKey},
};
use sqlx::{
    AnyConnection, Arguments, AssertSqlSafe, Row,
    any::{AnyArguments, AnyRow},
};

use crate::{
    batch::Located,
    bulk::{Dialect, pieces},
    error::{Impossible, MirrorError},
    reader::word,
    rows::{address, big, number},
    writer::{apply::inconsistent, register::ContractRow},
};

/// Rows in one statement: a power of two, and 10 parameters each within the 32,766 that SQLite takes.
const ROWS: usize = 256;

const COLUMNS: usize = 10;

/// What a word was from one event to the next.
pub(super) struct Version {
    key: WordKey,
    from_block: i64,
    from_log: i64,
    word: Word,
    at: i64,
    to_block: Option<i64>,
    /// Whether it is in the database, where only its end can change.
    is_stored: bool,
}

#[derive(Default)]
struct Fold {
    versions: Vec<Version>,
    present: HashMap<WordKey, usize>,
}

/// Folds the events over the words that they touch.
pub(super) async fn fold(
    connection: &mut AnyConnection,
    row: &ContractRow,
    events: &[Located],
) -> Result<Vec<Version>, MirrorError> {
    let mut fold = Fold::default();
    fold.load(connection, row, &touched(events)?).await?;
    for located in events {
        fold.take(located)?;
    }
    Ok(fold.versions)
}

/// Each word once.
fn touched(events: &[Located]) -> Result<Vec<WordKey>, MirrorError> {
    let mut keys = events
        .iter()
        .map(|located| Ok(status_event(located)?.key()))
        .collect::<Result<Vec<_>, MirrorError>>()?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

fn status_event(located: &Located) -> Result<&StatusEvent, MirrorError> {
    match &located.event {
        Event::Status(event) => Ok(event),
        Event::Grant(_) => Err(inconsistent(located, Impossible::WrongKind)),
    }
}

impl Fold {
    async fn load(
        &mut self,
        connection: &mut AnyConnection,
        row: &ContractRow,
        keys: &[WordKey],
    ) -> Result<(), MirrorError> {
        for keys in pieces(keys, ROWS) {
            let sql = present_sql(Dialect::of(connection), keys.len());
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for key in keys {
                query = query
                    .bind(key.issuer.to_string())
                    .bind(i64::from(key.list))
                    .bind(i64::from(key.purpose.code()))
                    .bind(i64::from(key.word_index));
            }
            for found in query.bind(row.id).fetch_all(&mut *connection).await? {
                self.push(loaded(&found, &row.progress.contract.account)?);
            }
        }
        Ok(())
    }

    fn push(&mut self, version: Version) {
        self.present.insert(version.key, self.versions.len());
        self.versions.push(version);
    }

    fn take(&mut self, located: &Located) -> Result<(), MirrorError> {
        let event = status_event(located)?;
        let present = self.present.get(&event.key()).and_then(|index| self.versions.get_mut(*index));
        let before = present.as_ref().map(|version| version.word).unwrap_or_default();
        check(event, before).map_err(|why| inconsistent(located, why))?;
        let block = big("block", located.block)?;
        if let Some(version) = present {
            version.to_block = Some(block);
        }
        self.push(Version {
            key: event.key(),
            from_block: block,
            from_log: big("log index", located.log_index)?,
            word: event.word,
            at: big("time", event.at)?,
            to_block: None,
            is_stored: false,
        });
        Ok(())
    }
}

fn check(event: &StatusEvent, before: Word) -> Result<(), Impossible> {
    if u32::from(event.word_index) >= LIST_SIZE / WORD_SIZE {
        return Err(StatusError::IndexOutOfRange.into());
    }
    if event.word == before {
        return Err(Impossible::Unchanged);
    }
    let cleared = before.0.iter().zip(event.word.0).any(|(before, after)| before & !after != 0);
    if cleared && event.purpose == Purpose::Revocation {
        return Err(StatusError::CredentialRevoked.into());
    }
    Ok(())
}

fn present_sql(dialect: Dialect, keys: usize) -> String {
    // "+ 0": by the contract alone nothing must be looked for.
    let condition = format!(
        "found.issuer = key.column1 AND found.list = key.column2 AND found.purpose = key.column3 \
         AND found.word_index = key.column4 AND found.to_block IS NULL AND found.contract_id + 0 = {}",
        dialect.parameter(4 * keys + 1)
    );
    let from = dialect.each_key(keys, 4, "mirror_words", &condition);
    format!(
        "SELECT found.issuer, found.list, found.purpose, found.word_index, found.from_block, found.from_log, \
         found.word, found.at {from}"
    )
}

fn loaded(row: &AnyRow, contract: &Account) -> Result<Version, MirrorError> {
    let malformed = || MirrorError::Malformed { what: "word" };
    let purpose = u8::try_from(number(row, 2, "word")?).ok().and_then(Purpose::from_code);
    Ok(Version {
        key: WordKey {
            issuer: address(row, 0, contract)?,
            list: u32::try_from(number(row, 1, "word")?).map_err(|_| malformed())?,
            purpose: purpose.ok_or_else(malformed)?,
            word_index: u16::try_from(number(row, 3, "word")?).map_err(|_| malformed())?,
        },
        from_block: row.try_get(4)?,
        from_log: row.try_get(5)?,
        word: word(row.try_get(6)?)?,
        at: row.try_get(7)?,
        to_block: None,
        is_stored: true,
    })
}

/// Writes what changed.
pub(super) async fn write(
    connection: &mut AnyConnection,
    contract_id: i64,
    versions: &[Version],
) -> Result<(), MirrorError> {
    let (stored, new): (Vec<&Version>, Vec<&Version>) =
        versions.iter().partition(|version| version.is_stored);
    for rows in pieces(&new, ROWS) {
        insert(connection, contract_id, rows).await?;
    }
    let ended: Vec<&Version> = stored.into_iter().filter(|version| version.to_block.is_some()).collect();
    for rows in pieces(&ended, ROWS) {
        end(connection, contract_id, rows).await?;
    }
    Ok(())
}

async fn insert(
    connection: &mut AnyConnection,
    contract_id: i64,
    rows: &[&Version],
) -> Result<(), MirrorError> {
    let dialect = Dialect::of(connection);
    let sql = format!(
        "INSERT {}INTO mirror_words (contract_id, from_block, from_log, issuer, list, purpose, word_index, word, at, \
         to_block) VALUES {}",
        dialect.or_fail(),
        dialect.values(rows.len(), COLUMNS)
    );
    let mut arguments = AnyArguments::default();
    arguments.reserve(rows.len() * COLUMNS, 0);
    for row in rows {
        row.bind(contract_id, &mut arguments)?;
    }
    sqlx::query_with(AssertSqlSafe(sql), arguments).execute(connection).await?;
    Ok(())
}

async fn end(connection: &mut AnyConnection, contract_id: i64, rows: &[&Version]) -> Result<(), MirrorError> {
    let dialect = Dialect::of(connection);
    let sql = format!(
        "UPDATE {}mirror_words SET to_block = v.column3 FROM (VALUES {}) AS v \
         WHERE from_block = v.column1 AND from_log = v.column2 AND contract_id = {}",
        dialect.or_fail(),
        dialect.values(rows.len(), 3),
        dialect.parameter(3 * rows.len() + 1)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for row in rows {
        query = query.bind(row.from_block).bind(row.from_log).bind(row.to_block);
    }
    query.bind(contract_id).execute(connection).await?;
    Ok(())
}

impl Version {
    fn bind(&self, contract_id: i64, arguments: &mut AnyArguments) -> Result<(), MirrorError> {
        let mut add = || {
            arguments.add(contract_id)?;
            arguments.add(self.from_block)?;
            arguments.add(self.from_log)?;
            arguments.add(self.key.issuer.to_string())?;
            arguments.add(i64::from(self.key.list))?;
            arguments.add(i64::from(self.key.purpose.code()))?;
            arguments.add(i64::from(self.key.word_index))?;
            arguments.add(hex::encode(self.word.0))?;
            arguments.add(self.at)?;
            arguments.add(self.to_block)
        };
        add().map_err(|error| MirrorError::Database(sqlx::Error::Encode(error)))
    }
}
