//! The chain as NEAR's RPC and indexers show it.

mod block;
mod changes;
mod lake;
mod outcome;

pub(crate) use block::{block, chunk};
pub(crate) use changes::{changes, changes_in_block};
pub(crate) use lake::streamer_message;
pub(crate) use outcome::transaction;

/// The only shard.
const SHARD: u64 = 0;
