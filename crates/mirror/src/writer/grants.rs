//! Grant events become versions of grants.

use std::collections::HashMap;

use idos_grants::{Account, Event, GrantChange, GrantEvent, GrantKey};
use sqlx::{
    AnyConnection, Arguments, AssertSqlSafe, Row,
    any::{AnyArguments, AnyRow},
};

use crate::{
    batch::Located,
    bulk::{Dialect, pieces},
    error::{Impossible, MirrorError},
    rows::{address, big, number, parsed, short_address, short_data_id},
    writer::{apply::inconsistent, register::ContractRow},
};

/// Rows in one statement: a power of two, and 17 parameters each within the 32,766 that SQLite takes.
const ROWS: usize = 256;

const COLUMNS: usize = 17;

const STANDING: &str = "standing";

/// What a grant was from one event to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    key: GrantKey,
    from_block: i64,
    from_log: i64,
    created_block: i64,
    created_at: i64,
    locked_until: u64,
    /// The time of the event that began it, if that was not the grant's creation.
    extended_at: Option<i64>,
    end: Option<End>,
    state: &'static str,
    /// Whether it is in the database, where only its end can change.
    is_stored: bool,
}

/// The event that ended a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    block: i64,
    log: i64,
    at: i64,
}

/// The versions that a batch opens or ends, and where in them each grant's present one is.
#[derive(Default)]
struct Fold {
    versions: Vec<Version>,
    present: HashMap<GrantKey, usize>,
}

/// Folds the events over the grants that they touch.
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

/// Each grant once.
fn touched(events: &[Located]) -> Result<Vec<GrantKey>, MirrorError> {
    let mut keys = events
        .iter()
        .map(|located| Ok(grant_event(located)?.key()))
        .collect::<Result<Vec<_>, MirrorError>>()?;
    keys.sort_unstable();
    keys.dedup();
    keys.sort_by_cached_key(|key| short_data_id(&key.data_id));
    Ok(keys)
}

fn grant_event(located: &Located) -> Result<&GrantEvent, MirrorError> {
    match &located.event {
        Event::Grant(event) => Ok(event),
        Event::Status(_) => Err(inconsistent(located, Impossible::WrongKind)),
    }
}

impl Fold {
    async fn load(
        &mut self,
        connection: &mut AnyConnection,
        row: &ContractRow,
        keys: &[GrantKey],
    ) -> Result<(), MirrorError> {
        for keys in pieces(keys, ROWS) {
            let sql = present_sql(Dialect::of(connection), keys.len());
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for key in keys {
                query = query
                    .bind(short_data_id(&key.data_id))
                    .bind(short_address(&key.owner))
                    .bind(short_address(&key.grantee));
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
        let event = grant_event(located)?;
        let present = self.present.get(&event.key()).and_then(|index| self.versions.get_mut(*index));
        event
            .check(present.as_ref().map(|version| version.locked_until))
            .map_err(|why| inconsistent(located, why))?;
        let (block, at) = (big("block", located.block)?, big("time", event.at)?);
        let log = big("log index", located.log_index)?;
        let (mut created, mut extended_at) = ((block, at), None);
        if let Some(version) = present {
            (created, extended_at) = ((version.created_block, version.created_at), Some(at));
            version.end(End { block, log, at }, event.change);
        }
        if event.change == GrantChange::Revoked {
            self.present.remove(&event.key());
            return Ok(());
        }
        self.push(Version {
            key: event.key(),
            from_block: block,
            from_log: log,
            created_block: created.0,
            created_at: created.1,
            locked_until: event.locked_until,
            extended_at,
            end: None,
            state: STANDING,
            is_stored: false,
        });
        Ok(())
    }
}

impl Version {
    fn end(&mut self, end: End, change: GrantChange) {
        self.end = Some(end);
        self.state = if change == GrantChange::Extended { "extended" } else { "revoked" };
    }
}

fn present_sql(dialect: Dialect, keys: usize) -> String {
    // "+ 0": by the contract alone nothing must be looked for.
    let condition = format!(
        "found.data_key = key.column1 AND found.owner_key = key.column2 AND found.grantee_key = key.column3 \
         AND found.to_block IS NULL AND found.contract_id + 0 = {}",
        dialect.parameter(3 * keys + 1)
    );
    let from = dialect.each_key(keys, 3, "mirror_grants", &condition);
    format!(
        "SELECT found.owner, found.grantee, found.data_id, found.from_block, found.from_log, found.created_block, \
         found.created_at, found.locked_until {from}"
    )
}

fn loaded(row: &AnyRow, contract: &Account) -> Result<Version, MirrorError> {
    Ok(Version {
        key: GrantKey {
            owner: address(row, 0, contract)?,
            grantee: address(row, 1, contract)?,
            data_id: parsed(row, 2, "data id")?,
        },
        from_block: row.try_get(3)?,
        from_log: row.try_get(4)?,
        created_block: row.try_get(5)?,
        created_at: row.try_get(6)?,
        locked_until: number(row, 7, "time")?,
        extended_at: None,
        end: None,
        state: STANDING,
        is_stored: true,
    })
}

/// Writes what changed.
pub(super) async fn write(
    connection: &mut AnyConnection,
    contract_id: i64,
    versions: &[Version],
) -> Result<(), MirrorError> {
    let (stored, mut new): (Vec<&Version>, Vec<&Version>) =
        versions.iter().partition(|version| version.is_stored);
    // In the order of the widest index, whose pages are then visited one after the other.
    new.sort_by_cached_key(|version| short_data_id(&version.key.data_id));
    for rows in pieces(&new, ROWS) {
        insert(connection, contract_id, rows).await?;
    }
    let ended: Vec<&Version> = stored.into_iter().filter(|version| version.end.is_some()).collect();
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
        "INSERT {}INTO mirror_grants (contract_id, from_block, from_log, owner, grantee, data_id, owner_key, \
         grantee_key, data_key, created_block, created_at, locked_until, extended_at, to_block, to_log, to_at, state) VALUES {}",
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
        "UPDATE {}mirror_grants SET to_block = v.column3, to_log = v.column4, to_at = v.column5, state = v.column6 FROM (VALUES {}) AS v \
         WHERE from_block = v.column1 AND from_log = v.column2 AND contract_id = {}",
        dialect.or_fail(),
        dialect.values(rows.len(), 6),
        dialect.parameter(6 * rows.len() + 1)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for row in rows {
        let End { block, log, at } = row.end.ok_or(MirrorError::Malformed { what: "ended version" })?;
        query = query.bind(row.from_block).bind(row.from_log);
        query = query.bind(block).bind(log).bind(at).bind(row.state);
    }
    query.bind(contract_id).execute(connection).await?;
    Ok(())
}

impl Version {
    fn bind(&self, contract_id: i64, arguments: &mut AnyArguments) -> Result<(), MirrorError> {
        let GrantKey { owner, grantee, data_id } = &self.key;
        let mut add = || {
            arguments.add(contract_id)?;
            arguments.add(self.from_block)?;
            arguments.add(self.from_log)?;
            arguments.add(owner.to_string())?;
            arguments.add(grantee.to_string())?;
            arguments.add(data_id.to_string())?;
            arguments.add(short_address(owner))?;
            arguments.add(short_address(grantee))?;
            arguments.add(short_data_id(data_id))?;
            arguments.add(self.created_block)?;
            arguments.add(self.created_at)?;
            arguments.add(i64::try_from(self.locked_until)?)?;
            arguments.add(self.extended_at)?;
            arguments.add(self.end.map(|end| end.block))?;
            arguments.add(self.end.map(|end| end.log))?;
            arguments.add(self.end.map(|end| end.at))?;
            arguments.add(self.state)
        };
        add().map_err(|error| MirrorError::Database(sqlx::Error::Encode(error)))
    }
}
