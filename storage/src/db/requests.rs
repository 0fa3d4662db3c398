//! What consumers ask for, and what owners answered.

use std::str::FromStr;

use idos_api::requests::{Answer, AnswerKind, SignedRequest};
use idos_grants::{Account, Address, DataId};
use idos_wallets::Wallet;
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};
use uuid::Uuid;

use super::values::{big, number, optional, text};
use crate::error::ServiceError;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRequest {
    pub(crate) signed: SignedRequest,
    pub(crate) published_at: u64,
}

impl StoredRequest {
    /// Whether one of these wallets may answer it.
    pub(crate) fn is_to(&self, wallets: &[Wallet]) -> bool {
        let to = self.signed.request.to;
        to.is_none_or(|account| wallets.iter().any(|wallet| wallet.controls(&account)))
    }
}

const COLUMNS: &str = "r.request, r.published_at";

/// Adds a request.
pub(crate) async fn insert(db: &mut AnyConnection, row: &StoredRequest) -> Result<(), ServiceError> {
    let request = &row.signed.request;
    let json = serde_json::to_string(&row.signed)
        .map_err(|_| ServiceError::failed("a request cannot be written"))?;
    sqlx::query(
        "INSERT INTO store_requests (request_id, profile_id, to_account, to_address, request, published_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(request.id.to_string())
    .bind(request.profile_id.to_string())
    .bind(request.to.map(|account| account.to_string()))
    .bind(request.to.map(|account| address_text(&account.address())))
    .bind(json)
    .bind(big(row.published_at))
    .bind(big(request.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The one of that id.
pub(crate) async fn get(db: &mut AnyConnection, id: Uuid) -> Result<Option<StoredRequest>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM store_requests r WHERE r.request_id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(request).transpose()
}

/// The one of that id, if it is the profile's own. A stranger's is not even read, so that it takes as long as one that is missing.
pub(crate) async fn own(
    db: &mut AnyConnection,
    profile: Uuid,
    id: Uuid,
) -> Result<Option<StoredRequest>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM store_requests r WHERE r.request_id = $1 AND r.profile_id = $2");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).bind(profile.to_string());
    query.fetch_optional(db).await?.as_ref().map(request).transpose()
}

/// The one of that id, if it is the profile's own, or to one of its wallets, or to nobody in particular. The same holds for a stranger's.
pub(crate) async fn shown_to(
    db: &mut AnyConnection,
    profile: Uuid,
    wallets: &[Wallet],
    id: Uuid,
) -> Result<Option<StoredRequest>, ServiceError> {
    let addresses = addresses(wallets);
    let places = (3..3 + addresses.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {COLUMNS} FROM store_requests r WHERE r.request_id = $1 \
         AND (r.profile_id = $2 OR r.to_address IS NULL OR r.to_address IN ({places}))"
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).bind(profile.to_string());
    for address in &addresses {
        query = query.bind(address_text(address));
    }
    let found = query.fetch_optional(db).await?.as_ref().map(request).transpose()?;
    // An address may be somebody else's on another chain.
    Ok(found.filter(|found| found.signed.request.profile_id == profile || found.is_to(wallets)))
}

/// Each address of the wallets once.
pub(crate) fn addresses(wallets: &[Wallet]) -> Vec<Address> {
    let mut addresses: Vec<_> = wallets.iter().flat_map(Wallet::addresses).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Removes a request and its answers.
pub(crate) async fn delete(db: &mut AnyConnection, id: Uuid) -> Result<(), ServiceError> {
    for table in ["store_answers", "store_requests"] {
        let sql = format!("DELETE FROM {table} WHERE request_id = $1");
        sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Removes the ones that have expired, with their answers.
pub(crate) async fn delete_expired(db: &mut AnyConnection, now: u64) -> Result<u64, ServiceError> {
    sqlx::query(
        "DELETE FROM store_answers WHERE request_id IN (SELECT request_id FROM store_requests WHERE expires_at <= $1)",
    )
    .bind(big(now))
    .execute(&mut *db)
    .await?;
    let done =
        sqlx::query("DELETE FROM store_requests WHERE expires_at <= $1").bind(big(now)).execute(db).await?;
    Ok(done.rows_affected())
}

/// How many requests of a profile are open at `now`: all, and those to `to`.
pub(crate) async fn count_open(
    db: &mut AnyConnection,
    profile: Uuid,
    to: Option<&Account>,
    now: u64,
) -> Result<(u64, u64), ServiceError> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN to_address = $3 THEN 1 ELSE 0 END), 0) AS BIGINT) \
         FROM store_requests WHERE profile_id = $1 AND expires_at > $2",
    )
    .bind(profile.to_string())
    .bind(big(now))
    .bind(to.map(|account| address_text(&account.address())))
    .fetch_one(db)
    .await?;
    Ok((number(&row, 0)?, number(&row, 1)?))
}

/// A profile's own that are open at `now`, newest first.
pub(crate) async fn of_profile(
    db: &mut AnyConnection,
    profile: Uuid,
    before: Option<RequestCursor>,
    now: u64,
    limit: u32,
) -> Result<Vec<StoredRequest>, ServiceError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM store_requests r WHERE r.profile_id = $1 AND r.expires_at > $2 \
         AND (r.published_at, r.request_id) < ($3, $4) ORDER BY r.published_at DESC, r.request_id DESC LIMIT $5"
    );
    let (time, id) = place(before);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(profile.to_string())
        .bind(big(now))
        .bind(time)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await?;
    rows.iter().map(request).collect()
}

/// Those to one of `addresses`, on whichever chain, that are open at `now` and that `profile` has not answered, newest first.
pub(crate) async fn addressed(
    db: &mut AnyConnection,
    profile: Uuid,
    addresses: &[Address],
    before: Option<RequestCursor>,
    now: u64,
    limit: u32,
) -> Result<Vec<StoredRequest>, ServiceError> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    // Each address by itself, so that each is read from the index, the newest first.
    let each = (6..6 + addresses.len()).map(|n| {
        format!(
            "SELECT * FROM (SELECT {COLUMNS}, r.request_id FROM store_requests r WHERE r.to_address = ${n} \
             AND r.expires_at > $2 AND (r.published_at, r.request_id) < ($3, $4) AND NOT EXISTS \
             (SELECT 1 FROM store_answers a WHERE a.request_id = r.request_id AND a.profile_id = $1) \
             ORDER BY r.published_at DESC, r.request_id DESC LIMIT $5) AS of_{n}"
        )
    });
    let each = each.collect::<Vec<_>>().join(" UNION ALL ");
    let (time, id) = place(before);
    let mut query =
        sqlx::query(AssertSqlSafe(format!("{each} ORDER BY published_at DESC, request_id DESC LIMIT $5")))
            .bind(profile.to_string())
            .bind(big(now))
            .bind(time)
            .bind(id)
            .bind(i64::from(limit));
    for address in addresses {
        query = query.bind(address_text(address));
    }
    query.fetch_all(db).await?.iter().map(request).collect()
}

/// What a profile answered.
pub(crate) async fn answer_of(
    db: &mut AnyConnection,
    id: Uuid,
    profile: Uuid,
) -> Result<Option<Answer>, ServiceError> {
    let row = sqlx::query(
        "SELECT kind, data_id, answered_at FROM store_answers WHERE request_id = $1 AND profile_id = $2",
    )
    .bind(id.to_string())
    .bind(profile.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(answer).transpose()
}

/// Puts a profile's answer, in the place of the one before.
pub(crate) async fn put_answer(
    db: &mut AnyConnection,
    id: Uuid,
    profile: Uuid,
    answer: &Answer,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO store_answers (request_id, profile_id, answer_no, kind, data_id, answered_at) \
         SELECT $1, $2, COALESCE(MAX(answer_no), 0) + 1, $3, $4, $5 FROM store_answers WHERE request_id = $1 \
         ON CONFLICT (request_id, profile_id) DO UPDATE SET answer_no = excluded.answer_no, kind = excluded.kind, \
         data_id = excluded.data_id, answered_at = excluded.answered_at",
    )
    .bind(id.to_string())
    .bind(profile.to_string())
    .bind(kind_text(answer.kind))
    .bind(answer.data_id.map(|id| id.to_string()))
    .bind(big(answer.answered_at))
    .execute(db)
    .await?;
    Ok(())
}

/// How many accepted a request, and how many declined.
pub(crate) async fn count_answers(db: &mut AnyConnection, id: Uuid) -> Result<(u64, u64), ServiceError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'accepted' THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN kind = 'declined' THEN 1 ELSE 0 END), 0) AS BIGINT) \
         FROM store_answers WHERE request_id = $1",
    )
    .bind(id.to_string())
    .fetch_one(db)
    .await?;
    Ok((number(&row, 0)?, number(&row, 1)?))
}

/// A request's answers, newest first, each with its number.
pub(crate) async fn answers(
    db: &mut AnyConnection,
    id: Uuid,
    before: Option<AnswerCursor>,
    limit: u32,
) -> Result<Vec<(AnswerCursor, Answer)>, ServiceError> {
    let rows = sqlx::query(
        "SELECT kind, data_id, answered_at, answer_no FROM store_answers WHERE request_id = $1 AND answer_no < $2 \
         ORDER BY answer_no DESC LIMIT $3",
    )
    .bind(id.to_string())
    .bind(before.map_or(i64::MAX, |cursor| i64::from(cursor.0)))
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    let number_of = |row: &AnyRow| {
        let number: i64 = row.try_get(3)?;
        u32::try_from(number).map(AnswerCursor).map_err(|_| ServiceError::corrupt("answer number"))
    };
    rows.iter().map(|row| Ok((number_of(row)?, answer(row)?))).collect()
}

/// Where a page of requests ends; in text `time-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestCursor {
    published_at: u64,
    id: Uuid,
}

impl RequestCursor {
    pub(crate) fn after(row: &StoredRequest) -> Self {
        Self { published_at: row.published_at, id: row.signed.request.id }
    }
}

impl std::fmt::Display for RequestCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.published_at, self.id)
    }
}

impl FromStr for RequestCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (time, id) = text.split_once('-').ok_or_else(not_a_cursor)?;
        let published_at = time.parse::<u32>().map_err(|_| not_a_cursor())?.into();
        Ok(Self { published_at, id: id.parse().map_err(|_| not_a_cursor())? })
    }
}

/// Where a page of answers ends. It names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnswerCursor(u32);

impl std::fmt::Display for AnswerCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for AnswerCursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| not_a_cursor())
    }
}

fn not_a_cursor() -> ServiceError {
    ServiceError::malformed("not a cursor of this list: begin without one")
}

fn place(before: Option<RequestCursor>) -> (i64, String) {
    before.map_or((i64::MAX, String::new()), |cursor| (big(cursor.published_at), cursor.id.to_string()))
}

/// The address with its family of chains, but no chain.
fn address_text(address: &Address) -> String {
    format!("{}:{address}", address.namespace())
}

fn kind_text(kind: AnswerKind) -> &'static str {
    match kind {
        AnswerKind::Accepted => "accepted",
        AnswerKind::Declined => "declined",
    }
}

fn request(row: &AnyRow) -> Result<StoredRequest, ServiceError> {
    let signed = serde_json::from_str(&text(row, 0)?).map_err(|_| ServiceError::corrupt("request"))?;
    Ok(StoredRequest { signed, published_at: number(row, 1)? })
}

fn answer(row: &AnyRow) -> Result<Answer, ServiceError> {
    let kind = match text(row, 0)?.as_str() {
        "accepted" => AnswerKind::Accepted,
        "declined" => AnswerKind::Declined,
        _ => return Err(ServiceError::corrupt("answer")),
    };
    Ok(Answer { kind, data_id: optional::<DataId>(row, 1, "data id")?, answered_at: number(row, 2)? })
}
