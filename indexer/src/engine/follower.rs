//! One contract: from where the mirror stands to the chain's tip.

use idos_mirror::{Batch, BlockRef, Contract, Located, MirrorError, MirrorWriter};

use super::{
    IndexerError, history,
    progress::{self, Backfill},
    ranges::RangeSize,
    reorg::{Standing, standing},
};
use crate::source::{Source, SourceError, Tip};

/// Follows one contract.
pub(super) struct Follower {
    contract: Contract,
    writer: MirrorWriter,
    range: RangeSize,
    /// The clock's second at the last poll that was written down.
    polled_at: u64,
}

/// A range of blocks, fetched.
struct Fetched {
    events: Vec<Located>,
    upto: BlockRef,
}

impl Follower {
    pub(super) fn new(contract: Contract, writer: MirrorWriter, blocks_max: u64) -> Self {
        Self { contract, writer, range: RangeSize::new(blocks_max), polled_at: 0 }
    }

    /// Brings the mirror level with `tip`.
    pub(super) async fn follow(
        &mut self,
        source: &dyn Source,
        tip: &Tip,
        clock: &(impl Fn() -> u64 + Sync),
    ) -> Result<(), IndexerError> {
        let account = self.contract.account;
        let seen = self.writer.progress(&account).await?.seen;
        if let Some(seen) = seen {
            match standing(source, &self.writer, &account, &seen, tip).await? {
                Standing::OnChain if seen.block.hash == tip.newest.hash => {
                    return self.stay(source, tip, clock()).await;
                }
                Standing::OnChain => {}
                Standing::Behind => return Ok(()),
                Standing::Forked(ancestor) => {
                    progress::reorg(&account, &seen.block, ancestor);
                    self.writer.roll_back(&account, ancestor).await?;
                }
            }
        }
        let result = self.advance(source, tip, clock).await;
        match result {
            Ok(()) => self.confirm(source).await,
            Err(IndexerError::Mirror(MirrorError::Inconsistent(inconsistency))) => {
                self.range.restart();
                let progress = self.writer.progress(&account).await?;
                Err(history::drop_unconfirmed(&self.writer, &progress, &inconsistency.to_string()).await?)
            }
            Err(error) => Err(error),
        }
    }

    /// There is no newer block. The mirror is fresh for another while.
    async fn stay(&mut self, source: &dyn Source, tip: &Tip, now: u64) -> Result<(), IndexerError> {
        let progress = self.writer.progress(&self.contract.account).await?;
        if progress.verified.map(|verified| verified.block.hash) != Some(tip.newest.hash) {
            self.confirm(source).await?;
        }
        if now != self.polled_at || progress.final_block < tip.final_block {
            self.writer.polled(&self.contract.account, &tip.newest, tip.final_block, now).await?;
            self.polled_at = now;
        }
        Ok(())
    }

    async fn confirm(&mut self, source: &dyn Source) -> Result<(), IndexerError> {
        let checked = history::check(source, &self.writer, &self.contract).await;
        if let Err(IndexerError::HistoryDiffers { .. }) = &checked {
            self.range.restart();
        }
        checked
    }

    /// Fetches range after range, one ahead of the one that is being written.
    async fn advance(
        &mut self,
        source: &dyn Source,
        tip: &Tip,
        clock: &(impl Fn() -> u64 + Sync),
    ) -> Result<(), IndexerError> {
        let seen = self.writer.progress(&self.contract.account).await?.seen.map(|seen| seen.block);
        let start = seen.map_or(self.contract.start_block, |seen| seen.number + 1);
        if start > tip.newest.number {
            return Ok(());
        }
        let backfill = Backfill::start(&self.contract.account, start, tip);
        let mut after = seen;
        let mut fetched = self.fetch(source, start, tip).await?;
        loop {
            let next = fetched.upto.number + 1;
            let Fetched { events, upto } = fetched;
            let count = events.len();
            let is_level = upto.number == tip.newest.number;
            let batch = Batch {
                contract: self.contract.account,
                after,
                events,
                upto,
                final_block: tip.final_block,
                polled_at: is_level.then(clock),
            };
            let writer = self.writer.clone();
            let write = async { writer.apply(&batch).await.map_err(IndexerError::from) };
            if is_level {
                write.await?;
                backfill.wrote(upto.number - after.map_or(0, |after| after.number), count, &upto, tip);
                return Ok(());
            }
            let (written, ahead) = tokio::join!(write, self.fetch(source, next, tip));
            written?;
            backfill.wrote(upto.number - after.map_or(0, |after| after.number), count, &upto, tip);
            after = Some(upto);
            fetched = ahead?;
        }
    }

    /// The next range from `from`, as large as the RPC answers.
    async fn fetch(&mut self, source: &dyn Source, from: u64, tip: &Tip) -> Result<Fetched, IndexerError> {
        loop {
            let to = self.range.end(from, tip.newest.number);
            match source.events(&self.contract, from, to).await {
                Ok(events) => {
                    self.range.answered(events.len());
                    let upto = self.end_of_range(source, to, tip, &events).await?;
                    return Ok(Fetched { events, upto });
                }
                Err(SourceError::RangeTooLarge { suggested }) => {
                    let asked = to - from + 1;
                    if !self.range.refused(asked, suggested) {
                        let reason = "the RPC does not return the events of a single block".to_owned();
                        return Err(SourceError::Unavailable(reason).into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The range's last block, which must be the one that its last events are in.
    async fn end_of_range(
        &self,
        source: &dyn Source,
        to: u64,
        tip: &Tip,
        events: &[Located],
    ) -> Result<BlockRef, IndexerError> {
        let upto = if to == tip.newest.number { Some(tip.newest) } else { source.block(to).await? };
        let upto = upto.ok_or(SourceError::Invalid("a block below the tip is missing"))?;
        let differs = |event: &Located| event.block == to && event.block_hash != upto.hash;
        if events.last().is_some_and(differs) {
            return Err(SourceError::Unavailable("the chain changed between two answers".to_owned()).into());
        }
        Ok(upto)
    }
}
