//! What each new connection is told.

use sqlx::{
    AnyPool, AssertSqlSafe, Connection,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::{
    location::Kind,
    settings::{Durability, Settings},
};

/// The size of a page that SQLite has unless told otherwise.
const SQLITE_PAGE_BYTES: u64 = 4096;

const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY";

const POSTGRES_READER: &str = "SET default_transaction_read_only = on";

/// Connections that write.
pub(crate) async fn writers(
    kind: Kind,
    options: &AnyConnectOptions,
    settings: &Settings,
) -> sqlx::Result<AnyPool> {
    match kind {
        Kind::Sqlite => {
            // A full disk makes SQLite roll back by itself, so that the roll back which follows fails and the connection counts as within a
            // transaction for ever. It is the only one that writes: another takes its place.
            let pool = pool(1, sqlite_writer(settings), settings).after_release(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        // A roll back that was asked for is done by then.
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            });
            pool.connect_with(options.clone()).await
        }
        Kind::Postgres => {
            let setup = settings.postgres_writer_setup.to_owned();
            pool(settings.postgres_writers, setup, settings).connect_with(options.clone()).await
        }
    }
}

/// `max` connections that only read.
pub(crate) async fn readers(
    kind: Kind,
    options: &AnyConnectOptions,
    max: u32,
    settings: &Settings,
) -> sqlx::Result<AnyPool> {
    let setup = match kind {
        Kind::Sqlite => SQLITE_READER,
        Kind::Postgres => POSTGRES_READER,
    };
    pool(max, setup.to_owned(), settings).connect_with(options.clone()).await
}

fn sqlite_writer(settings: &Settings) -> String {
    let durability = match settings.durability {
        Durability::Kept => "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON",
        // Write-ahead logging alone keeps the file whole.
        Durability::Derived => {
            "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA wal_autocheckpoint = 8192; \
             PRAGMA journal_size_limit = 67108864"
        }
    };
    let bound = settings.sqlite_bytes_max.map(|bytes| {
        format!("; PRAGMA max_page_count = {}", (bytes / SQLITE_PAGE_BYTES).clamp(1, u64::from(u32::MAX - 1)))
    });
    format!(
        "PRAGMA journal_mode = WAL; {durability}; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -{}{}",
        settings.sqlite_cache_kib,
        bound.unwrap_or_default()
    )
}

fn pool(max: u32, setup: String, settings: &Settings) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(settings.is_tested_before_use)
        .after_connect(move |connection, _| {
            let setup = setup.clone();
            Box::pin(async move {
                if !setup.is_empty() {
                    sqlx::raw_sql(AssertSqlSafe(setup)).execute(connection).await?;
                }
                Ok(())
            })
        })
}
