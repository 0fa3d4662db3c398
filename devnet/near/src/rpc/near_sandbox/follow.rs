//! Follows the sandbox's chain, block by block, and puts Lake's messages together from its answers.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use near_indexer_primitives::{
    IndexerChunkView, IndexerExecutionOutcomeWithOptionalReceipt, IndexerExecutionOutcomeWithReceipt,
    IndexerShard, IndexerTransactionWithOutcome, StreamerMessage,
};
use near_primitives::{
    hash::CryptoHash,
    types::{AccountId, BlockHeight, ShardId},
    views::{
        BlockView, ChunkView, ExecutionOutcomeWithIdView, FinalExecutionOutcomeViewEnum,
        FinalExecutionOutcomeWithReceiptView, ReceiptView, SignedTransactionView, TxExecutionStatus,
    },
};
use tracing::warn;

use super::{
    execution::in_order,
    told::ToldBlocks,
    upstream::{Upstream, UpstreamError},
};
use crate::rpc::{
    held::Heads,
    lake::{Untold, tell},
};

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Transactions whose receipts are looked for in every new block.
const UNDER_WAY_MAX: usize = 10_000;

/// A transaction and who sent it.
type Sent = (CryptoHash, AccountId);

pub(super) struct Follower {
    upstream: Upstream,
    told: Arc<ToldBlocks>,
    /// Transactions that may still have receipts to run.
    under_way: Vec<Sent>,
    /// Which transaction a receipt stems from.
    origins: HashMap<CryptoHash, CryptoHash>,
    read: HashSet<CryptoHash>,
    head: Option<BlockHeight>,
}

/// What ran in one block.
#[derive(Default)]
struct Ran {
    transactions: HashMap<CryptoHash, ExecutionOutcomeWithIdView>,
    receipts: Vec<IndexerExecutionOutcomeWithReceipt>,
}

impl Follower {
    pub fn new(upstream: Upstream, told: Arc<ToldBlocks>) -> Self {
        Self {
            upstream,
            told,
            under_way: Vec::new(),
            origins: HashMap::new(),
            read: HashSet::new(),
            head: None,
        }
    }

    pub async fn follow(mut self) {
        let told = Arc::clone(&self.told);
        loop {
            if let Err(failed) = self.catch_up().await {
                warn!(%failed, "no Lake blocks from near-sandbox this time");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = told.stopping.cancelled() => return,
            }
        }
    }

    /// Reads all blocks made since the last time.
    pub async fn catch_up(&mut self) -> Result<(), FollowError> {
        let newest = self.upstream.head("optimistic").await?;
        let last_final = self.upstream.head("final").await?.header.height;
        let optimistic = newest.header.height;
        for block in self.unread(newest).await? {
            self.read_block(block).await?;
        }
        self.told.reach(Heads { optimistic, last_final: last_final.min(optimistic) });
        Ok(())
    }

    /// Blocks made since the last time, oldest first.
    async fn unread(&self, newest: BlockView) -> Result<Vec<BlockView>, UpstreamError> {
        let mut blocks = Vec::new();
        let mut next = Some(newest);
        while let Some(block) = next.filter(|block| self.head.is_none_or(|head| block.header.height > head)) {
            let previous = block.header.prev_hash;
            blocks.push(block);
            next = if previous == CryptoHash::default() {
                None
            } else {
                Some(self.upstream.block(previous).await?)
            };
        }
        blocks.reverse();
        Ok(blocks)
    }

    async fn read_block(&mut self, block: BlockView) -> Result<(), FollowError> {
        let (height, hash) = (block.header.height, block.header.hash);
        let [header] = block.chunks.as_slice() else {
            return Err(FollowError::Shards(block.chunks.len()));
        };
        let shard_id = header.shard_id;
        let is_new = header.height_included == height;
        let chunk = if is_new { Some(self.upstream.chunk(header.chunk_hash).await?) } else { None };
        let ran = self.what_ran(hash, self.under_way_with(chunk.as_ref())?).await?;
        let message = StreamerMessage { block, shards: vec![shard(shard_id, chunk, ran)] };
        self.told.add(height, tell(&message, |receipt| self.origins.get(receipt).copied())?);
        self.head = Some(height);
        Ok(())
    }

    /// What was under way before the chunk, and what the chunk sends.
    fn under_way_with(&self, chunk: Option<&ChunkView>) -> Result<Vec<Sent>, FollowError> {
        let sent = chunk.into_iter().flat_map(|chunk| &chunk.transactions);
        let sent = sent.map(|transaction| (transaction.hash, transaction.signer_id.clone()));
        let mut under_way = self.under_way.clone();
        // A block that failed half-way is read again.
        under_way.extend(sent.filter(|sent| !self.under_way.contains(sent)));
        if under_way.len() > UNDER_WAY_MAX { Err(FollowError::TooManyUnderWay) } else { Ok(under_way) }
    }

    /// Asks for every transaction under way what of it ran in the block.
    async fn what_ran(&mut self, block: CryptoHash, under_way: Vec<Sent>) -> Result<Ran, UpstreamError> {
        let mut ran = Ran::default();
        let mut still_under_way = Vec::new();
        self.read.insert(block);
        for (hash, sender) in under_way {
            let response = match self.upstream.transaction(hash, &sender).await {
                Ok(response) => response,
                // It was in the chunk and found invalid, so nothing of it runs.
                Err(error) if error.is_unknown_transaction() => continue,
                Err(error) => return Err(error),
            };
            let mut ended = response.final_execution_status == TxExecutionStatus::Final;
            match response.final_execution_outcome {
                Some(FinalExecutionOutcomeViewEnum::FinalExecutionOutcomeWithReceipt(outcome)) => {
                    let executed = &outcome.final_outcome.receipts_outcome;
                    ended &= executed.iter().all(|executed| self.read.contains(&executed.block_hash));
                    self.sort_in(block, hash, outcome, &mut ran).await?;
                }
                Some(FinalExecutionOutcomeViewEnum::FinalExecutionOutcome(_)) | None => ended = false,
            }
            if !ended {
                still_under_way.push((hash, sender));
            }
        }
        self.under_way = still_under_way;
        Ok(ran)
    }

    async fn sort_in(
        &mut self,
        block: CryptoHash,
        transaction: CryptoHash,
        outcome: FinalExecutionOutcomeWithReceiptView,
        ran: &mut Ran,
    ) -> Result<(), UpstreamError> {
        let mut receipts: HashMap<CryptoHash, ReceiptView> =
            outcome.receipts.into_iter().map(|receipt| (receipt.receipt_id, receipt)).collect();
        let whole = outcome.final_outcome;
        for execution_outcome in whole.receipts_outcome {
            self.origins.insert(execution_outcome.id, transaction);
            if execution_outcome.block_hash != block {
                continue;
            }
            let receipt = match receipts.remove(&execution_outcome.id) {
                Some(receipt) => receipt,
                None => self.upstream.receipt(execution_outcome.id).await?,
            };
            ran.receipts.push(IndexerExecutionOutcomeWithReceipt { execution_outcome, receipt });
        }
        if whole.transaction_outcome.block_hash == block {
            ran.transactions.insert(transaction, whole.transaction_outcome);
        }
        Ok(())
    }
}

fn shard(shard_id: ShardId, chunk: Option<ChunkView>, mut ran: Ran) -> IndexerShard {
    let made = ran.transactions.iter();
    let made =
        made.filter_map(|(hash, outcome)| Some((*hash, *outcome.outcome.receipt_ids.first()?))).collect();
    let receipt_execution_outcomes = in_order(chunk.as_ref(), &made, ran.receipts);
    let chunk = chunk.map(|chunk| IndexerChunkView {
        transactions: with_outcomes(chunk.transactions, &mut ran.transactions),
        author: chunk.author,
        header: chunk.header,
        receipts: chunk.receipts,
        local_receipts: Vec::new(),
        instant_receipts: Vec::new(),
    });
    IndexerShard { shard_id, chunk, receipt_execution_outcomes, state_changes: Vec::new() }
}

/// The transactions that became receipts, which is all but those found invalid.
fn with_outcomes(
    transactions: Vec<SignedTransactionView>,
    outcomes: &mut HashMap<CryptoHash, ExecutionOutcomeWithIdView>,
) -> Vec<IndexerTransactionWithOutcome> {
    let with_outcome = transactions.into_iter().filter_map(|transaction| {
        let execution_outcome = outcomes.remove(&transaction.hash)?;
        let outcome = IndexerExecutionOutcomeWithOptionalReceipt { execution_outcome, receipt: None };
        Some(IndexerTransactionWithOutcome { transaction, outcome })
    });
    with_outcome.collect()
}

/// Why a block was not put together; it is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error(transparent)]
    Untold(#[from] Untold),
    #[error("near-sandbox runs {0} shards; Lake blocks can be put together for one only")]
    Shards(usize),
    #[error("more than {UNDER_WAY_MAX} transactions are under way at the same time")]
    TooManyUnderWay,
}

impl FollowError {
    /// Whether another try may succeed.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Upstream(_) => true,
            Self::Untold(_) | Self::Shards(_) | Self::TooManyUnderWay => false,
        }
    }
}
