//! Range after range to the tip, one ahead of the one that is being written.

use idos_grants::HistoryHead;
use idos_mirror::{Applied, Batch, BlockRef, Checkpoint, Contract, Located, MirrorError};

use tokio_util::task::AbortOnDropHandle;

use super::{IndexerError, follower::Follower, history, progress::Backfill, reorg};
use crate::source::{Source, SourceError, Tip};

/// On a long way, a mistake should show before its end.
const CONFIRM_EVERY_RANGES: u64 = 32;

/// A range of blocks, fetched.
struct Fetched {
    events: Vec<Located>,
    upto: BlockRef,
    /// The contract's own head at its end, where it was asked for.
    head: Option<Result<HistoryHead, SourceError>>,
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
        let mut fetched = self.fetch(source, from, ranges, tip).await?;
        loop {
            let is_level = fetched.upto.number >= tip.newest.number;
            let agreement = agreement(source, after.as_ref(), &fetched).await?;
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
            let next = batch.upto.number + 1;
            // On another thread: fetching decodes, writing encodes, and both take their time.
            let write = AbortOnDropHandle::new(tokio::spawn(async move {
                let written = writer.apply(&batch).await;
                (batch, written)
            }));
            let (wrote, ahead) = tokio::join!(write, self.fetch(source, next, ranges, tip));
            let (batch, written) = wrote.map_err(|_| IndexerError::Interrupted)?;
            after = Some(self.wrote(source, &batch, written, &agreement, tip).await?);
            fetched = ahead?;
        }
    }

    /// The next range from `from`, as large as the RPC answers.
    async fn fetch(
        &mut self,
        source: &dyn Source,
        from: u64,
        ranges: u64,
        tip: &Tip,
    ) -> Result<Fetched, IndexerError> {
        loop {
            let to = self.range.end(from, tip.newest.number);
            match range(source, &self.contract, from, to, ranges, tip).await {
                Ok(fetched) => {
                    self.range.answered(fetched.events.len());
                    return Ok(fetched);
                }
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

/// The events of `from..=to`, and what they end in. While the chain may still undo those blocks, the contract's head is asked for as well.
async fn range(
    source: &dyn Source,
    contract: &Contract,
    from: u64,
    to: u64,
    ranges: u64,
    tip: &Tip,
) -> Result<Fetched, SourceError> {
    let head = async |upto| {
        let head = source.history_head(contract, upto).await;
        Some(head.map(Option::unwrap_or_default))
    };
    if to >= tip.newest.number {
        let upto = tip.newest;
        let events = async {
            // By its hash, so that no server that has not got so far can answer with nothing.
            if from == to {
                source.block_events(contract, &upto).await
            } else {
                source.events(contract, from, to).await
            }
        };
        let (events, head) = tokio::join!(events, head(&upto));
        return Ok(Fetched { events: events?, upto, head });
    }
    let (events, upto) = tokio::join!(source.events(contract, from, to), source.block(to));
    let (events, upto) = (events?, upto?.ok_or_else(SourceError::lags)?);
    let is_asked = to > tip.final_block || (ranges + 1).is_multiple_of(CONFIRM_EVERY_RANGES);
    let head = if is_asked { head(&upto).await } else { None };
    Ok(Fetched { events, upto, head })
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
        return Err(SourceError::changed());
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
