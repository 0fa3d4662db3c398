//! The database: SQLite or PostgreSQL, one schema. An entity's statements are in the file of its name.

pub(crate) mod audit;
pub(crate) mod holdings;
pub(crate) mod nonces;
pub(crate) mod order;
pub(crate) mod refusals;
pub(crate) mod shares;
mod values;
pub(crate) mod wallets;

use idos_database::{OpenError, Settings};
use sqlx::migrate::Migrator;

pub(crate) use holdings::HoldingKey;
pub(crate) use shares::StoredShare;

pub(crate) use idos_database::Database as Db;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const SETTINGS: Settings = Settings::new(&MIGRATIONS, "mpc_migrations", 0x6964_6f73_0002);

/// Opens the database and brings its schema up to date. A SQLite file may grow to so many bytes.
pub(crate) async fn open(url: &str, sqlite_bytes_max: Option<u64>) -> Result<Db, OpenError> {
    Db::open(url, Settings { sqlite_bytes_max, ..SETTINGS }).await
}
