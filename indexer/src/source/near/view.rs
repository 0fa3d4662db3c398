//! The end of the chain at one moment: the newest block, and those under it that the chain may still undo.

use std::sync::Arc;

use super::{block::Block, blocks::Blocks};
use crate::source::SourceError;

/// The most blocks above the final one. A chain that finds no finality for longer is not followed until it does.
const UNFINAL_MAX: usize = 512;

/// A chain of blocks, each the parent of the next: the final one, and what came after it.
#[derive(Debug, Clone)]
pub(super) struct View {
    final_block: Arc<Block>,
    /// Oldest first.
    unfinal: Vec<Arc<Block>>,
}

impl View {
    /// From the newest block down to the one that it says is final. So both are of one fork, whatever other forks the server has seen.
    pub(super) async fn of(blocks: &Blocks) -> Result<Self, SourceError> {
        let mut block = blocks.newest().await?;
        let last_final = block.last_final;
        let mut unfinal = Vec::new();
        while block.at.hash != last_final {
            // Before there is a final block, the first one is.
            let Some(height) = block.parent_height else { break };
            if unfinal.len() == UNFINAL_MAX {
                return Err(SourceError::Unavailable(format!("no block was final for {UNFINAL_MAX} blocks")));
            }
            let parent = blocks.by_hash(height, block.parent).await?;
            unfinal.push(std::mem::replace(&mut block, parent));
        }
        unfinal.reverse();
        Ok(Self { final_block: block, unfinal })
    }

    pub(super) fn newest(&self) -> &Arc<Block> {
        self.unfinal.last().unwrap_or(&self.final_block)
    }

    pub(super) fn final_block(&self) -> &Arc<Block> {
        &self.final_block
    }

    /// The block at a height from the final block's on; `None`: there is none.
    pub(super) fn block_at(&self, height: u64) -> Option<&Arc<Block>> {
        std::iter::once(&self.final_block).chain(&self.unfinal).find(|block| block.at.number == height)
    }
}
