//! What holds for every chain.

mod advance;
mod error;
mod follower;
mod history;
mod listen;
mod missing;
mod pauses;
mod progress;
mod ranges;
mod reorg;
mod rotation;

use futures::future::{pending, try_join_all};
use idos_mirror::MirrorWriter;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{ChainConfig, ConfigError},
    source::{self, Source},
};
use follower::{Follower, Until};
use rotation::Rotation;

pub use error::IndexerError;

/// Follows the contracts of one chain into the mirror.
pub struct Indexer<C> {
    config: ChainConfig,
    sources: Rotation,
    writer: MirrorWriter,
    clock: C,
}

impl<C: Fn() -> u64 + Send + Sync> Indexer<C> {
    /// By the servers that the configuration names. `clock` gives Unix seconds.
    pub fn new(config: ChainConfig, writer: MirrorWriter, clock: C) -> Result<Self, IndexerError> {
        config.check()?;
        let sources = source::configured(&config);
        Self::with_sources(config, sources, writer, clock)
    }

    /// By other sources than the configuration's servers.
    pub fn with_sources(
        config: ChainConfig,
        sources: Vec<Box<dyn Source>>,
        writer: MirrorWriter,
        clock: C,
    ) -> Result<Self, IndexerError> {
        config.check_contracts()?;
        if sources.is_empty() {
            return Err(ConfigError::NoRpc(config.chain).into());
        }
        Ok(Self { config, sources: Rotation::new(sources), writer, clock })
    }

    /// Follows until `shutdown`, which ends whatever is under way: a batch is written as a whole or not at all. Whatever passes, such as
    /// an RPC that does not answer, is tried again; what does not, such as RPCs that are all of another chain, or that have all dropped blocks that
    /// were not read, is an error.
    pub async fn run(&mut self, shutdown: CancellationToken) -> Result<(), IndexerError> {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            ended = self.follow(Until::Forever) => ended,
        }
    }

    /// Follows to the chain's present tip, and returns.
    pub async fn run_until_level(&mut self) -> Result<(), IndexerError> {
        self.follow(Until::Level).await
    }

    /// One listens for the chain's tip; every contract follows it at its own pace, so that one in trouble delays no other.
    async fn follow(&mut self, until: Until) -> Result<(), IndexerError> {
        let mut followers = Vec::new();
        for contract in &self.config.contracts {
            self.writer.register(contract).await?;
            followers.push(Follower::new(*contract, self.writer.clone(), &self.config));
        }
        let (heard, tips) = watch::channel(None);
        let follow = async {
            let each = followers.iter_mut().map(|follower| follower.run(&self.sources, tips.clone(), until));
            try_join_all(each).await?;
            match until {
                Until::Level => Ok(()),
                Until::Forever => pending().await,
            }
        };
        tokio::select! {
            followed = follow => followed,
            failed = listen::listen(&self.config, &self.sources, &self.clock, &heard) => Err(failed),
        }
    }
}
