//! Which chain, which RPCs, which contracts, when a block is final.

use std::time::Duration;

use idos_grants::ChainId;
use idos_mirror::Contract;
use url::Url;

/// When a block counts as final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finality {
    /// By the chain's `finalized` tag.
    Finalized,
    /// By the chain's `safe` tag.
    Safe,
    /// With so many blocks on top of it.
    Confirmations(u64),
}

/// One chain to follow.
#[derive(Debug, Clone)]
pub struct ChainConfig {
    /// The chain; an RPC of another one is not asked.
    pub chain: ChainId,
    /// Asked in this order: the first one that has not failed lately.
    pub rpc_urls: Vec<Url>,
    /// What to follow.
    pub contracts: Vec<Contract>,
    /// When a block counts as final.
    pub finality: Finality,
    /// How often the tip is asked for.
    pub poll_interval: Duration,
    /// The most blocks in one question for events.
    pub blocks_max: u64,
    /// The pause after a first failure; it doubles with every further one, and up to as much again is added at random.
    pub retry_pause_min: Duration,
    /// What it doubles to.
    pub retry_pause_max: Duration,
}

impl ChainConfig {
    /// With a poll every 250 ms and finality by the chain's own word.
    pub fn new(chain: ChainId, rpc_urls: Vec<Url>, contracts: Vec<Contract>) -> Self {
        Self {
            chain,
            rpc_urls,
            contracts,
            finality: Finality::Finalized,
            poll_interval: Duration::from_millis(250),
            blocks_max: 10_000,
            retry_pause_min: Duration::from_millis(200),
            retry_pause_max: Duration::from_secs(10),
        }
    }
}
