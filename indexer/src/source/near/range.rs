//! Where ranges of heights begin and end, on a chain that skips heights. That a height holds no block is believed only if a block above it
//! says so, by the height and hash of the block before it: a server that lags has nothing at a height either.

use std::sync::Arc;

use super::{block::Block, blocks::Blocks, view::View};
use crate::source::SourceError;

/// Where a range ends.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// The last block of at most the height that was asked for; `None`: the chain begins later.
    pub(super) last: Option<Arc<Block>>,
    /// The first height after the range that can hold a block.
    pub(super) next: u64,
}

/// The block at a height, by what the server says now: `None` may also mean that the server lags.
pub(super) async fn block_at(
    blocks: &Blocks,
    view: &View,
    height: u64,
) -> Result<Option<Arc<Block>>, SourceError> {
    if height < view.final_block().at.number {
        return blocks.final_block(height).await;
    }
    Ok(view.block_at(height).cloned())
}

/// The first block of at least this height, which is not above the view's newest.
pub(super) async fn first_from(blocks: &Blocks, view: &View, height: u64) -> Result<Arc<Block>, SourceError> {
    match block_at(blocks, view, height).await? {
        Some(block) => Ok(block),
        None => {
            let above = some_above(blocks, view, height).await?;
            lowest(blocks, view, height, above).await
        }
    }
}

/// Where a range up to this height ends, which is not above the view's newest.
pub(super) async fn end(blocks: &Blocks, view: &View, height: u64) -> Result<End, SourceError> {
    if let Some(block) = block_at(blocks, view, height).await? {
        return Ok(End { last: Some(block), next: height.saturating_add(1) });
    }
    let above = first_from(blocks, view, height).await?;
    Ok(End { last: parent(blocks, view, &above).await?, next: above.at.number })
}

/// Any block above a height, in steps that double: gaps can be long.
async fn some_above(blocks: &Blocks, view: &View, height: u64) -> Result<Arc<Block>, SourceError> {
    let newest = view.newest();
    let mut step = 1;
    loop {
        let above = height.saturating_add(step);
        if above >= newest.at.number {
            return Ok(newest.clone());
        }
        if let Some(block) = block_at(blocks, view, above).await? {
            return Ok(block);
        }
        step = step.saturating_mul(2);
    }
}

/// The lowest block of at least `height`, from any block above it downwards. Gaps are crossed by halves, blocks by their parents.
async fn lowest(
    blocks: &Blocks,
    view: &View,
    height: u64,
    mut above: Arc<Block>,
) -> Result<Arc<Block>, SourceError> {
    let mut low = height;
    while let Some(below) = above.parent_height.filter(|below| *below >= height) {
        if low >= below {
            above = parent(blocks, view, &above).await?.ok_or(SourceError::Changed)?;
            continue;
        }
        let middle = low + (below - low) / 2;
        match block_at(blocks, view, middle).await? {
            Some(block) => above = block,
            None => low = middle + 1,
        }
    }
    Ok(above)
}

/// The block before this one; `None` for the chain's first.
async fn parent(blocks: &Blocks, view: &View, block: &Block) -> Result<Option<Arc<Block>>, SourceError> {
    let Some(height) = block.parent_height else { return Ok(None) };
    let found = block_at(blocks, view, height).await?.ok_or(SourceError::Lags)?;
    if !block.follows(&found) {
        return Err(SourceError::Changed);
    }
    Ok(Some(found))
}
