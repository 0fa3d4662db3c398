//! Opening the mirror's database.

use std::{path::Path, str::FromStr};

use sqlx::{
    AnyPool,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::Migrator,
};

use crate::{error::MirrorError, reader::MirrorReader, writer::MirrorWriter};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections that read. A SQLite reader is a thread.
const READERS: u32 = 8;

/// Connections that write to PostgreSQL: one for each contract that is being followed, most of the time idle.
const POSTGRES_WRITERS: u32 = 4;

/// Durability gives way to speed here, and only here: the mirror is derived, and a commit that a power cut takes back
/// is fetched again, because the cursor goes with it. Write-ahead logging alone keeps the file whole.
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000; \
     PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; \
     PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864";

/// The writer looks rows up by their keys, many in one statement. A plan made while the table was small must not read the whole table for
/// each of them once it has grown.
const POSTGRES_WRITER: &str = "SET enable_seqscan = off";

const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF";

/// An open mirror.
#[derive(Debug, Clone)]
pub struct Mirror {
    reader: MirrorReader,
    writer: MirrorWriter,
}

impl Mirror {
    /// Opens the mirror at `sqlite:<path>` or `postgres://…`, and brings its schema up to date. One process at a time
    /// may write to a mirror; a second one is refused batch by batch ([`MirrorError::Moved`]).
    pub async fn open(url: &str) -> Result<Self, MirrorError> {
        let database = Database::from_str(url)?;
        let writer = database.connect(Use::Write).await?;
        migrator().run(&writer).await?;
        let reader = database.connect(Use::Read).await?;
        Ok(Self { reader: MirrorReader::new(reader), writer: MirrorWriter::new(writer) })
    }

    /// The same, in a SQLite file, which is made if it is missing.
    pub async fn open_path(path: &Path) -> Result<Self, MirrorError> {
        Self::open(&sqlite_url(path)).await
    }

    /// Reads; cheap to clone.
    pub fn reader(&self) -> MirrorReader {
        self.reader.clone()
    }

    /// Writes; for the indexer.
    pub fn writer(&self) -> MirrorWriter {
        self.writer.clone()
    }

    /// Waits until every connection is closed.
    pub async fn close(&self) {
        self.reader.pool().close().await;
        self.writer.pool().close().await;
    }
}

impl MirrorReader {
    /// Opens a mirror that another process writes.
    pub async fn open(url: &str) -> Result<Self, MirrorError> {
        Ok(Self::new(Database::from_str(url)?.connect(Use::Read).await?))
    }
}

/// The store may keep its own tables, and its own list of migrations, in the same PostgreSQL database.
fn migrator() -> Migrator {
    let mut migrator = Migrator { migrations: MIGRATIONS.migrations.clone(), ..Migrator::DEFAULT };
    migrator.dangerous_set_table_name("mirror_migrations");
    migrator
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

struct Database {
    kind: Kind,
    options: AnyConnectOptions,
}

impl FromStr for Database {
    type Err = MirrorError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let scheme = url.split(':').next().unwrap_or_default();
        let unknown = || MirrorError::UnknownDatabase { url: format!("{scheme}:…") };
        let (kind, url) = match scheme {
            "sqlite" if !url.contains('?') => (Kind::Sqlite, format!("{url}?mode=rwc")),
            "postgres" | "postgresql" => (Kind::Postgres, url.to_owned()),
            _ => return Err(unknown()),
        };
        Ok(Self { kind, options: url.parse().map_err(|_| unknown())? })
    }
}

impl Database {
    async fn connect(&self, purpose: Use) -> Result<AnyPool, MirrorError> {
        sqlx::any::install_default_drivers();
        let (setup, connections) = match (self.kind, purpose) {
            (Kind::Sqlite, Use::Write) => (SQLITE_WRITER, 1),
            (Kind::Sqlite, Use::Read) => (SQLITE_READER, READERS),
            (Kind::Postgres, Use::Write) => (POSTGRES_WRITER, POSTGRES_WRITERS),
            (Kind::Postgres, Use::Read) => ("SET default_transaction_read_only = on", READERS),
        };
        let pool = AnyPoolOptions::new().max_connections(connections).after_connect(move |connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(setup).execute(connection).await?;
                Ok(())
            })
        });
        Ok(pool.connect_with(self.options.clone()).await?)
    }
}

/// Escapes what has a meaning in a URL.
fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                url.push(char::from(*byte))
            }
            other => url.push_str(&format!("%{other:02x}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_databases_are_taken_and_no_password_is_repeated() {
        for url in ["", "mirror.db", "mysql://root:secret@localhost/x", "sqlite:x?mode=ro"] {
            let error = url.parse::<Database>().err().map(|error| error.to_string());
            assert!(error.is_some_and(|text| !text.contains("secret")), "{url}");
        }
        assert!("sqlite:mirror.db".parse::<Database>().is_ok());
        assert!("postgres://localhost/idos".parse::<Database>().is_ok());
    }

    #[test]
    fn a_path_is_escaped() {
        assert_eq!(sqlite_url(Path::new("/data dir/50%?.db")), "sqlite:/data%20dir/50%25%3f.db");
    }
}
