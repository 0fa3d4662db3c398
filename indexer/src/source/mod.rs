//! What is asked of a chain.

mod error;
pub mod evm;

use async_trait::async_trait;
use idos_grants::HistoryHead;
use idos_mirror::{BlockHash, BlockRef, Contract, Located};

pub use error::SourceError;

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// The newest block.
    pub newest: BlockRef,
    /// The block before it.
    pub parent: BlockHash,
    /// The height of the newest block that the chain will not undo.
    pub final_block: u64,
}

/// A chain, by one RPC. Answers are checked before they are returned: what cannot be true is [`SourceError::Invalid`]. Two answers need not
/// be of the same moment, nor of the same server.
#[async_trait]
pub trait Source: Send + Sync {
    /// What to call it in logs: never a URL, which may hold a key.
    fn name(&self) -> &str;

    /// Refuses an RPC of another chain.
    async fn check_chain(&self) -> Result<(), SourceError>;

    /// The end of the chain.
    async fn tip(&self) -> Result<Tip, SourceError>;

    /// The block at a height, if there is one.
    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError>;

    /// The contract's events in the blocks `from..=to`, in the chain's order.
    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Vec<Located>, SourceError>;

    /// The contract's events in this very block: a server that does not know it is [`SourceError::Unavailable`].
    async fn block_events(&self, contract: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError>;

    /// The contract's own history head after the block `at`; `None` while there is no contract.
    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError>;
}
