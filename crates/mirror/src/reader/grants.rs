use idos_database::Kind;
use idos_grants::{Account, Address, DataId};
use sqlx::{
    Any, AssertSqlSafe, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use crate::{
    error::MirrorError,
    grant::{GrantFilter, GrantState, Lock, MirroredGrant, NewestFilter, Side},
    page::{Cursor, PAGE_SIZE, Page},
    reader::{MAX_ACCOUNTS, MirrorReader},
    rows::{
        STATE_COLUMNS, STATE_WIDTH, account, contract_state, number, parameters, parsed, short_address,
        short_data_id,
    },
};

/// Where a row stands in a list.
const PLACE: &str = "g.created_at, g.contract_id, g.from_block, g.from_log";

const GRANT_COLUMNS: &str =
    "g.owner, g.grantee, g.data_id, g.created_block, g.created_at, g.locked_until, g.to_block, g.state";

impl MirrorReader {
    /// For the gate: the grants on `data_id` by one of `owners` to one of `grantees` that stand, and one of those that
    /// were revoked, if any was. The accounts are those of two profiles' wallets; check with the returned accounts
    /// that the wallet controls that address on that chain.
    ///
    /// Owners and grantees are part of the question because anyone may record grants on any data id: an answer that
    /// held all of them could be made arbitrarily long by a stranger.
    pub async fn access(
        &self,
        data_id: &DataId,
        owners: &[Address],
        grantees: &[Address],
    ) -> Result<Vec<MirroredGrant>, MirrorError> {
        bounded(owners)?;
        bounded(grantees)?;
        if owners.is_empty() || grantees.is_empty() {
            return Ok(Vec::new());
        }
        let sql = access_sql(owners.len(), grantees.len());
        let mut query =
            sqlx::query(AssertSqlSafe(sql)).bind(short_data_id(data_id)).bind(data_id.to_string());
        query = bind_addresses(query, owners);
        query = bind_addresses(query, grantees);
        query.fetch_all(self.pool()).await?.iter().map(mirrored_grant).collect()
    }

    /// For deletion and for unlinking a wallet: by contract and owner, the longest timelock on grants of `owners` that
    /// stand, on `data_id` or on anything. Grants that are not final count too: nothing may be deleted under a lock
    /// that was seen.
    pub async fn locks(
        &self,
        owners: &[Address],
        data_id: Option<&DataId>,
    ) -> Result<Vec<Lock>, MirrorError> {
        bounded(owners)?;
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sqlx::query(AssertSqlSafe(locks_sql(owners.len(), data_id.is_some())));
        query = bind_addresses(query, owners);
        if let Some(data_id) = data_id {
            query = query.bind(short_data_id(data_id)).bind(data_id.to_string());
        }
        query.fetch_all(self.pool()).await?.iter().map(lock).collect()
    }

    /// The grants on `data_id` by one of `owners` that stand, final or not, to whomever; at most [`PAGE_SIZE`].
    pub async fn standing(
        &self,
        data_id: &DataId,
        owners: &[Address],
    ) -> Result<Vec<MirroredGrant>, MirrorError> {
        bounded(owners)?;
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sqlx::query(AssertSqlSafe(standing_sql(owners.len())))
            .bind(short_data_id(data_id))
            .bind(data_id.to_string());
        query = bind_addresses(query, owners);
        query.fetch_all(self.pool()).await?.iter().map(mirrored_grant).collect()
    }

    /// The grants of all chains that match `filter`, standing or revoked, the newest first, from `from` on; at most `limit` and never more
    /// than [`PAGE_SIZE`].
    pub async fn newest(
        &self,
        filter: &NewestFilter<'_>,
        from: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<MirroredGrant>, MirrorError> {
        bounded(filter.accounts)?;
        if filter.accounts.is_empty() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let limit = limit.clamp(1, PAGE_SIZE);
        let sql = newest_sql(self.kind(), filter, from.is_some(), limit + 1);
        let mut query = bind_addresses(sqlx::query(AssertSqlSafe(sql)), filter.accounts);
        if let Some(other) = &filter.other {
            query = query.bind(short_address(other)).bind(other.to_string());
        }
        for time in [filter.since, filter.until].into_iter().flatten() {
            query = query.bind(i64::try_from(time).unwrap_or(i64::MAX));
        }
        if let Some(from) = from {
            query =
                query.bind(from.created_at).bind(from.contract_id).bind(from.from_block).bind(from.from_log);
        }
        page(&query.fetch_all(self.pool()).await?, limit as usize)
    }

    /// The grants that match `filter`, standing or revoked, the oldest first, from `from` on; at most `limit` and never more than
    /// [`PAGE_SIZE`]. An empty filter lists everything.
    pub async fn grants(
        &self,
        filter: &GrantFilter,
        from: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<MirroredGrant>, MirrorError> {
        let limit = limit.clamp(1, PAGE_SIZE);
        let mut query = sqlx::query(AssertSqlSafe(list_sql(filter, from.is_some(), limit + 1)));
        for address in [filter.owner, filter.grantee].into_iter().flatten() {
            query = query.bind(short_address(&address)).bind(address.to_string());
        }
        if let Some(data_id) = &filter.data_id {
            query = query.bind(short_data_id(data_id)).bind(data_id.to_string());
        }
        if let Some(Cursor { created_at, contract_id, from_block, from_log }) = from {
            query = query.bind(*created_at).bind(*contract_id).bind(*from_block).bind(*from_log);
        }
        page(&query.fetch_all(self.pool()).await?, limit as usize)
    }
}

pub(super) fn bounded(accounts: &[Address]) -> Result<(), MirrorError> {
    if accounts.len() > MAX_ACCOUNTS {
        return Err(MirrorError::TooManyAccounts { max: MAX_ACCOUNTS });
    }
    Ok(())
}

pub(super) type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

/// First the short keys of all, then their texts.
pub(super) fn bind_addresses<'q>(mut query: AnyQuery<'q>, addresses: &[Address]) -> AnyQuery<'q> {
    for address in addresses {
        query = query.bind(short_address(address));
    }
    for address in addresses {
        query = query.bind(address.to_string());
    }
    query
}

/// The condition for what [`bind_addresses`] binds from parameter `first` on.
pub(super) fn is_one_of(column: &str, first: usize, count: usize) -> String {
    let (keys, texts) = (parameters(first, count), parameters(first + count, count));
    format!("g.{column}_key IN ({keys}) AND g.{column} IN ({texts})")
}

fn access_sql(owners: usize, grantees: usize) -> String {
    let by = is_one_of("owner", 3, owners);
    let to = is_one_of("grantee", 3 + 2 * owners, grantees);
    let select = format!(
        "SELECT {STATE_COLUMNS}, {GRANT_COLUMNS} FROM mirror_grants g JOIN mirror_contracts c ON c.id = g.contract_id \
         WHERE g.data_key = $1 AND g.data_id = $2 AND {by} AND {to}"
    );
    // That one was revoked is all there is to know once none stands: it need not be the last one.
    format!(
        "{select} AND g.to_block IS NULL UNION ALL SELECT * FROM \
         ({select} AND g.state = 'revoked' LIMIT 1) AS ended"
    )
}

fn locks_sql(owners: usize, on_data_id: bool) -> String {
    let by = is_one_of("owner", 1, owners);
    let on = if on_data_id {
        format!("AND g.data_key = ${} AND g.data_id = ${}", 2 * owners + 1, 2 * owners + 2)
    } else {
        "AND g.state <> 'extended'".to_owned()
    };
    format!(
        "SELECT {STATE_COLUMNS}, l.owner, l.locked_until FROM \
         (SELECT g.contract_id, g.owner, MAX(g.locked_until) AS locked_until FROM mirror_grants g \
         WHERE {by} {on} AND g.to_block IS NULL AND g.locked_until > 0 GROUP BY g.contract_id, g.owner) AS l \
         JOIN mirror_contracts c ON c.id = l.contract_id ORDER BY c.id, l.owner"
    )
}

fn list_sql(filter: &GrantFilter, from: bool, limit: u32) -> String {
    let mut sql = format!(
        "SELECT {STATE_COLUMNS}, {GRANT_COLUMNS}, g.contract_id, g.from_block, g.from_log FROM mirror_grants g \
         JOIN mirror_contracts c ON c.id = g.contract_id WHERE g.state <> 'extended'"
    );
    let mut next = 1;
    let conditions = [("owner", filter.owner.is_some()), ("grantee", filter.grantee.is_some())];
    for (column, _) in conditions.iter().filter(|(_, set)| *set) {
        sql.push_str(&format!(" AND g.{column}_key = ${next} AND g.{column} = ${}", next + 1));
        next += 2;
    }
    if filter.data_id.is_some() {
        sql.push_str(&format!(" AND g.data_key = ${next} AND g.data_id = ${}", next + 1));
        next += 2;
    }
    if from {
        sql.push_str(&format!(" AND ({PLACE}) >= ({})", parameters(next, 4)));
    }
    sql.push_str(&format!(" ORDER BY {PLACE} LIMIT {limit}"));
    sql
}

fn standing_sql(owners: usize) -> String {
    let by = is_one_of("owner", 3, owners);
    format!(
        "SELECT {STATE_COLUMNS}, {GRANT_COLUMNS} FROM mirror_grants g JOIN mirror_contracts c ON c.id = g.contract_id \
         WHERE g.data_key = $1 AND g.data_id = $2 AND {by} AND g.to_block IS NULL LIMIT {PAGE_SIZE}"
    )
}

/// Each account's newest by themselves, then the newest of all: read from an index, however many an account has. Where both sides are
/// named, by the owner's index, for owners grant less than consumers are granted; it holds the grantee's key, too. "+ 0": an
/// index that SQLite must not use; PostgreSQL knows how many rows each would read.
fn newest_sql(kind: Kind, filter: &NewestFilter<'_>, from: bool, limit: u32) -> String {
    let count = filter.accounts.len();
    let (side, other) = filter.side.columns();
    let mut next = 2 * count + 1;
    let mut take = |some: bool, width: usize| {
        let first = next;
        next += if some { width } else { 0 };
        some.then_some(first)
    };
    let no_index = match kind {
        Kind::Sqlite => " + 0",
        Kind::Postgres => "",
    };
    let mut conditions = String::from("g.state <> 'extended'");
    let by_owner_alone = filter.side == Side::Grantee && filter.other.is_some();
    if let Some(n) = take(filter.other.is_some(), 2) {
        let no_index = if by_owner_alone { "" } else { no_index };
        conditions.push_str(&format!(" AND g.{other}_key{no_index} = ${n} AND g.{other} = ${}", n + 1));
    }
    if let Some(n) = take(filter.since.is_some(), 1) {
        conditions.push_str(&format!(" AND g.created_at >= ${n}"));
    }
    if let Some(n) = take(filter.until.is_some(), 1) {
        conditions.push_str(&format!(" AND g.created_at <= ${n}"));
    }
    if let Some(n) = take(from, 4) {
        conditions.push_str(&format!(" AND ({PLACE}) <= ({})", parameters(n, 4)));
    }
    let select = |of: String| {
        format!(
            "SELECT {STATE_COLUMNS}, {GRANT_COLUMNS}, g.contract_id, g.from_block, g.from_log FROM mirror_grants g \
             JOIN mirror_contracts c ON c.id = g.contract_id WHERE {of} AND {conditions} \
             ORDER BY {} LIMIT {limit}",
            descending("g.")
        )
    };
    if by_owner_alone {
        let (keys, texts) = (parameters(1, count), parameters(1 + count, count));
        return select(format!("g.{side}_key{no_index} IN ({keys}) AND g.{side} IN ({texts})"));
    }
    let each = (1..=count).map(|n| {
        let of = format!("g.{side}_key = ${n} AND g.{side} = ${}", n + count);
        format!("SELECT * FROM ({}) AS of_{n}", select(of))
    });
    format!("{} ORDER BY {} LIMIT {limit}", each.collect::<Vec<_>>().join(" UNION ALL "), descending(""))
}

fn descending(table: &str) -> String {
    ["created_at", "contract_id", "from_block", "from_log"]
        .map(|column| format!("{table}{column} DESC"))
        .join(", ")
}

fn mirrored_grant(row: &AnyRow) -> Result<MirroredGrant, MirrorError> {
    const G: usize = STATE_WIDTH;
    let contract = contract_state(row)?;
    let text: &str = row.try_get(G + 7)?;
    Ok(MirroredGrant {
        owner: account(row, G, &contract.account)?,
        grantee: account(row, G + 1, &contract.account)?,
        data_id: parsed(row, G + 2, "data id")?,
        created_block: number(row, G + 3, "block")?,
        created_at: number(row, G + 4, "time")?,
        locked_until: number(row, G + 5, "time")?,
        state: match text {
            "standing" => GrantState::Standing,
            "revoked" => GrantState::Revoked { block: number(row, G + 6, "block")? },
            _ => return Err(MirrorError::Malformed { what: "grant state" }),
        },
        contract,
    })
}

pub(super) fn lock(row: &AnyRow) -> Result<Lock, MirrorError> {
    let contract = contract_state(row)?;
    let owner: Account = account(row, STATE_WIDTH, &contract.account)?;
    Ok(Lock { owner, locked_until: number(row, STATE_WIDTH + 1, "time")?, contract })
}

/// One row more than asked for was read, to know where the next page begins.
fn page(rows: &[AnyRow], limit: usize) -> Result<Page<MirroredGrant>, MirrorError> {
    const CURSOR: usize = STATE_WIDTH + 8;
    let next = rows.get(limit).map(|row| {
        Ok::<_, MirrorError>(Cursor {
            created_at: row.try_get(STATE_WIDTH + 4)?,
            contract_id: row.try_get(CURSOR)?,
            from_block: row.try_get(CURSOR + 1)?,
            from_log: row.try_get(CURSOR + 2)?,
        })
    });
    let items = rows.iter().take(limit).map(mirrored_grant).collect::<Result<_, _>>()?;
    Ok(Page { items, next: next.transpose()? })
}
