//! What the house's parts want of a database.

use std::time::Duration;

use sqlx::migrate::Migrator;

/// What becomes of a commit when the power is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk before it is answered, and what is deleted is overwritten.
    Kept,
    /// The last ones may be taken back, whole: they are of what can be fetched again.
    Derived,
}

/// How a part of the house keeps its rows.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The schema.
    pub migrations: &'static Migrator,
    /// The table that lists which of them ran. Parts that share a PostgreSQL database have one each.
    pub migrations_table: &'static str,
    /// What becomes of a commit when the power is cut.
    pub durability: Durability,
    /// Connections that read. A SQLite reader is a thread. 0: writers read, too.
    pub readers: u32,
    /// Connections that write to PostgreSQL. SQLite has one writer.
    pub postgres_writers: u32,
    /// What a connection that writes to PostgreSQL is told first; may be empty.
    pub postgres_writer_setup: &'static str,
    /// What the SQLite writer keeps in memory, in KiB.
    pub sqlite_cache_kib: u32,
    /// What a SQLite file may grow to; more is answered as a full disk is. `None`: what the disk holds.
    pub sqlite_bytes_max: Option<u64>,
    /// A larger SQLite file is not rewritten by [`Database::purge`](crate::Database::purge).
    pub rewrite_at_once_bytes: u64,
    /// PostgreSQL orders commands by this lock, as SQLite does by having one writer. Parts that share a database have one each.
    pub command_lock: i64,
    /// How long one waits for a connection before the database is said to be busy.
    pub acquire_timeout: Duration,
    /// Whether a connection is asked if it lives before it is used. A ping doubles the cost of a short read.
    pub is_tested_before_use: bool,
}

impl Settings {
    /// Kept rows with a few connections; what a part wants otherwise it says by the fields.
    pub const fn new(
        migrations: &'static Migrator,
        migrations_table: &'static str,
        command_lock: i64,
    ) -> Self {
        Self {
            migrations,
            migrations_table,
            durability: Durability::Kept,
            readers: 4,
            postgres_writers: 8,
            postgres_writer_setup: "",
            sqlite_cache_kib: 8 * 1024,
            sqlite_bytes_max: None,
            rewrite_at_once_bytes: 16 * 1024 * 1024,
            command_lock,
            acquire_timeout: Duration::from_secs(10),
            is_tested_before_use: false,
        }
    }
}
