//! What the indexer writes.

mod apply;
mod checkpoints;
mod cursor;
mod grants;
mod register;
mod roll_back;
mod words;

use sqlx::AnyPool;

use crate::{
    block::Checkpoint,
    contract::{Broken, Contract},
};

/// Writes the mirror. Cheap to clone; every method is one transaction, which the cursor is part of.
#[derive(Debug, Clone)]
pub struct MirrorWriter {
    pool: AnyPool,
}

impl MirrorWriter {
    pub(crate) fn new(pool: AnyPool) -> Self {
        Self { pool }
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }
}

/// Where an indexer continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which contract.
    pub contract: Contract,
    /// Where the mirror stands; `None` before the first batch.
    pub seen: Option<Checkpoint>,
    /// The newest place at which the contract's own history head was the mirror's.
    pub verified: Option<Checkpoint>,
    /// The newest block that the chain will not undo.
    pub final_block: u64,
    /// Set while the mirror is known to differ from the contract.
    pub broken: Option<Broken>,
}
