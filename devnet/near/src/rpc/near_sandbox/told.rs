//! Blocks put together so far.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use near_primitives::types::BlockHeight;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::rpc::{
    held::Heads,
    lake::{BlockSource, Untold},
};

/// Blocks kept; the oldest go first. A day of a block a second.
const BLOCKS_MAX: usize = 86_400;

#[derive(Debug)]
pub(super) struct ToldBlocks {
    blocks: Mutex<BTreeMap<BlockHeight, Value>>,
    heads: watch::Sender<Heads>,
    first: BlockHeight,
    wait_timeout: Duration,
    pub stopping: CancellationToken,
}

impl ToldBlocks {
    pub fn new(first: BlockHeight, wait_timeout: Duration) -> Self {
        Self {
            blocks: Mutex::default(),
            heads: watch::Sender::new(Heads { optimistic: first, last_final: first }),
            first,
            wait_timeout,
            stopping: CancellationToken::new(),
        }
    }

    pub fn add(&self, height: BlockHeight, block: Value) {
        let mut blocks = self.locked();
        blocks.insert(height, block);
        if blocks.len() > BLOCKS_MAX {
            blocks.pop_first();
        }
    }

    /// Makes blocks up to the heads known.
    pub fn reach(&self, heads: Heads) {
        self.heads.send_replace(heads);
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<BlockHeight, Value>> {
        // Nothing panics while it holds the map, and a map is whole between two calls.
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockSource for ToldBlocks {
    fn heads(&self) -> watch::Receiver<Heads> {
        self.heads.subscribe()
    }

    fn first(&self) -> BlockHeight {
        let oldest = self.locked().first_key_value().map(|(height, _)| *height);
        oldest.map_or(self.first, |oldest| oldest.max(self.first))
    }

    async fn block(&self, height: BlockHeight) -> Result<Value, Untold> {
        Ok(self.locked().get(&height).cloned().unwrap_or_default())
    }

    fn wait_timeout(&self) -> Duration {
        self.wait_timeout
    }

    fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }
}
