//! What the store reads.

mod contracts;
mod data_ids;
mod feed;
mod grants;
mod statuses;

pub(crate) use statuses::word;

use idos_database::{Database, Kind};
use sqlx::AnyPool;

/// The most accounts that one question may name on either side: more than a profile can have wallets.
pub const MAX_ACCOUNTS: usize = 64;

/// The most data ids that one question may name.
pub const MAX_DATA_IDS: usize = 64;

/// Reads the mirror. Cheap to clone; each answer is one consistent statement.
#[derive(Debug, Clone)]
pub struct MirrorReader {
    pool: AnyPool,
    kind: Kind,
}

impl MirrorReader {
    pub(crate) fn new(database: &Database) -> Self {
        Self { pool: database.readers().clone(), kind: database.kind() }
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }
}
