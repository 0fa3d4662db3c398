//! What one writer at a time holds: the chain, its time, and the making of blocks.

use std::time::Duration;

use near_primitives::{
    errors::InvalidTxError,
    hash::CryptoHash,
    state_record::StateRecord,
    transaction::SignedTransaction,
    types::{BlockHeight, BlockHeightDelta},
};
use tracing::{debug, warn};

use super::{clock::Clock, config::BlockProduction, lake::ReceiptOrigins};
use crate::chain::{Chain, ChainError, PatchError};

/// How much later a height is than the one before it when somebody skips heights.
pub(super) const SKIPPED_HEIGHT: Duration = Duration::from_secs(1);

/// Blocks on top of a block that make it final.
const FINALITY_BLOCKS: u32 = 2;

/// Blocks that one transaction may make. Gas ends every chain of receipts long before.
const SETTLE_BLOCKS_MAX: u32 = 1_000;

/// Heights of the newest blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heads {
    pub optimistic: BlockHeight,
    pub last_final: BlockHeight,
}

pub(super) struct Held {
    pub chain: Chain,
    pub origins: ReceiptOrigins,
    clock: Clock,
    production: BlockProduction,
    /// How far the chain's time was moved ahead of the clock.
    ahead_ns: u64,
}

impl Held {
    pub fn new(chain: Chain, clock: Clock, production: BlockProduction) -> Self {
        Self { chain, origins: ReceiptOrigins::default(), clock, production, ahead_ns: 0 }
    }

    pub fn heads(&self) -> Heads {
        Heads { optimistic: self.chain.head(), last_final: self.chain.final_head() }
    }

    fn now_ns(&self) -> u64 {
        self.clock.unix_ns().saturating_add(self.ahead_ns)
    }

    pub fn produce(&mut self) -> Result<CryptoHash, ChainError> {
        let hash = self.chain.produce_block(self.now_ns())?;
        debug!(height = self.chain.head(), %hash, "made a block");
        Ok(hash)
    }

    pub fn submit(&mut self, transaction: SignedTransaction) -> Result<CryptoHash, SubmitError> {
        let hash = self.chain.submit(transaction)?;
        self.settle_on_demand()?;
        Ok(hash)
    }

    pub fn patch_state(&mut self, records: Vec<StateRecord>) -> Result<(), SandboxError> {
        self.chain.patch_state(records)?;
        Ok(self.settle_on_demand()?)
    }

    /// Skips `delta_height` heights and as much time as `by` says.
    pub fn fast_forward(&mut self, delta_height: BlockHeightDelta, by: Duration) -> Result<(), SandboxError> {
        let later_ns = u64::try_from(by.as_nanos()).map_err(|_| SandboxError::TooFar)?;
        let from_ns = self.now_ns().max(self.chain.head_timestamp_ns());
        let until_ns = from_ns.checked_add(later_ns).ok_or(SandboxError::TooFar)?;
        if delta_height == 0 {
            return Err(SandboxError::NoHeights);
        }
        self.chain.fast_forward(delta_height, until_ns)?;
        self.ahead_ns = until_ns.saturating_sub(self.clock.unix_ns());
        Ok(self.settle_on_demand()?)
    }

    fn settle_on_demand(&mut self) -> Result<(), ChainError> {
        match self.production {
            BlockProduction::OnDemand => self.settle(),
            BlockProduction::Every(_) | BlockProduction::Manual => Ok(()),
        }
    }

    /// Makes blocks until nothing is left to run and all of it is final.
    fn settle(&mut self) -> Result<(), ChainError> {
        let mut made = 0;
        while !self.chain.is_idle() && made < SETTLE_BLOCKS_MAX {
            self.produce()?;
            made += 1;
        }
        if made == SETTLE_BLOCKS_MAX {
            warn!(blocks = made, "something is still under way; more blocks come with the next transaction");
        }
        for _ in 0..FINALITY_BLOCKS {
            self.produce()?;
        }
        Ok(())
    }
}

/// Why a transaction was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubmitError {
    #[error("{0}")]
    Invalid(#[from] InvalidTxError),
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Why state or time was not changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SandboxError {
    #[error("delta_height must be at least 1")]
    NoHeights,
    #[error("time cannot move past the year 2554, where 64 bits of nanoseconds end: ask for less")]
    TooFar,
    #[error(transparent)]
    Patch(#[from] PatchError),
    #[error(transparent)]
    Chain(#[from] ChainError),
}
