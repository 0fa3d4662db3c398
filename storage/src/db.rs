//! The database: SQLite or PostgreSQL, one schema. An entity's statements are in the file of its name.

pub(crate) mod audit;
mod bulk;
pub(crate) mod credentials;
pub(crate) mod garbage;
pub(crate) mod generation;
pub(crate) mod issuances;
pub(crate) mod nonces;
pub(crate) mod past_key_statements;
pub(crate) mod profile_consents;
pub(crate) mod profile_receipts;
pub(crate) mod profiles;
pub(crate) mod purges;
pub(crate) mod readers;
pub(crate) mod receipts;
pub(crate) mod requests;
pub(crate) mod rescissions;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod uploads;
pub(crate) mod usage;
mod values;
pub(crate) mod wallets;
pub(crate) mod write_grants;

use std::time::Duration;

use sqlx::{
    AnyConnection, AnyPool, Connection, Row,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::Migrator,
    pool::PoolConnection,
};

use crate::{error::ServiceError, vault::OpenError};

pub(crate) use audit::{ChainEnd, LogCursor, LogRow};
pub(crate) use credentials::{CredentialCursor, StoredCredential};
pub(crate) use issuances::{IssuanceCursor, IssuerGrant, StoredIssuance};
pub(crate) use past_key_statements::KeyStatementCursor;
pub(crate) use profile_consents::ProfileConsentRow;
pub(crate) use profile_receipts::ProfileReceiptRow;
pub(crate) use readers::{Reader, ReaderRow, period_of};
pub(crate) use receipts::{Receipt, ReceiptCursor};
pub(crate) use requests::{AnswerCursor, RequestCursor, StoredRequest};
pub(crate) use rescissions::Rescission;
pub(crate) use sessions::StoredSession;
pub(crate) use uploads::StagedUpload;
pub(crate) use usage::{UsageKey, Used};

/// The entities.
pub(crate) mod table {
    pub(crate) use super::{
        audit, credentials, garbage, generation, issuances, nonces, profiles, readers, receipts, requests,
        rescissions, sessions, signing_keys, uploads, usage, wallets, write_grants,
    };
    pub(crate) use super::{past_key_statements, profile_consents, profile_receipts};
}

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections that read. A SQLite reader is a thread.
const READERS: u32 = 8;

/// Connections that write to PostgreSQL. SQLite has one writer.
const POSTGRES_WRITERS: u32 = 8;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// A commit is on the disk before it is answered (`synchronous = FULL`), and what is deleted is overwritten (`secure_delete`).
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768";

const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY";

/// PostgreSQL orders commands by this lock, as SQLite does by having one writer.
const COMMAND_LOCK: i64 = 0x6964_6f73_0001;

/// A larger SQLite database is not rewritten by [`Db::purge`], but by [`Db::rewrite`] in housekeeping.
const REWRITE_AT_ONCE_BYTES: i64 = 64 * 1024 * 1024;

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

    /// Opens an existing database for reading only, beside the node that writes it. Its schema must be up to date.
    pub(crate) async fn open_to_read(url: &str) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let (kind, _) = kind_of(url)?;
        let (url, setup) = match kind {
            Kind::Sqlite => (format!("{url}?mode=rw"), SQLITE_READER),
            Kind::Postgres => (url.to_owned(), "SET default_transaction_read_only = on"),
        };
        let options: AnyConnectOptions = url.parse().map_err(|_| OpenError::UnknownDatabase)?;
        let reader = connect(&options, 1, setup).await?;
        Ok(Self { kind, writer: reader.clone(), reader })
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

    /// A transaction that only adds rows which no command reads, or removes ones that no longer count.
    pub(crate) async fn begin(&self) -> Result<Transaction, ServiceError> {
        Ok(match self.kind {
            Kind::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => self.writer.begin().await?,
        })
    }

    /// Whether another process may write to the database, so that what is kept in memory must be checked against it.
    pub(crate) fn is_shared(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// Sees that nothing of deleted rows is left in the database's files. On SQLite the write-ahead log is emptied, and the file rewritten
    /// while it is small: `secure_delete` zeroes a deleted row, but not the traces that rows leave in a page when it is rearranged.
    /// On PostgreSQL that is the operator's `VACUUM` and WAL retention.
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

/// The store and the mirror may share a PostgreSQL database; each keeps its own list of migrations.
fn migrator() -> Migrator {
    let mut migrator = Migrator { migrations: MIGRATIONS.migrations.clone(), ..Migrator::DEFAULT };
    migrator.dangerous_set_table_name("store_migrations");
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
    use idos_grants::DataId;
    use idos_keys::EncryptionKey;
    use sha2::{Digest, Sha256};
    use uuid::Uuid;

    use super::*;

    fn credential(n: u32) -> StoredCredential {
        let digest: [u8; 32] = Sha256::digest(n.to_be_bytes()).into();
        let length = usize::from(digest[0]) * 4;
        StoredCredential {
            data_id: DataId(digest),
            profile_id: Uuid::nil(),
            stored_by: Uuid::nil(),
            original: None,
            blob: hex::encode(&digest[..16]).parse().unwrap(),
            size: 1,
            content_sha256: String::new(),
            sender_key: EncryptionKey::from_bytes([9; 32]).unwrap(),
            recipient_key: EncryptionKey::from_bytes([9; 32]).unwrap(),
            public_notes: format!("MARKER-{n:05}-{}", "x".repeat(length)),
            notes_signature: String::new(),
            issuer: String::new(),
            created_at: u64::from(n),
            shared_with: None,
        }
    }

    /// So many rows that SQLite rearranges its pages, whose traces `secure_delete` alone leaves behind.
    #[tokio::test]
    async fn a_purge_leaves_no_trace_of_deleted_rows() {
        const ROWS: u32 = 3000;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for n in 0..ROWS {
            credentials::insert(&mut tx, &credential(n)).await.unwrap();
        }
        tx.commit().await.unwrap();
        // In the order of their ids, which is none in the table.
        let mut deleted: Vec<_> = (0..ROWS).filter(|n| n % 6 != 0).collect();
        deleted.sort_by_key(|n| credential(*n).data_id);
        let mut tx = db.begin().await.unwrap();
        for n in &deleted {
            credentials::delete(&mut tx, credential(*n).data_id).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.purge().await.unwrap();

        let file = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&file);
        for n in 0..ROWS {
            assert_eq!(text.contains(&format!("MARKER-{n:05}-")), n % 6 == 0, "{n}");
        }
        assert_eq!(std::fs::metadata(path.with_extension("db-wal")).unwrap().len(), 0);
    }

    #[test]
    fn only_the_two_databases_are_taken() {
        for url in ["", "store.db", "mysql://localhost/x", "sqlite:x?mode=ro"] {
            assert!(kind_of(url).is_err(), "{url}");
        }
        assert!(kind_of("sqlite:store.db").is_ok());
        assert!(kind_of("postgres://localhost/idos").is_ok());
    }
}
