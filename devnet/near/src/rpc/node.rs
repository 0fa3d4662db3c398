//! The one owner of the chain. The engine computes; so whoever holds the chain works on a thread for blocking work, one at
//! a time.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use near_primitives::types::BlockHeight;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::{
    clock::Clock,
    config::DevnetConfig,
    held::{Heads, Held},
};
use crate::chain::Chain;

pub(super) struct Node {
    held: Arc<Mutex<Held>>,
    heads: watch::Sender<Heads>,
    pub clock: Clock,
    pub started_at_ns: u64,
    pub rpc_address: SocketAddr,
    /// Height of the genesis block.
    pub first: BlockHeight,
    pub wait_timeout: Duration,
    pub stopping: CancellationToken,
}

impl Node {
    pub fn new(chain: Chain, config: &DevnetConfig, rpc_address: SocketAddr) -> Self {
        let first = chain.genesis_height();
        let held = Held::new(chain, config.clock.clone(), config.blocks);
        Self {
            heads: watch::Sender::new(held.heads()),
            held: Arc::new(Mutex::new(held)),
            clock: config.clock.clone(),
            started_at_ns: config.clock.unix_ns(),
            rpc_address,
            first,
            wait_timeout: config.wait_timeout,
            stopping: CancellationToken::new(),
        }
    }

    /// Reads the chain.
    pub async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Chain) -> T + Send + 'static,
    ) -> Result<T, EngineGone> {
        self.hold(|held| ask(&held.chain)).await
    }

    /// Does something with the chain, and tells those who wait for blocks.
    pub async fn hold<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> T + Send + 'static,
    ) -> Result<T, EngineGone> {
        let mut held = Arc::clone(&self.held).lock_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let answer = work(&mut held);
            (answer, held.heads())
        });
        let (answer, heads) = done.await.map_err(|_| EngineGone)?;
        self.heads.send_if_modified(|known| std::mem::replace(known, heads) != heads);
        Ok(answer)
    }

    /// Changes whenever blocks were made.
    pub fn heads(&self) -> watch::Receiver<Heads> {
        self.heads.subscribe()
    }
}

/// The engine stopped in the middle of a request, by a bug or because the process ends.
#[derive(Debug, thiserror::Error)]
#[error("the engine stopped in the middle of this request; if the devnet is still up, its log says why")]
pub(super) struct EngineGone;
