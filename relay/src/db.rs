//! The relay's database: SQLite or PostgreSQL, one table. What is committed is on the disk, so that a transaction which was sent is always known.

use std::time::Duration;

use idos_client::chain::Prepared;
use sqlx::{
    AnyConnection, AnyPool, Row as _,
    any::{AnyConnectOptions, AnyPoolOptions, AnyRow},
    migrate::Migrator,
};

use crate::{
    row::{Row, State},
    service::OpenError,
};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections: SQLite has one writer, and what is asked here is little.
const SQLITE_CONNECTIONS: u32 = 1;
const POSTGRES_CONNECTIONS: u32 = 4;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

const SQLITE_SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000; \
     PRAGMA temp_store = MEMORY";

/// PostgreSQL takes new calls one after the other by this lock, so that limits hold.
const ADMISSION_LOCK: i64 = 0x6964_6f73_0002;

/// An open database.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    pool: AnyPool,
    is_postgres: bool,
}

/// A failure of the database, for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("a stored {0} is malformed")]
    Corrupt(&'static str),
}

pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Any>;

const COLUMNS: &str = "digest, chain, owner, app, call, deadline, state, attempts, next_attempt_at, sent_transaction, sent_bytes, block, code, \
     message, created_at, updated_at";

impl Db {
    pub(crate) async fn open(url: &str) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let (is_postgres, url) = match url.split(':').next() {
            Some("sqlite") if !url.contains('?') => (false, format!("{url}?mode=rwc")),
            Some("postgres" | "postgresql") => (true, url.to_owned()),
            _ => return Err(OpenError::UnknownDatabase),
        };
        let options: AnyConnectOptions = url.parse().map_err(|_| OpenError::UnknownDatabase)?;
        let connections = if is_postgres { POSTGRES_CONNECTIONS } else { SQLITE_CONNECTIONS };
        let setup = if is_postgres { "" } else { SQLITE_SETUP };
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if !setup.is_empty() {
                        sqlx::raw_sql(setup).execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        let mut migrator = Migrator { migrations: MIGRATIONS.migrations.clone(), ..Migrator::DEFAULT };
        migrator.dangerous_set_table_name("relay_migrations");
        migrator.run(&pool).await?;
        Ok(Self { pool, is_postgres })
    }

    pub(crate) async fn is_alive(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction in which a call is taken: no other is taken beside it.
    pub(crate) async fn admission(&self) -> Result<Transaction, DbError> {
        if !self.is_postgres {
            return Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?);
        }
        let mut tx = self.pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(ADMISSION_LOCK).execute(&mut *tx).await?;
        Ok(tx)
    }

    /// A call by its digest.
    pub(crate) async fn get(&self, digest: &str) -> Result<Option<Row>, DbError> {
        get(&mut *self.pool.acquire().await?, digest).await
    }

    /// The call whose turn it is on a chain: what was sent before what was not, and else the oldest whose time has come.
    pub(crate) async fn next(&self, chain: &str, now: u64) -> Result<Option<Row>, DbError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM relay_submissions WHERE chain = $1 AND state IN ('queued', 'sent') AND \
             (state = 'sent' OR next_attempt_at <= $2) ORDER BY state DESC, created_at, digest LIMIT 1"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(chain)
            .bind(big(now))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Writes down how far a call is.
    pub(crate) async fn update(&self, row: &Row) -> Result<(), DbError> {
        let columns = Columns::of(&row.state);
        sqlx::query(
            "UPDATE relay_submissions SET state = $1, attempts = $2, next_attempt_at = $3, sent_transaction = $4, sent_bytes = $5, \
             block = $6, code = $7, message = $8, updated_at = $9 WHERE digest = $10",
        )
        .bind(row.state.name())
        .bind(big(row.attempts))
        .bind(big(row.next_attempt_at))
        .bind(columns.transaction)
        .bind(columns.bytes)
        .bind(columns.block)
        .bind(columns.code)
        .bind(columns.message)
        .bind(big(row.updated_at))
        .bind(row.digest.as_str())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Drops what was done or failed before `time`.
    pub(crate) async fn drop_before(&self, time: u64) -> Result<u64, DbError> {
        let dropped = sqlx::query(
            "DELETE FROM relay_submissions WHERE created_at < $1 AND state IN ('done', 'failed')",
        )
        .bind(big(time))
        .execute(&self.pool)
        .await?;
        Ok(dropped.rows_affected())
    }
}

/// A call by its digest.
pub(crate) async fn get(db: &mut AnyConnection, digest: &str) -> Result<Option<Row>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM relay_submissions WHERE digest = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(digest).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Adds a call.
pub(crate) async fn insert(db: &mut AnyConnection, row: &Row) -> Result<(), DbError> {
    let call = serde_json::to_string(&row.call).map_err(|_| DbError::Corrupt("call"))?;
    let columns = Columns::of(&row.state);
    let sql = format!(
        "INSERT INTO relay_submissions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(row.digest.as_str())
        .bind(row.chain.to_string())
        .bind(row.owner.to_string())
        .bind(row.app.as_str())
        .bind(call)
        .bind(row.deadline.map(big))
        .bind(row.state.name())
        .bind(big(row.attempts))
        .bind(big(row.next_attempt_at))
        .bind(columns.transaction)
        .bind(columns.bytes)
        .bind(columns.block)
        .bind(columns.code)
        .bind(columns.message)
        .bind(big(row.created_at))
        .bind(big(row.updated_at))
        .execute(db)
        .await?;
    Ok(())
}

/// What calls are counted by.
pub(crate) enum Of<'a> {
    Owner(&'a str),
    App(&'a str),
    Everybody,
}

/// Calls that were taken since a time.
pub(crate) async fn count_since(db: &mut AnyConnection, of: Of<'_>, since: u64) -> Result<u64, DbError> {
    let (sql, who) = match of {
        Of::Owner(owner) => (
            "SELECT CAST(COUNT(*) AS BIGINT) FROM relay_submissions WHERE created_at > $1 AND owner = $2",
            Some(owner),
        ),
        Of::App(app) => (
            "SELECT CAST(COUNT(*) AS BIGINT) FROM relay_submissions WHERE created_at > $1 AND app = $2",
            Some(app),
        ),
        Of::Everybody => {
            ("SELECT CAST(COUNT(*) AS BIGINT) FROM relay_submissions WHERE created_at > $1", None)
        }
    };
    let query = sqlx::query(sql).bind(big(since));
    let query = match who {
        Some(who) => query.bind(who),
        None => query,
    };
    number(&query.fetch_one(db).await?, 0)
}

/// Calls that wait for a chain.
pub(crate) async fn waiting(db: &mut AnyConnection, chain: &str) -> Result<u64, DbError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM relay_submissions WHERE chain = $1 AND state IN ('queued', 'sent')";
    number(&sqlx::query(sql).bind(chain).fetch_one(db).await?, 0)
}

/// The columns that a state has.
#[derive(Default)]
struct Columns {
    transaction: Option<String>,
    bytes: Option<String>,
    block: Option<i64>,
    code: Option<String>,
    message: Option<String>,
}

impl Columns {
    fn of(state: &State) -> Self {
        match state {
            State::Queued => Self::default(),
            State::Sent(prepared) => Self {
                transaction: Some(prepared.transaction.clone()),
                bytes: Some(hex::encode(&prepared.bytes)),
                ..Self::default()
            },
            State::Done { transaction, block } => {
                Self { transaction: Some(transaction.clone()), block: Some(big(*block)), ..Self::default() }
            }
            State::Failed { code, message, transaction } => Self {
                transaction: transaction.clone(),
                code: Some(code.clone()),
                message: Some(message.clone()),
                ..Self::default()
            },
        }
    }
}

fn read(row: &AnyRow) -> Result<Row, DbError> {
    let call: &str = row.try_get(4)?;
    let deadline: Option<i64> = row.try_get(5)?;
    let deadline = deadline.map(u64::try_from).transpose().map_err(|_| DbError::Corrupt("deadline"))?;
    Ok(Row {
        digest: row.try_get(0)?,
        chain: parsed(row, 1, "chain")?,
        owner: parsed(row, 2, "owner")?,
        app: row.try_get(3)?,
        call: serde_json::from_str(call).map_err(|_| DbError::Corrupt("call"))?,
        deadline,
        state: state(row)?,
        attempts: number(row, 7)?,
        next_attempt_at: number(row, 8)?,
        created_at: number(row, 14)?,
        updated_at: number(row, 15)?,
    })
}

fn state(row: &AnyRow) -> Result<State, DbError> {
    let name: &str = row.try_get(6)?;
    let transaction: Option<String> = row.try_get(9)?;
    let needed = || transaction.clone().ok_or(DbError::Corrupt("transaction"));
    Ok(match name {
        "queued" => State::Queued,
        "sent" => {
            let bytes: Option<&str> = row.try_get(10)?;
            let bytes =
                bytes.and_then(|bytes| hex::decode(bytes).ok()).ok_or(DbError::Corrupt("transaction"))?;
            State::Sent(Prepared { transaction: needed()?, bytes })
        }
        "done" => State::Done { transaction: needed()?, block: number(row, 11)? },
        "failed" => {
            let (code, message): (Option<String>, Option<String>) = (row.try_get(12)?, row.try_get(13)?);
            State::Failed {
                code: code.unwrap_or_default(),
                message: message.unwrap_or_default(),
                transaction,
            }
        }
        _ => return Err(DbError::Corrupt("state")),
    })
}

fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn number(row: &AnyRow, column: usize) -> Result<u64, DbError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| DbError::Corrupt("number"))
}

fn parsed<T: std::str::FromStr>(row: &AnyRow, column: usize, what: &'static str) -> Result<T, DbError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| DbError::Corrupt(what))
}
