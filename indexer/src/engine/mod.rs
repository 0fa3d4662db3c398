//! What holds for every chain.

mod error;
mod follower;
mod history;
mod progress;
mod ranges;
mod reorg;
mod rotation;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use idos_mirror::MirrorWriter;
use tokio_util::sync::CancellationToken;

use crate::{
    config::ChainConfig,
    source::{Source, SourceError, evm::EvmSource},
};
use follower::Follower;
use rotation::Rotation;

pub use error::IndexerError;

/// The longest pause after failures.
const PAUSE_MAX: Duration = Duration::from_secs(30);
const PAUSE_MIN: Duration = Duration::from_millis(200);

/// Follows the contracts of one chain into the mirror.
pub struct Indexer<C> {
    config: ChainConfig,
    sources: Rotation,
    writer: MirrorWriter,
    clock: C,
}

impl<C: Fn() -> u64 + Send + Sync> Indexer<C> {
    /// By the RPCs that the configuration names. `clock` gives Unix seconds.
    pub fn new(config: ChainConfig, writer: MirrorWriter, clock: C) -> Result<Self, IndexerError> {
        let source = |url| Box::new(EvmSource::new(config.chain, url, config.finality)) as Box<dyn Source>;
        let sources = config.rpc_urls.iter().map(source).collect();
        Self::with_sources(config, sources, writer, clock)
    }

    /// By other sources than the configuration's RPCs.
    pub fn with_sources(
        config: ChainConfig,
        sources: Vec<Box<dyn Source>>,
        writer: MirrorWriter,
        clock: C,
    ) -> Result<Self, IndexerError> {
        if sources.is_empty() {
            return Err(IndexerError::NoRpc(config.chain));
        }
        Ok(Self { config, sources: Rotation::new(sources), writer, clock })
    }

    /// Follows until `shutdown`. Whatever passes, such as an RPC that does not answer, is tried again; what does not, such as an RPC of
    /// another chain, is an error.
    pub async fn run(&mut self, shutdown: CancellationToken) -> Result<(), IndexerError> {
        let mut followers = self.register().await?;
        let mut pauses = pauses();
        while !shutdown.is_cancelled() {
            let pause = match self.poll(&mut followers).await {
                Ok(()) => {
                    pauses = self::pauses();
                    self.config.poll_interval
                }
                Err(error) => self.after(&error, &mut pauses).ok_or(error)?,
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Follows to the chain's present tip, and returns.
    pub async fn run_until_level(&mut self) -> Result<(), IndexerError> {
        let mut followers = self.register().await?;
        let mut pauses = pauses();
        while let Err(error) = self.poll(&mut followers).await {
            let pause = self.after(&error, &mut pauses).ok_or(error)?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    async fn register(&self) -> Result<Vec<Follower>, IndexerError> {
        let mut followers = Vec::new();
        for contract in &self.config.contracts {
            self.writer.register(contract).await?;
            followers.push(Follower::new(*contract, self.writer.clone(), self.config.blocks_max));
        }
        Ok(followers)
    }

    async fn poll(&mut self, followers: &mut [Follower]) -> Result<(), IndexerError> {
        let source = self.sources.current();
        if self.sources.is_unchecked() {
            source.check_chain().await?;
            self.sources.set_checked();
        }
        let source = self.sources.current();
        let tip = source.tip().await?;
        for follower in followers {
            follower.follow(source, &tip, &self.clock).await?;
        }
        Ok(())
    }

    /// How long to pause after a failure; `None` if trying again is of no use. The next attempt asks the next RPC.
    fn after(&mut self, error: &IndexerError, pauses: &mut ExponentialBackoff) -> Option<Duration> {
        if !error.may_pass() {
            return None;
        }
        let rpc = self.sources.current().name().to_owned();
        if let IndexerError::Source(error) = error {
            metrics::counter!("idos_indexer_rpc_errors_total", "rpc" => rpc.clone(), "kind" => error.kind())
                .increment(1);
        }
        let pause = pauses.next().unwrap_or(PAUSE_MAX);
        tracing::warn!(chain = %self.config.chain, rpc, %error, pause_ms = pause.as_millis(), "will try again");
        self.sources.next();
        Some(pause)
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(PAUSE_MIN)
        .with_max_delay(PAUSE_MAX)
        .without_max_times()
        .with_jitter()
        .build()
}

impl IndexerError {
    fn may_pass(&self) -> bool {
        match self {
            Self::Source(SourceError::WrongChain { .. }) | Self::NoRpc(_) => false,
            Self::Source(_) | Self::HistoryDiffers { .. } => true,
            Self::Mirror(error) => error::may_pass(error),
        }
    }
}
