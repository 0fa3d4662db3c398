//! Opening the mirror's database.

use std::{path::Path, time::Duration};

use idos_database::{Database, Durability, OpenError, Settings, sqlite_url};
use sqlx::migrate::Migrator;

use crate::{error::MirrorError, reader::MirrorReader, writer::MirrorWriter};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const SETTINGS: Settings = Settings {
    // Durability gives way to speed here, and only here: the mirror is derived, and a commit that a power cut takes back is fetched again,
    // because the cursor goes with it.
    durability: Durability::Derived,
    readers: 8,
    // One for each contract that is being followed, most of the time idle.
    postgres_writers: 4,
    // The writer looks rows up by their keys, many in one statement. A plan made while the table was small must not read the whole table for
    // each of them once it has grown.
    postgres_writer_setup: "SET enable_seqscan = off",
    sqlite_cache_kib: 32 * 1024,
    acquire_timeout: Duration::from_secs(30),
    is_tested_before_use: true,
    // No commands are ordered: batches are told apart by where they begin.
    ..Settings::new(&MIGRATIONS, "mirror_migrations", 0x6964_6f73_0004)
};

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
        let database = Database::open(url, SETTINGS).await?;
        let writer = MirrorWriter::new(database.writers().clone());
        Ok(Self { reader: MirrorReader::new(&database), writer })
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
        Ok(Self::new(&Database::open_to_read(url, SETTINGS).await?))
    }
}

impl From<OpenError> for MirrorError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UnknownDatabase { url } => Self::UnknownDatabase { url },
            OpenError::Database(error) => Self::Database(error),
            OpenError::Schema(error) => Self::Schema(error),
        }
    }
}
