//! One contract: from where the mirror stands to the chain's tip, again and again.

use std::time::Duration;

use idos_mirror::{Contract, MirrorWriter, Progress};
use tokio::{sync::watch, time::Instant};

use super::{
    IndexerError, history,
    listen::Heard,
    missing::Missing,
    pauses::Pauses,
    progress::{self, Backfill},
    ranges::RangeSize,
    reorg::{Standing, standing},
    rotation::Rotation,
};
use crate::{
    config::ChainConfig,
    source::{Source, SourceError, Tip},
};

/// How long an RPC may lag behind the mirror before another one is asked. Behind a load balancer it happens all the time.
const LAG_MAX: Duration = Duration::from_secs(5);

/// When a follower is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// When the mirror has come to a tip.
    Level,
    /// Never.
    Forever,
}

/// Follows one contract.
pub(super) struct Follower {
    pub(super) contract: Contract,
    pub(super) writer: MirrorWriter,
    pub(super) range: RangeSize,
    /// The bar of a way that is interrupted goes on where it was.
    pub(super) backfill: Option<Backfill>,
    pauses: Pauses,
    /// The clock's second at the last poll that was written down.
    polled_at: u64,
    lags_since: Option<Instant>,
    missing: Missing,
    /// How many times in a row the history differed.
    differed: u32,
}

impl Follower {
    pub(super) fn new(contract: Contract, writer: MirrorWriter, config: &ChainConfig) -> Self {
        Self {
            contract,
            writer,
            range: RangeSize::new(config.blocks_max),
            backfill: None,
            pauses: Pauses::new(config),
            polled_at: 0,
            lags_since: None,
            missing: Missing::default(),
            differed: 0,
        }
    }

    /// Follows every tip that is heard. Returns an error only if trying again is of no use.
    pub(super) async fn run(
        &mut self,
        sources: &Rotation,
        mut tips: watch::Receiver<Option<Heard>>,
        until: Until,
    ) -> Result<(), IndexerError> {
        // An error here means that nobody listens any more: everything ends.
        while tips.changed().await.is_ok() {
            let heard = *tips.borrow_and_update();
            // What an RPC said that has failed since is not followed.
            let Some(heard) = heard.filter(|heard| heard.rpc == sources.current()) else { continue };
            match self.follow(sources.source(heard.rpc), &heard.tip, heard.asked_at).await {
                Ok(is_level) => {
                    self.pauses.succeeded();
                    self.missing = Missing::default();
                    if is_level && until == Until::Level {
                        break;
                    }
                }
                Err(error) if self.missing.is_certain(heard.rpc, &error, sources.count()) => {
                    return Err(self.give_up(error).await?);
                }
                Err(error) if error.may_pass() => {
                    let pause = self.pauses.after_failure();
                    let (contract, rpc) = (self.contract.account, sources.source(heard.rpc).name());
                    tracing::warn!(%contract, rpc, %error, pause_ms = pause.as_millis(), "will try again");
                    sources.failed(heard.rpc, &error);
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Brings the mirror level with `tip`, and returns whether it is.
    async fn follow(&mut self, source: &dyn Source, tip: &Tip, asked_at: u64) -> Result<bool, IndexerError> {
        let account = self.contract.account;
        let mut progress = self.writer.progress(&account).await?;
        progress::level(&progress, tip);
        if let Some(seen) = progress.seen {
            match standing(source, &self.writer, &account, &seen, tip).await? {
                Standing::OnChain if seen.block.hash == tip.newest.hash => {
                    self.stay(source, &progress, tip, asked_at).await?;
                }
                Standing::OnChain => {}
                Standing::Behind => return self.wait_for_lagging_rpc(),
                Standing::Forked(ancestor) => {
                    progress::reorg(&account, &seen.block, ancestor);
                    self.writer.roll_back(&account, ancestor).await?;
                    progress = self.writer.progress(&account).await?;
                }
            }
        }
        self.lags_since = None;
        self.advance(source, progress.seen, tip, asked_at).await?;
        self.backfill = None;
        self.differed = 0;
        Ok(true)
    }

    fn wait_for_lagging_rpc(&mut self) -> Result<bool, IndexerError> {
        let since = *self.lags_since.get_or_insert_with(Instant::now);
        if since.elapsed() < LAG_MAX {
            return Ok(false);
        }
        self.lags_since = None;
        Err(SourceError::Lags.into())
    }

    /// No RPC has the blocks that come next: going on without them would hide what was said in them.
    async fn give_up(&self, error: IndexerError) -> Result<IndexerError, IndexerError> {
        if let IndexerError::Source(SourceError::BlocksMissing { from, to }) = error {
            history::missing(&self.writer, &self.contract.account, from, to).await?;
        }
        Ok(error)
    }

    /// There is no newer block. The mirror is fresh for another while.
    async fn stay(
        &mut self,
        source: &dyn Source,
        progress: &Progress,
        tip: &Tip,
        asked_at: u64,
    ) -> Result<(), IndexerError> {
        let is_confirmed = progress.verified == progress.seen && progress.broken.is_none();
        if !is_confirmed && !history::confirm(source, &self.writer, progress).await? {
            return Err(self.differs(source, history::HEAD_DIFFERS).await?);
        }
        if asked_at != self.polled_at || progress.final_block < tip.final_block {
            self.writer.polled(&self.contract.account, &tip.newest, tip.final_block, asked_at).await?;
            self.polled_at = asked_at;
        }
        Ok(())
    }

    /// Closes the gate, and prepares to fetch again: with smaller questions, because large ones may have been answered in part only.
    pub(super) async fn differs(
        &mut self,
        source: &dyn Source,
        reason: &str,
    ) -> Result<IndexerError, IndexerError> {
        self.differed += 1;
        self.range.distrust();
        self.backfill = None;
        history::close(source, &self.writer, &self.contract.account, reason, self.differed).await
    }
}
