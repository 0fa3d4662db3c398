//! What the store reads.

mod contracts;
mod data_ids;
mod feed;
mod grants;
mod statuses;

pub(crate) use statuses::word;

use sqlx::AnyPool;

/// The most accounts that one question may name on either side: more than a profile can have wallets.
pub const MAX_ACCOUNTS: usize = 64;

/// The most data ids that one question may name.
pub const MAX_DATA_IDS: usize = 64;

/// Reads the mirror. Cheap to clone; each answer is one consistent statement.
#[derive(Debug, Clone)]
pub struct MirrorReader {
    pool: AnyPool,
}

impl MirrorReader {
    pub(crate) fn new(pool: AnyPool) -> Self {
        Self { pool }
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }
}
