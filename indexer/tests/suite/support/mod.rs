//! A chain, a mirror, and an RPC that can be made to lie.

pub mod chain;
pub mod lives;
pub mod mirror;
pub mod proxy;

use std::{
    future::Future,
    time::{Duration, Instant, SystemTime},
};

use idos_grants::ChainId;
use idos_indexer::{ChainConfig, Finality, Indexer};
use idos_mirror::Contract;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use chain::Chain;
pub use mirror::TestMirror;
pub use proxy::Proxy;

/// Blocks on top of a block that make it final, unless a test is about that.
pub const CONFIRMATIONS: u64 = 2;

#[allow(clippy::disallowed_methods, reason = "the test owns the clock")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Impatient, so that tests are short.
pub fn config(contracts: &[Contract], urls: &[&Url]) -> ChainConfig {
    let urls = urls.iter().map(|url| (*url).clone()).collect();
    ChainConfig {
        finality: Finality::Confirmations(CONFIRMATIONS),
        poll_interval: Duration::from_millis(20),
        retry_pause_min: Duration::from_millis(10),
        retry_pause_max: Duration::from_millis(200),
        ..ChainConfig::new(ChainId::Eip155(idos_devnet_evm::CHAIN_ID), urls, contracts.to_vec())
    }
}

/// Follows to the tip.
pub async fn level(mirror: &TestMirror, config: &ChainConfig) {
    let mut indexer = Indexer::new(config.clone(), mirror.writer(), now).unwrap();
    tokio::time::timeout(Duration::from_secs(8), indexer.run_until_level()).await.expect("in time").unwrap();
}

/// An indexer in the background.
pub struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub fn start(mirror: &TestMirror, config: &ChainConfig) -> Self {
        let mut indexer = Indexer::new(config.clone(), mirror.writer(), now).unwrap();
        let shutdown = CancellationToken::new();
        let until = shutdown.clone();
        Self { shutdown, task: tokio::spawn(async move { indexer.run(until).await.unwrap() }) }
    }

    /// Ends it, and returns how long that took.
    pub async fn end(self) -> Duration {
        let start = Instant::now();
        self.shutdown.cancel();
        self.task.await.unwrap();
        start.elapsed()
    }
}

/// Waits until it is so.
pub async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < Duration::from_secs(8), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
