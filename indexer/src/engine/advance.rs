//! Range after range to the tip, one ahead of the one that is being written.

use idos_grants::HistoryHead;
use idos_mirror::{Applied, Batch, BlockRef, Checkpoint, Contract, Located, MirrorError};

use tokio_util::task::AbortOnDropHandle;

use super::{IndexerError, follower::Follower, history, progress::Backfill, reorg};
use crate::source::{Range, Source, SourceError, Tip};

/// On a long way, a mistake should show before its end.
const CONFIRM_EVERY_RANGES: u64 = 32;

/// A range of blocks, fetched.
struct Fetched {
    events: Vec<Located>,
    upto: BlockRef,
    /// The contract's own head at its end, where it was asked for.
    head: Option<Result<HistoryHead, SourceError>>,
    /// Where the next range begins.
    next: u64,
}

/// Whether the mirror's head would be the contract's.
enum Agreement {
    Agrees,
    Differs,
    /// Not asked, or the RPC does not say.
    Unknown(Option<SourceError>),
}

impl Follower {
    /// Writes what the contract said after `seen`. What came from two forks is not written.
    pub(super) async fn advance(
        &mut self,
        source: &dyn Source,
        seen: Option<Checkpoint>,
        tip: &Tip,
        asked_at: u64,
    ) -> Result<(), IndexerError> {
        let from = seen.map_or(self.contract.start_block, |seen| seen.block.number.saturating_add(1));
        if from > tip.newest.number {
            return Ok(());
        }
        let contract = self.contract;
        self.backfill.get_or_insert_with(|| Backfill::start(&contract.account, from, tip));
        let (mut after, mut ranges) = (seen, 0);
        let mut fetched = self.fetch(source, after.map(|after| after.block), from, ranges, tip).await?;
        loop {
            let is_level = fetched.upto.number >= tip.newest.number;
            let agreement = agreement(source, after.as_ref(), &fetched).await?;
            let next = fetched.next;
            let batch = Batch {
                contract: contract.account,
                after: after.map(|after| after.block),
                events: fetched.events,
                upto: fetched.upto,
                final_block: tip.final_block,
                polled_at: is_level.then_some(asked_at),
            };
            let writer = self.writer.clone();
            if is_level {
                let written = writer.apply(&batch).await;
                self.wrote(source, &batch, written, &agreement, tip).await?;
                return match agreement {
                    // Written all the same: a revocation closes the gate even while nobody can confirm it.
                    Agreement::Unknown(Some(error)) => Err(error.into()),
                    _ => Ok(()),
                };
            }
            ranges += 1;
            let upto = Some(batch.upto);
            // On another thread: fetching decodes, writing encodes, and both take their time.
            let write = AbortOnDropHandle::new(tokio::spawn(async move {
                let written = writer.apply(&batch).await;
                (batch, written)
            }));
            let (wrote, ahead) = tokio::join!(write, self.fetch(source, upto, next, ranges, tip));
            let (batch, written) = wrote.map_err(|_| IndexerError::Interrupted)?;
            after = Some(self.wrote(source, &batch, written, &agreement, tip).await?);
            fetched = ahead?;
        }
    }

    /// The next range after the block `after`, from the height `from`, as large as the RPC answers.
    async fn fetch(
        &mut self,
        source: &dyn Source,
        after: Option<BlockRef>,
        mut from: u64,
        ranges: u64,
        tip: &Tip,
    ) -> Result<Fetched, IndexerError> {
        if from == tip.newest.number || after.is_some_and(|after| after.hash == tip.parent) {
            return Ok(newest(source, &self.contract, tip).await?);
        }
        loop {
            let to = self.range.end(from, tip.newest.number);
            match range(source, &self.contract, from, to, ranges, tip).await {
                Ok(Answered::Blocks(fetched)) => {
                    self.range.answered(fetched.events.len());
                    return Ok(fetched);
                }
                Ok(Answered::Skipped { next }) => from = next,
                Err(SourceError::RangeTooLarge { suggested }) => {
                    let asked = to.saturating_sub(from).saturating_add(1);
                    if !self.range.refused(asked, suggested) {
                        let reason = "the RPC does not return the events of a single block".to_owned();
                        return Err(SourceError::Unavailable(reason).into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Draws the conclusions from a batch that was applied, or refused.
    async fn wrote(
        &mut self,
        source: &dyn Source,
        batch: &Batch,
        written: Result<Applied, MirrorError>,
        agreement: &Agreement,
        tip: &Tip,
    ) -> Result<Checkpoint, IndexerError> {
        let head = match written {
            Ok(applied) => applied.head,
            Err(MirrorError::Inconsistent(inconsistency)) => {
                reorg::unchanged(source, batch.after.as_ref(), &batch.upto).await?;
                return Err(self.differs(source, &inconsistency.to_string()).await?);
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(backfill) = &mut self.backfill {
            backfill.wrote(batch, tip);
        }
        let checkpoint = Checkpoint { block: batch.upto, head };
        match agreement {
            Agreement::Agrees => history::agrees(&self.writer, &self.contract.account, &checkpoint).await?,
            Agreement::Differs => return Err(self.differs(source, history::HEAD_DIFFERS).await?),
            Agreement::Unknown(_) => {}
        }
        Ok(checkpoint)
    }
}

/// What a range of heights held.
enum Answered {
    Blocks(Fetched),
    /// No block: the chain skipped all of them.
    Skipped {
        next: u64,
    },
}

/// The events of `from..=to`, and what they end in. While the chain may still undo those blocks, the contract's head is asked for as well.
async fn range(
    source: &dyn Source,
    contract: &Contract,
    from: u64,
    to: u64,
    ranges: u64,
    tip: &Tip,
) -> Result<Answered, SourceError> {
    if to >= tip.newest.number {
        let (range, head) =
            tokio::join!(source.events(contract, from, to), head(source, contract, &tip.newest));
        let Range { events, last, next } = range?;
        if last != Some(tip.newest) {
            return Err(SourceError::Changed);
        }
        return Ok(Answered::Blocks(Fetched { events, upto: tip.newest, head: Some(head), next }));
    }
    let Range { events, last, next } = source.events(contract, from, to).await?;
    let next = next.max(to.saturating_add(1));
    if next > tip.newest.number {
        return Err(SourceError::Changed);
    }
    let Some(upto) = last else { return Ok(Answered::Skipped { next }) };
    let is_asked = to > tip.final_block || (ranges + 1).is_multiple_of(CONFIRM_EVERY_RANGES);
    let head = if is_asked { Some(head(source, contract, &upto).await) } else { None };
    Ok(Answered::Blocks(Fetched { events, upto, head, next }))
}

/// The events of the newest block alone: by its hash, so that no server that has not got so far can answer with nothing.
async fn newest(source: &dyn Source, contract: &Contract, tip: &Tip) -> Result<Fetched, SourceError> {
    let upto = tip.newest;
    let (events, head) = tokio::join!(source.block_events(contract, &upto), head(source, contract, &upto));
    Ok(Fetched { events: events?, upto, head: Some(head), next: upto.number.saturating_add(1) })
}

async fn head(source: &dyn Source, contract: &Contract, upto: &BlockRef) -> Result<HistoryHead, SourceError> {
    Ok(source.history_head(contract, upto).await?.unwrap_or_default())
}

/// Compares, before anything is written, and tells a mistake from a reorg.
async fn agreement(
    source: &dyn Source,
    after: Option<&Checkpoint>,
    fetched: &Fetched,
) -> Result<Agreement, SourceError> {
    let (after_block, upto) = (after.map(|after| &after.block), &fetched.upto);
    if fetched
        .events
        .iter()
        .rev()
        .take_while(|event| event.block == upto.number)
        .any(|event| event.block_hash != upto.hash)
    {
        return Err(SourceError::Changed);
    }
    let contracts = match &fetched.head {
        Some(Ok(head)) => head,
        Some(Err(error)) => return Ok(Agreement::Unknown(Some(error.clone()))),
        None => return Ok(Agreement::Unknown(None)),
    };
    let before = after.map_or(HistoryHead::EMPTY, |after| after.head);
    let mirrors = fetched.events.iter().fold(before, |head, located| head.after(&located.event));
    if mirrors == *contracts {
        return Ok(Agreement::Agrees);
    }
    reorg::unchanged(source, after_block, upto).await?;
    Ok(Agreement::Differs)
}
