//! Listening for the chain's tip, on behalf of every contract.

use std::time::Duration;

use futures::future::join_all;
use tokio::{sync::watch, time::Instant};

use super::{IndexerError, pauses::Pauses, rotation::Rotation};
use crate::{
    config::ChainConfig,
    source::{SourceError, Tip},
};

/// A chain that has no newer block for so long may be quiet; or its RPC hangs, which another one would show.
const QUIET_FOR: Duration = Duration::from_secs(30);

/// What an RPC said last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    /// The chain's tip.
    pub(super) tip: Tip,
    /// Which RPC said so.
    pub(super) rpc: usize,
    /// When it was asked, in Unix seconds: at that time or later, this was the tip.
    pub(super) asked_at: u64,
}

/// Asks at every poll, and returns what no waiting mends.
pub(super) async fn listen(
    config: &ChainConfig,
    sources: &Rotation,
    clock: &(impl Fn() -> u64 + Sync),
    heard: &watch::Sender<Option<Heard>>,
) -> IndexerError {
    let mut pauses = Pauses::new(config);
    let mut quiet = Quiet { number: 0, since: Instant::now() };
    loop {
        let (rpc, asked_at) = (sources.current(), clock());
        let pause = match ask(sources, rpc, &mut quiet).await {
            Ok(tip) => {
                pauses.succeeded();
                metrics::gauge!("idos_indexer_chain_block", "chain" => config.chain.to_string())
                    .set(tip.newest.number as f64);
                heard.send_replace(Some(Heard { tip, rpc, asked_at }));
                config.poll_interval
            }
            Err(error) => {
                let is_mistake = error.is_of_another_chain() && sources.is_all_wrong();
                let error = IndexerError::from(error);
                if is_mistake {
                    return error;
                }
                let pause = pauses.after_failure();
                let name = sources.source(rpc).name();
                tracing::warn!(chain = %config.chain, rpc = name, %error, pause_ms = pause.as_millis(), "the chain is not heard");
                sources.failed(rpc, &error);
                pause
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn ask(sources: &Rotation, rpc: usize, quiet: &mut Quiet) -> Result<Tip, SourceError> {
    sources.check(rpc).await?;
    let tip = sources.source(rpc).tip().await?;
    if quiet.for_long(tip.newest.number) && is_overtaken(sources, rpc, tip.newest.number).await {
        return Err(SourceError::Unavailable("it hangs: another RPC has newer blocks".to_owned()));
    }
    Ok(tip)
}

async fn is_overtaken(sources: &Rotation, rpc: usize, number: u64) -> bool {
    let others = sources.others(rpc).map(async |(other, source)| {
        sources.check(other).await.is_ok() && source.tip().await.is_ok_and(|tip| tip.newest.number > number)
    });
    join_all(others).await.contains(&true)
}

/// Since when the newest block is what it is.
struct Quiet {
    number: u64,
    since: Instant,
}

impl Quiet {
    /// Whether it is time to doubt; asked again only after another while.
    fn for_long(&mut self, number: u64) -> bool {
        let now = Instant::now();
        let is_long = number == self.number && now - self.since >= QUIET_FOR;
        if is_long || number != self.number {
            *self = Self { number, since: now };
        }
        is_long
    }
}
