//! The database: SQLite or PostgreSQL, one schema. An entity's statements are in the file of its name.

pub(crate) mod audit;
pub(crate) mod holdings;
pub(crate) mod nonces;
pub(crate) mod refusals;
pub(crate) mod shares;
mod values;
pub(crate) mod wallets;

use std::time::Duration;

use sqlx::{
    AnyConnection, AnyPool, Connection, Row,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::Migrator,
    pool::PoolConnection,
};

use crate::{error::ServiceError, node::OpenError};

pub(crate) use holdings::HoldingKey;
pub(crate) use shares::StoredShare;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections that read. A SQLite reader is a thread.
const READERS: u32 = 4;

/// Connections that write to PostgreSQL. SQLite has one writer.
const POSTGRES_WRITERS: u32 = 8;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// A commit is on the disk before it is answered (`synchronous = FULL`), and what is deleted is overwritten (`secure_delete`).
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192";

const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY";

/// PostgreSQL orders commands by this lock, as SQLite does by having one writer.
const COMMAND_LOCK: i64 = 0x6964_6f73_0002;

/// A larger SQLite database is not rewritten by [`Db::purge`], but by [`Db::rewrite`] in housekeeping.
const REWRITE_AT_ONCE_BYTES: i64 = 16 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Db {
    kind: Kind,
    writer: AnyPool,
    reader: AnyPool,
}

/// A transaction that no other command runs beside.
pub(crate) type Transaction = sqlx::Transaction<'static, sqlx::Any>;

impl Db {
    /// Opens the database and brings its schema up to date.
    pub(crate) async fn open(url: &str) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let (kind, url) = kind_of(url)?;
        let options: AnyConnectOptions = url.parse().map_err(|_| OpenError::UnknownDatabase)?;
        let (writers, write, read) = match kind {
            Kind::Sqlite => (1, SQLITE_WRITER, SQLITE_READER),
            Kind::Postgres => (POSTGRES_WRITERS, "", "SET default_transaction_read_only = on"),
        };
        let writer = connect(&options, writers, write).await?;
        migrator().run(&writer).await?;
        let reader = connect(&options, READERS, read).await?;
        Ok(Self { kind, writer, reader })
    }

    /// A connection that only reads.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<sqlx::Any>, ServiceError> {
        Ok(self.reader.acquire().await?)
    }

    /// The transaction of a command: commands are applied one after the other.
    pub(crate) async fn command(&self) -> Result<Transaction, ServiceError> {
        let mut tx = self.begin().await?;
        if self.kind == Kind::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(COMMAND_LOCK).execute(&mut *tx).await?;
        }
        Ok(tx)
    }

    /// A transaction that only removes rows which no longer count.
    pub(crate) async fn begin(&self) -> Result<Transaction, ServiceError> {
        Ok(match self.kind {
            Kind::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => self.writer.begin().await?,
        })
    }

    /// Sees that nothing of deleted rows is left in the database's files. On SQLite the write-ahead log is emptied, and the file rewritten
    /// while it is small. On PostgreSQL that is the operator's `VACUUM` and WAL retention.
    pub(crate) async fn purge(&self) -> Result<(), ServiceError> {
        if self.kind == Kind::Postgres {
            return Ok(());
        }
        let mut connection = self.writer.acquire().await?;
        if size(&mut connection).await? <= REWRITE_AT_ONCE_BYTES {
            sqlx::query("VACUUM").execute(&mut *connection).await?;
        }
        truncate_log(&mut connection).await
    }

    /// Rewrites a SQLite file of any size: whatever deleted rows left in it is gone.
    pub(crate) async fn rewrite(&self) -> Result<(), ServiceError> {
        if self.kind == Kind::Postgres {
            return Ok(());
        }
        let mut connection = self.writer.acquire().await?;
        sqlx::query("VACUUM").execute(&mut *connection).await?;
        truncate_log(&mut connection).await
    }

    /// Whether the database answers.
    pub(crate) async fn is_alive(&self) -> bool {
        match self.reader.acquire().await {
            Ok(mut connection) => connection.ping().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Waits until every connection is closed.
    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Other parts of the house may share a PostgreSQL database; each keeps its own list of migrations.
fn migrator() -> Migrator {
    let mut migrator = Migrator { migrations: MIGRATIONS.migrations.clone(), ..Migrator::DEFAULT };
    migrator.dangerous_set_table_name("mpc_migrations");
    migrator
}

fn kind_of(url: &str) -> Result<(Kind, String), OpenError> {
    match url.split(':').next() {
        Some("sqlite") if !url.contains('?') => Ok((Kind::Sqlite, format!("{url}?mode=rwc"))),
        Some("postgres" | "postgresql") => Ok((Kind::Postgres, url.to_owned())),
        _ => Err(OpenError::UnknownDatabase),
    }
}

async fn connect(options: &AnyConnectOptions, max: u32, setup: &'static str) -> Result<AnyPool, OpenError> {
    let pool = AnyPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A ping before each use would double the cost of a short read.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if !setup.is_empty() {
                    sqlx::raw_sql(setup).execute(connection).await?;
                }
                Ok(())
            })
        });
    Ok(pool.connect_with(options.clone()).await?)
}

async fn size(connection: &mut AnyConnection) -> Result<i64, ServiceError> {
    let pages: i64 = sqlx::query("PRAGMA page_count").fetch_one(&mut *connection).await?.try_get(0)?;
    let bytes: i64 = sqlx::query("PRAGMA page_size").fetch_one(connection).await?.try_get(0)?;
    Ok(pages * bytes)
}

/// Readers hold an old state for the length of one statement only, and SQLite waits for them.
async fn truncate_log(connection: &mut AnyConnection) -> Result<(), ServiceError> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    let busy: i64 = row.try_get(0)?;
    if busy == 0 { Ok(()) } else { Err(ServiceError::Busy) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_databases_are_taken() {
        for url in ["", "mpc.db", "mysql://localhost/x", "sqlite:x?mode=ro"] {
            assert!(kind_of(url).is_err(), "{url}");
        }
        assert!(kind_of("sqlite:mpc.db").is_ok());
        assert!(kind_of("postgres://localhost/idos").is_ok());
    }
}
