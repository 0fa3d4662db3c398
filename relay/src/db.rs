//! The relay's database: SQLite or PostgreSQL, a row a call. What is committed is on the disk, so that a transaction which was sent is always known.

use idos_client::chain::Prepared;
use idos_database::{Database, DatabaseError, OpenError, Settings, Transaction};
use sqlx::{AnyConnection, AnyPool, Row as _, any::AnyRow, migrate::Migrator};

use crate::row::{Row, State};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// What is asked here is little: who writes reads, too. New calls are commands, one after the other, so that limits hold.
const SETTINGS: Settings = Settings {
    readers: 0,
    postgres_writers: 4,
    ..Settings::new(&MIGRATIONS, "relay_migrations", 0x6964_6f73_0003)
};

/// An open database.
#[derive(Debug, Clone)]
pub(crate) struct Db(Database);

/// A failure of the database, for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("a stored {0} is malformed")]
    Corrupt(&'static str),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

const COLUMNS: &str = "digest, chain, owner, app, call, deadline, state, attempts, next_attempt_at, sent_transaction, sent_bytes, block, code, \
     message, created_at, updated_at";

/// Opens an existing database for reading only, beside the relay that writes it.
pub(crate) async fn open_to_read(url: &str) -> Result<Database, OpenError> {
    Database::open_to_read(url, SETTINGS).await
}

impl Db {
    /// Opens the database and brings its schema up to date. A SQLite file may grow to so many bytes.
    pub(crate) async fn open(url: &str, sqlite_bytes_max: Option<u64>) -> Result<Self, OpenError> {
        Ok(Self(Database::open(url, Settings { sqlite_bytes_max, ..SETTINGS }).await?))
    }

    fn pool(&self) -> &AnyPool {
        self.0.writers()
    }

    /// Sees that nothing of what was taken out of rows is left in the database's files.
    pub(crate) async fn purge(&self) -> Result<(), DbError> {
        Ok(self.0.purge().await?)
    }

    pub(crate) async fn is_alive(&self) -> bool {
        self.0.is_alive().await
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    /// A transaction in which a call is taken: no other is taken beside it.
    pub(crate) async fn admission(&self) -> Result<Transaction, DbError> {
        Ok(self.0.command().await?)
    }

    /// A call by its digest.
    pub(crate) async fn get(&self, digest: &str) -> Result<Option<Row>, DbError> {
        get(&mut *self.pool().acquire().await?, digest).await
    }

    /// Whether `app` is told what becomes of a call: it was taken for it, or it brought it, too.
    pub(crate) async fn is_told(&self, row: &Row, app: &str) -> Result<bool, DbError> {
        if row.app == app {
            return Ok(true);
        }
        let found = sqlx::query("SELECT 1 FROM relay_followers WHERE digest = $1 AND app = $2")
            .bind(row.digest.as_str())
            .bind(app)
            .fetch_optional(self.pool())
            .await?;
        Ok(found.is_some())
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
            .fetch_optional(self.pool())
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
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Drops what was done or failed and was taken before `time`; before `nobodys`, if nobody is left who may ask for it.
    pub(crate) async fn drop_before(&self, time: u64, nobodys: u64) -> Result<u64, DbError> {
        let dropped = sqlx::query(
            "DELETE FROM relay_submissions WHERE state IN ('done', 'failed') AND (created_at < $1 OR \
             (created_at < $2 AND app = '' AND digest NOT IN (SELECT digest FROM relay_followers)))",
        )
        .bind(big(time))
        .bind(big(nobodys))
        .execute(self.pool())
        .await?;
        sqlx::query("DELETE FROM relay_followers WHERE digest NOT IN (SELECT digest FROM relay_submissions)")
            .execute(self.pool())
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

/// From now on `app` is told what becomes of a call that was taken for another.
pub(crate) async fn follow(db: &mut AnyConnection, digest: &str, app: &str) -> Result<(), DbError> {
    sqlx::query("INSERT INTO relay_followers (digest, app) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(digest)
        .bind(app)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes an app out of every row. No app's name is empty: what was taken for it is nobody's.
pub(crate) async fn forget(db: &mut AnyConnection, app: &str) -> Result<(), DbError> {
    for statement in
        ["DELETE FROM relay_followers WHERE app = $1", "UPDATE relay_submissions SET app = '' WHERE app = $1"]
    {
        sqlx::query(statement).bind(app).execute(&mut *db).await?;
    }
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

pub(crate) fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn number(row: &AnyRow, column: usize) -> Result<u64, DbError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| DbError::Corrupt("number"))
}

fn parsed<T: std::str::FromStr>(row: &AnyRow, column: usize, what: &'static str) -> Result<T, DbError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| DbError::Corrupt(what))
}
