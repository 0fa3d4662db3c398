//! An open database.

use sqlx::{AnyPool, Connection, migrate::Migrator, pool::PoolConnection};

use crate::{
    connections,
    error::{DatabaseError, OpenError},
    location::{Kind, Location},
    settings::Settings,
    traces,
};

/// A transaction.
pub type Transaction = sqlx::Transaction<'static, sqlx::Any>;

/// Connections that write, and connections that read. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    kind: Kind,
    settings: Settings,
    writer: AnyPool,
    reader: AnyPool,
}

impl Database {
    /// Opens the database at `sqlite:<path>` or `postgres://…` and brings its schema up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(url: &str, settings: Settings) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let location: Location = url.parse()?;
        let (kind, options) = (location.kind(), location.options()?);
        let writer = connections::writers(kind, &options, &settings).await?;
        migrator(&settings).run(&writer).await?;
        let reader = match settings.readers {
            0 => writer.clone(),
            readers => connections::readers(kind, &options, readers, &settings).await?,
        };
        Ok(Self { kind, settings, writer, reader })
    }

    /// Opens for reading only what another process writes and brings up to date. A SQLite file must be there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_to_read(url: &str, settings: Settings) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let location: Location = url.parse()?;
        let (kind, options) = (location.kind(), location.options_of_present()?);
        let reader = connections::readers(kind, &options, settings.readers.max(1), &settings).await?;
        Ok(Self { kind, settings, writer: reader.clone(), reader })
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether another process may write to the database, so that what is kept in memory must be checked against it.
    pub fn is_shared(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// The connections that write.
    pub fn writers(&self) -> &AnyPool {
        &self.writer
    }

    /// The connections that read.
    pub fn readers(&self) -> &AnyPool {
        &self.reader
    }

    /// A connection that only reads.
    ///
    /// # Errors
    /// [`DatabaseError::Busy`] if none is free in time.
    pub async fn reader(&self) -> Result<PoolConnection<sqlx::Any>, DatabaseError> {
        Ok(self.reader.acquire().await?)
    }

    /// A transaction that may run beside a command: it only adds rows which no command reads, or removes ones that no longer count.
    ///
    /// # Errors
    /// [`DatabaseError::Busy`] if no connection is free in time.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        Ok(match self.kind {
            Kind::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => self.writer.begin().await?,
        })
    }

    /// The transaction of a command: commands are applied one after the other.
    ///
    /// # Errors
    /// [`DatabaseError::Busy`] if no connection is free in time.
    pub async fn command(&self) -> Result<Transaction, DatabaseError> {
        let mut tx = self.begin().await?;
        if self.kind == Kind::Postgres {
            let lock = self.settings.command_lock;
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock).execute(&mut *tx).await?;
        }
        Ok(tx)
    }

    /// Sees that nothing of deleted rows is left in the database's files. On SQLite the write-ahead log is emptied, and the file rewritten
    /// while it is small: `secure_delete` zeroes a deleted row, but not the traces that rows leave in a page when it is rearranged.
    /// On PostgreSQL that is the operator's `VACUUM` and WAL retention.
    ///
    /// # Errors
    /// [`DatabaseError::Busy`] while somebody reads an old state.
    pub async fn purge(&self) -> Result<(), DatabaseError> {
        self.remove_traces(self.settings.rewrite_at_once_bytes).await
    }

    /// Rewrites a SQLite file of any size: whatever deleted rows left in it is gone.
    ///
    /// # Errors
    /// [`DatabaseError::Busy`] while somebody reads an old state.
    pub async fn rewrite(&self) -> Result<(), DatabaseError> {
        self.remove_traces(u64::MAX).await
    }

    async fn remove_traces(&self, rewritten_up_to: u64) -> Result<(), DatabaseError> {
        match self.kind {
            Kind::Postgres => Ok(()),
            Kind::Sqlite => traces::remove(&mut *self.writer.acquire().await?, rewritten_up_to).await,
        }
    }

    /// Whether the database answers.
    pub async fn is_alive(&self) -> bool {
        match self.reader.acquire().await {
            Ok(mut connection) => connection.ping().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Waits until every connection is closed.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

fn migrator(settings: &Settings) -> Migrator {
    let mut migrator = Migrator { migrations: settings.migrations.migrations.clone(), ..Migrator::DEFAULT };
    migrator.dangerous_set_table_name(settings.migrations_table);
    migrator
}
