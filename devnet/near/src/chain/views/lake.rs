//! Blocks as NEAR Lake and neardata give them to indexers.

use near_indexer_primitives::{
    IndexerChunkView, IndexerExecutionOutcomeWithOptionalReceipt, IndexerExecutionOutcomeWithReceipt,
    IndexerShard, IndexerTransactionWithOutcome, StreamerMessage,
};
use near_primitives::hash::CryptoHash;
use near_primitives::types::ShardId;
use near_primitives::views::ReceiptView;

use super::block::{block as block_view, chunk_header};
use super::outcome::outcome;
use super::{SHARD, changes};
use crate::chain::blocks::{Block, Blocks};
use crate::chain::protocol::Protocol;

pub(crate) fn streamer_message(protocol: &Protocol, blocks: &Blocks, block: &Block) -> StreamerMessage {
    let shard = IndexerShard {
        shard_id: ShardId::new(SHARD),
        chunk: Some(chunk(blocks, block)),
        receipt_execution_outcomes: receipt_outcomes(blocks, block),
        state_changes: changes::view(block.changes.iter().cloned()),
    };
    StreamerMessage { block: block_view(protocol, blocks, block), shards: vec![shard] }
}

fn chunk(blocks: &Blocks, block: &Block) -> IndexerChunkView {
    let transactions = block.transactions.iter().filter_map(|transaction| {
        let execution_outcome = outcome(blocks, transaction.hash())?;
        Some(IndexerTransactionWithOutcome {
            transaction: transaction.clone().into(),
            outcome: IndexerExecutionOutcomeWithOptionalReceipt { execution_outcome, receipt: None },
        })
    });
    IndexerChunkView {
        author: blocks.author.clone(),
        header: chunk_header(blocks, block),
        transactions: transactions.collect(),
        receipts: receipts(blocks, &block.receipts),
        local_receipts: receipts(blocks, &block.local_receipts),
        instant_receipts: receipts(blocks, &block.instant_receipts),
    }
}

fn receipts(blocks: &Blocks, ids: &[CryptoHash]) -> Vec<ReceiptView> {
    ids.iter().filter_map(|id| blocks.receipt(id)).cloned().map(Into::into).collect()
}

/// Outcomes of receipts; those of transactions are with the transactions.
fn receipt_outcomes(blocks: &Blocks, block: &Block) -> Vec<IndexerExecutionOutcomeWithReceipt> {
    let ran = block.outcomes.iter().filter_map(|ran| {
        let receipt = blocks.receipt(&ran.id)?.clone().into();
        Some(IndexerExecutionOutcomeWithReceipt { execution_outcome: outcome(blocks, &ran.id)?, receipt })
    });
    ran.collect()
}
