//! What a source found, as the writer takes it.

use idos_grants::{Account, Event, HistoryHead};

use crate::block::{BlockHash, BlockRef};

/// An event and where it stands in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The height of its block.
    pub block: u64,
    /// The hash of its block.
    pub block_hash: BlockHash,
    /// Its place among the logs of its block.
    pub log_index: u64,
    /// What happened.
    pub event: Event,
}

/// All that one contract said in the blocks after `after` and up to `upto`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Which contract.
    pub contract: Account,
    /// The block that the mirror must stand at; `None`: nothing seen yet.
    pub after: Option<BlockRef>,
    /// The events, in the order of the chain.
    pub events: Vec<Located>,
    /// The block that the mirror stands at afterwards.
    pub upto: BlockRef,
    /// The newest block that the chain will not undo.
    pub final_block: u64,
    /// Node time, if `upto` was the chain's newest block at that time.
    pub polled_at: Option<u64>,
}

/// What applying a batch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The history head over everything up to the batch's last block.
    pub head: HistoryHead,
}
