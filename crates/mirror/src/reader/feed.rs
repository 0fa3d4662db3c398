use idos_grants::{Account, Address, GrantChange, Purpose, status::Word};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use crate::{
    contract::{ContractKind, ContractState},
    error::MirrorError,
    feed::{FeedEvent, FeedPosition, FeedWhat, WordChange},
    page::PAGE_SIZE,
    reader::{MAX_ACCOUNTS, MirrorReader, word},
    rows::{account, big, number, optional_number, parameters, parsed, short_address},
};

const GRANT: &str = "g.owner, g.grantee, g.data_id, g.locked_until";

impl MirrorReader {
    /// The events of a contract after `after` and up to the end of block `upto`, in their order; at most `limit` and never more than
    /// [`PAGE_SIZE`]. If there are fewer, that is all of them. Grants only by or to one of `about`, statuses only by one of them; `None`:
    /// about whomever.
    ///
    /// What is read goes by the contract's order, not by `about`: reading on from each page's last event to the end, all pages together
    /// cost one way through the rows in between.
    pub async fn feed(
        &self,
        contract: &ContractState,
        after: FeedPosition,
        upto: u64,
        about: Option<&[Address]>,
        limit: u32,
    ) -> Result<Vec<FeedEvent>, MirrorError> {
        let named = about.unwrap_or_default();
        if named.len() > MAX_ACCOUNTS {
            return Err(MirrorError::TooManyAccounts { max: MAX_ACCOUNTS });
        }
        if about.is_some_and(<[_]>::is_empty) || after.block > upto {
            return Ok(Vec::new());
        }
        let limit = limit.clamp(1, PAGE_SIZE);
        let (account, kind) = (contract.account, contract.kind);
        let question = Question { contract: account, kind, after, upto, about: named };
        let mut events = match kind {
            ContractKind::AccessGrants => {
                let mut events = self.ask(&question, &begun_sql(named.len(), limit), begun).await?;
                events.extend(self.ask(&question, &revoked_sql(named.len(), limit), revoked).await?);
                events
            }
            ContractKind::CredentialStatus => {
                self.ask(&question, &words_sql(named.len(), limit), changed).await?
            }
        };
        events.sort_by_key(|event| event.position);
        events.truncate(limit as usize);
        Ok(events)
    }

    async fn ask(
        &self,
        question: &Question<'_>,
        sql: &str,
        read: impl Fn(&AnyRow, &Account) -> Result<FeedEvent, MirrorError>,
    ) -> Result<Vec<FeedEvent>, MirrorError> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .bind(question.contract.to_string())
            .bind(big("block", question.after.block)?)
            .bind(big("log index", question.after.log)?)
            .bind(big("block", question.upto)?);
        for address in question.about {
            query = query.bind(address.to_string());
        }
        if question.kind == ContractKind::AccessGrants {
            for address in question.about {
                query = query.bind(short_address(address));
            }
        }
        let rows = query.fetch_all(self.pool()).await?;
        rows.iter().map(|row| read(row, &question.contract)).collect()
    }
}

struct Question<'a> {
    contract: Account,
    kind: ContractKind,
    after: FeedPosition,
    upto: u64,
    about: &'a [Address],
}

const CONTRACT: &str = "(SELECT c.id FROM mirror_contracts c WHERE c.account = $1)";

/// By or to one of `count` accounts; "+ 0": not by an index, for that is in another order.
fn about_grants(count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    let (texts, keys) = (parameters(5, count), parameters(5 + count, count));
    format!(
        " AND (g.grantee_key + 0 IN ({keys}) AND g.grantee IN ({texts}) \
         OR g.owner_key + 0 IN ({keys}) AND g.owner IN ({texts}))"
    )
}

/// Versions that began: grants created, timelocks extended.
fn begun_sql(about: usize, limit: u32) -> String {
    format!(
        "SELECT g.from_block, g.from_log, g.extended_at, g.created_at, {GRANT} FROM mirror_grants g \
         WHERE g.contract_id = {CONTRACT} AND (g.from_block, g.from_log) > ($2, $3) AND g.from_block <= $4{} \
         ORDER BY g.from_block, g.from_log LIMIT {limit}",
        about_grants(about)
    )
}

fn revoked_sql(about: usize, limit: u32) -> String {
    format!(
        "SELECT g.to_block, g.to_log, g.to_at, g.created_at, {GRANT} FROM mirror_grants g \
         WHERE g.contract_id = {CONTRACT} AND g.to_block IS NOT NULL AND (g.to_block, g.to_log) > ($2, $3) \
         AND g.to_block <= $4 AND g.state = 'revoked'{} ORDER BY g.to_block, g.to_log LIMIT {limit}",
        about_grants(about)
    )
}

/// Each with the word as it was before: of the versions that ended in that block, the last that began before it.
fn words_sql(about: usize, limit: u32) -> String {
    let by = match about {
        0 => String::new(),
        count => format!(" AND w.issuer IN ({})", parameters(5, count)),
    };
    format!(
        "SELECT w.from_block, w.from_log, w.at, w.issuer, w.list, w.purpose, w.word_index, w.word, \
         (SELECT p.word FROM mirror_words p WHERE p.contract_id = w.contract_id AND p.to_block = w.from_block \
         AND p.issuer = w.issuer AND p.list = w.list AND p.purpose = w.purpose AND p.word_index = w.word_index \
         AND (p.from_block, p.from_log) < (w.from_block, w.from_log) ORDER BY p.from_block DESC, p.from_log DESC LIMIT 1) \
         FROM mirror_words w WHERE w.contract_id = {CONTRACT} AND (w.from_block, w.from_log) > ($2, $3) \
         AND w.from_block <= $4{by} ORDER BY w.from_block, w.from_log LIMIT {limit}"
    )
}

fn grant(row: &AnyRow, contract: &Account, change: GrantChange, at: u64) -> Result<FeedEvent, MirrorError> {
    let what = FeedWhat::Grant {
        change,
        owner: account(row, 4, contract)?,
        grantee: account(row, 5, contract)?,
        data_id: parsed(row, 6, "data id")?,
        locked_until: number(row, 7, "time")?,
    };
    Ok(FeedEvent { position: position(row)?, at, what })
}

fn begun(row: &AnyRow, contract: &Account) -> Result<FeedEvent, MirrorError> {
    match optional_number(row, 2, "time")? {
        Some(extended_at) => grant(row, contract, GrantChange::Extended, extended_at),
        None => grant(row, contract, GrantChange::Created, number(row, 3, "time")?),
    }
}

fn revoked(row: &AnyRow, contract: &Account) -> Result<FeedEvent, MirrorError> {
    grant(row, contract, GrantChange::Revoked, number(row, 2, "time")?)
}

fn changed(row: &AnyRow, contract: &Account) -> Result<FeedEvent, MirrorError> {
    let malformed = || MirrorError::Malformed { what: "word" };
    let before: Option<&str> = row.try_get(8)?;
    let purpose = u8::try_from(number(row, 5, "word")?).ok().and_then(Purpose::from_code);
    let what = WordChange {
        issuer: account(row, 3, contract)?,
        list: u32::try_from(number(row, 4, "word")?).map_err(|_| malformed())?,
        purpose: purpose.ok_or_else(malformed)?,
        word_index: u16::try_from(number(row, 6, "word")?).map_err(|_| malformed())?,
        before: before.map_or(Ok(Word::default()), word)?,
        after: word(row.try_get(7)?)?,
    };
    Ok(FeedEvent { position: position(row)?, at: number(row, 2, "time")?, what: FeedWhat::Status(what) })
}

fn position(row: &AnyRow) -> Result<FeedPosition, MirrorError> {
    Ok(FeedPosition { block: number(row, 0, "block")?, log: number(row, 1, "log index")? })
}
