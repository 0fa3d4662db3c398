//! What is asked of a chain.

mod error;
pub mod evm;
mod http;
pub mod near;
pub mod stellar;

use async_trait::async_trait;
use idos_grants::{ChainId, HistoryHead};
use idos_mirror::{BlockHash, BlockRef, Contract, Located};

use crate::config::ChainConfig;
use evm::EvmSource;
use near::NearSource;
use stellar::StellarSource;

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

/// What a contract said in a range of heights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Its events, in the chain's order.
    pub events: Vec<Located>,
    /// The last block of the range; `None`: the chain skipped all of its heights.
    pub last: Option<BlockRef>,
    /// The first height after the range that can hold a block. It is the next one, unless the chain is known to have skipped that.
    pub next: u64,
}

/// A chain, by one RPC. Heights grow from a block to the next, not always by one: some chains skip heights. Answers are checked before they are returned: what cannot be true is [`SourceError::Invalid`]. Two answers need not
/// be of the same moment, nor of the same server.
#[async_trait]
pub trait Source: Send + Sync {
    /// What to call it in logs: never a URL, which may hold a key.
    fn name(&self) -> &str;

    /// Refuses an RPC of another chain.
    async fn check_chain(&self) -> Result<(), SourceError>;

    /// The end of the chain.
    async fn tip(&self) -> Result<Tip, SourceError>;

    /// The block at a height, or where the chain skipped that height, the last one below it; `None`: the chain has not got so far.
    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError>;

    /// What the contract said in the blocks of the heights `from..=to`.
    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Range, SourceError>;

    /// The contract's events in this very block: a server that does not know it is [`SourceError::Unavailable`].
    async fn block_events(&self, contract: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError>;

    /// The contract's own history head after the block `at`; `None` while there is no contract.
    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError>;
}

/// The sources that a configuration names, in its order.
pub(crate) fn configured(config: &ChainConfig) -> Vec<Box<dyn Source>> {
    let ChainConfig { chain, rpc_urls, block_urls, contracts, finality, .. } = config;
    match chain {
        ChainId::Eip155(_) => rpc_urls
            .iter()
            .map(|rpc| Box::new(EvmSource::new(*chain, rpc, *finality)) as Box<dyn Source>)
            .collect(),
        // Each block server with each RPC: while one of either kind is right, a pair is.
        ChainId::Near(_) => block_urls
            .iter()
            .flat_map(|blocks| rpc_urls.iter().map(move |rpc| (blocks, rpc)))
            .map(|(blocks, rpc)| Box::new(NearSource::new(*chain, blocks, rpc)) as Box<dyn Source>)
            .collect(),
        ChainId::Stellar(_) => rpc_urls
            .iter()
            .map(|rpc| Box::new(StellarSource::new(*chain, rpc, contracts)) as Box<dyn Source>)
            .collect(),
        // Refused with the configuration.
        ChainId::Xrpl(_) => Vec::new(),
    }
}
