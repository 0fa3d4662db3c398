//! Reorgs: where the mirror and the chain part.

use idos_grants::Account;
use idos_mirror::{Checkpoint, MirrorWriter};

use super::IndexerError;
use crate::source::{Source, Tip};

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

/// Compares the mirror's place with the chain.
pub(super) async fn standing(
    source: &dyn Source,
    writer: &MirrorWriter,
    account: &Account,
    seen: &Checkpoint,
    tip: &Tip,
) -> Result<Standing, IndexerError> {
    if seen.block.hash == tip.newest.hash {
        return Ok(Standing::OnChain);
    }
    if seen.block.number <= tip.newest.number {
        return match is_on_chain(source, seen).await? {
            true => Ok(Standing::OnChain),
            false => Ok(Standing::Forked(ancestor(source, writer, account, seen.block.number).await?)),
        };
    }
    // The chain is shorter than the mirror. Only a checkpoint at its height or below can tell a fork from an RPC that lags.
    let common = ancestor(source, writer, account, tip.newest.number.saturating_add(1)).await?;
    let newest = writer.checkpoints_below(account, tip.newest.number.saturating_add(1), 1).await?;
    match newest.first() {
        Some(newest) if common != Some(newest.block.number) => Ok(Standing::Forked(common)),
        _ => Ok(Standing::Behind),
    }
}

async fn ancestor(
    source: &dyn Source,
    writer: &MirrorWriter,
    account: &Account,
    below: u64,
) -> Result<Option<u64>, IndexerError> {
    let mut below = below;
    loop {
        let page = writer.checkpoints_below(account, below, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        for checkpoint in &page {
            if is_on_chain(source, checkpoint).await? {
                return Ok(Some(checkpoint.block.number));
            }
        }
        below = last.block.number;
    }
}

async fn is_on_chain(source: &dyn Source, checkpoint: &Checkpoint) -> Result<bool, IndexerError> {
    let block = source.block(checkpoint.block.number).await?;
    Ok(block.is_some_and(|block| block.hash == checkpoint.block.hash))
}
