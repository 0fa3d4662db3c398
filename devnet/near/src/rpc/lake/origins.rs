//! Which transaction led to a receipt.

use std::collections::HashMap;

use near_indexer_primitives::StreamerMessage;
use near_primitives::{
    hash::CryptoHash,
    types::{BlockHeight, BlockId, BlockReference},
};

use crate::chain::Chain;

/// Receipts of all blocks read so far, each with the transaction it stems from.
#[derive(Debug, Default)]
pub(in crate::rpc) struct ReceiptOrigins {
    transactions: HashMap<CryptoHash, CryptoHash>,
    read_until: Option<BlockHeight>,
}

impl ReceiptOrigins {
    /// The transaction that led to a receipt.
    pub fn of(&self, receipt: &CryptoHash) -> Option<CryptoHash> {
        self.transactions.get(receipt).copied()
    }

    /// Reads the blocks made since the last time.
    pub fn catch_up(&mut self, chain: &Chain) {
        for height in self.unread(chain) {
            if let Some(message) = chain.streamer_message(height) {
                self.read(&message);
            }
        }
        self.read_until = Some(chain.head());
    }

    /// Heights with a block, oldest first; found from the head backwards, because heights may have been skipped.
    fn unread(&self, chain: &Chain) -> Vec<BlockHeight> {
        let mut heights = Vec::new();
        let mut next = Some(chain.head());
        while let Some(height) = next.filter(|height| self.read_until.is_none_or(|read| *height > read)) {
            heights.push(height);
            let block = chain.block(&BlockReference::BlockId(BlockId::Height(height)));
            next = block.and_then(|block| block.header.prev_height).filter(|previous| *previous < height);
        }
        heights.reverse();
        heights
    }

    fn read(&mut self, message: &StreamerMessage) {
        for shard in &message.shards {
            for transaction in shard.chunk.iter().flat_map(|chunk| &chunk.transactions) {
                let made = &transaction.outcome.execution_outcome.outcome.receipt_ids;
                self.transactions.extend(made.iter().map(|id| (*id, transaction.transaction.hash)));
            }
            for executed in &shard.receipt_execution_outcomes {
                if let Some(transaction) = self.of(&executed.receipt.receipt_id) {
                    let made = &executed.execution_outcome.outcome.receipt_ids;
                    self.transactions.extend(made.iter().map(|id| (*id, transaction)));
                }
            }
        }
    }
}
