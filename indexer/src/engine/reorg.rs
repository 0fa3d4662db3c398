//! Reorgs: where the mirror and the chain part.

use idos_grants::Account;
use idos_mirror::{BlockRef, Checkpoint, MirrorWriter};

use super::IndexerError;
use crate::source::{Source, SourceError, Tip};

/// Checkpoints that are compared before more are read.
const PAGE: u32 = 64;

/// How the mirror's place and the chain lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The mirror's block is in the chain.
    OnChain,
    /// The RPC has not yet got as far as the mirror has been: it lags, and nothing says that blocks were undone.
    Behind,
    /// Blocks were undone. The newest checkpoint that is still in the chain; `None`: not one is.
    Forked(Option<u64>),
}

/// Compares the mirror's place with the chain. Only another block in its place, or a place that the chain skipped, is a fork; where the chain
/// has not got so far, the RPC lags.
pub(super) async fn standing(
    source: &dyn Source,
    writer: &MirrorWriter,
    account: &Account,
    seen: &Checkpoint,
    tip: &Tip,
) -> Result<Standing, IndexerError> {
    if [tip.newest.hash, tip.parent].contains(&seen.block.hash) {
        return Ok(Standing::OnChain);
    }
    if seen.block.number <= tip.newest.number {
        return match is_on_chain(source, &seen.block).await {
            Ok(Some(true)) => Ok(Standing::OnChain),
            Ok(Some(false)) => {
                Ok(Standing::Forked(ancestor(source, writer, account, seen.block.number).await?))
            }
            Ok(None) => Ok(Standing::Behind),
            // The mirror's own block was read; those after it were not.
            Err(SourceError::BlocksMissing { to, .. }) if to > seen.block.number => {
                Err(SourceError::BlocksMissing { from: seen.block.number + 1, to }.into())
            }
            Err(SourceError::BlocksMissing { .. }) => Ok(Standing::OnChain),
            Err(error) => Err(error.into()),
        };
    }
    // The chain is shorter than the mirror: its tip, or a checkpoint below it, tells a fork from an RPC that lags.
    let below = tip.newest.number.saturating_add(1);
    let Some(newest) = writer.checkpoints_below(account, below, 1).await?.first().copied() else {
        return Ok(Standing::Behind);
    };
    match is_known_on_chain(source, &newest.block).await? {
        Some(false) => Ok(Standing::Forked(ancestor(source, writer, account, newest.block.number).await?)),
        Some(true) | None => Ok(Standing::Behind),
    }
}

/// Refuses to go on if one of the two blocks, which the chain had a moment ago, is not in it any more.
pub(super) async fn unchanged(
    source: &dyn Source,
    after: Option<&BlockRef>,
    upto: &BlockRef,
) -> Result<(), SourceError> {
    for block in after.into_iter().chain([upto]) {
        match is_on_chain(source, block).await {
            // What an RPC has dropped, it had in its chain.
            Ok(Some(true)) | Err(SourceError::BlocksMissing { .. }) => {}
            Ok(Some(false)) => return Err(SourceError::Changed),
            Ok(None) => return Err(SourceError::Lags),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn ancestor(
    source: &dyn Source,
    writer: &MirrorWriter,
    account: &Account,
    mut below: u64,
) -> Result<Option<u64>, IndexerError> {
    loop {
        let page = writer.checkpoints_below(account, below, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        for checkpoint in &page {
            if is_known_on_chain(source, &checkpoint.block).await?.ok_or(SourceError::Lags)? {
                return Ok(Some(checkpoint.block.number));
            }
        }
        below = last.block.number;
    }
}

/// Whether the chain has this block in its place; `None`: it has not got so far.
async fn is_on_chain(source: &dyn Source, block: &BlockRef) -> Result<Option<bool>, SourceError> {
    Ok(source.block(block.number).await?.map(|found| found.hash == block.hash))
}

/// The same; `None` also where the RPC has dropped blocks so old.
async fn is_known_on_chain(source: &dyn Source, block: &BlockRef) -> Result<Option<bool>, SourceError> {
    match is_on_chain(source, block).await {
        Err(SourceError::BlocksMissing { .. }) => Ok(None),
        answer => answer,
    }
}
