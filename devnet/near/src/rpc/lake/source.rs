//! Where the blocks come from.

use std::time::Duration;

use near_indexer_primitives::StreamerMessage;
use near_primitives::{hash::CryptoHash, types::BlockHeight};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::rpc::{
    held::Heads,
    node::{EngineGone, Node},
};

/// A chain whose blocks can be told.
pub(in crate::rpc) trait BlockSource: Send + Sync + 'static {
    /// Changes whenever there are new blocks.
    fn heads(&self) -> watch::Receiver<Heads>;
    /// The first height of all.
    fn first(&self) -> BlockHeight;
    /// The block as neardata tells it, or null for a skipped height. Asked only for heights up to the head.
    fn block(&self, height: BlockHeight) -> impl Future<Output = Result<Value, Untold>> + Send;
    /// How long a request waits for a block that is about to be made.
    fn wait_timeout(&self) -> Duration;
    /// Ends all waiting.
    fn stopping(&self) -> &CancellationToken;
}

impl BlockSource for Node {
    fn heads(&self) -> watch::Receiver<Heads> {
        Self::heads(self)
    }

    fn first(&self) -> BlockHeight {
        self.first
    }

    async fn block(&self, height: BlockHeight) -> Result<Value, Untold> {
        self.hold(move |held| {
            held.origins.catch_up(&held.chain);
            let message = held.chain.streamer_message(height);
            message.map_or(Ok(Value::Null), |message| tell(&message, |receipt| held.origins.of(receipt)))
        })
        .await?
    }

    fn wait_timeout(&self) -> Duration {
        self.wait_timeout
    }

    fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }
}

/// Lake's message, with `tx_hash` beside each outcome as neardata adds it.
pub(in crate::rpc) fn tell(
    message: &StreamerMessage,
    transaction_of: impl Fn(&CryptoHash) -> Option<CryptoHash>,
) -> Result<Value, Untold> {
    let mut told = serde_json::to_value(message)?;
    for (shard_at, shard) in message.shards.iter().enumerate() {
        for (outcome_at, executed) in shard.receipt_execution_outcomes.iter().enumerate() {
            let transaction = transaction_of(&executed.receipt.receipt_id);
            told["shards"][shard_at]["receipt_execution_outcomes"][outcome_at]["tx_hash"] =
                json!(transaction);
        }
    }
    Ok(told)
}

/// Why a block cannot be told.
#[derive(Debug, thiserror::Error)]
pub(in crate::rpc) enum Untold {
    #[error(transparent)]
    Engine(#[from] EngineGone),
    #[error("the block cannot be told as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
