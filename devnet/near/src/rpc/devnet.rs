//! A running devnet.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};
use tracing::{error, info};
use url::Url;

use super::{
    account::FundedAccount,
    config::{BlockProduction, DevnetConfig},
    held::SandboxError,
    node::{EngineGone, Node},
    server,
};
use crate::chain::{Chain, ChainError, GenesisError};

/// A NEAR chain with its JSON-RPC and its Lake blocks on an HTTP port. It ends with the value, or with [`Devnet::stop`].
pub struct Devnet {
    node: Arc<Node>,
    rpc: Url,
    accounts: Vec<FundedAccount>,
    tasks: Vec<JoinHandle<()>>,
}

impl Devnet {
    /// Makes the first block and listens.
    pub async fn start(config: DevnetConfig) -> Result<Self, DevnetError> {
        let chain = Chain::new(config.genesis())?;
        let cannot_listen = |source| DevnetError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let rpc = Url::parse(&format!("http://{address}"))
            .map_err(|parse| cannot_listen(io::Error::new(io::ErrorKind::AddrNotAvailable, parse)))?;
        let node = Arc::new(Node::new(chain, &config, address));
        let mut tasks = vec![tokio::spawn(serve(Arc::clone(&node), listener))];
        if let BlockProduction::Every(interval) = config.blocks {
            tasks.push(tokio::spawn(produce_every(Arc::clone(&node), interval)));
        }
        info!(%rpc, chain_id = config.chain_id, "the NEAR devnet answers");
        Ok(Self { node, rpc, accounts: config.accounts, tasks })
    }

    /// Where it answers: JSON-RPC at this address itself, Lake blocks below `v0/`.
    pub fn rpc(&self) -> &Url {
        &self.rpc
    }

    /// The accounts of the first block.
    pub fn accounts(&self) -> &[FundedAccount] {
        &self.accounts
    }

    /// Makes blocks, whatever the [`BlockProduction`].
    pub async fn produce_blocks(&self, count: u32) -> Result<(), DevnetError> {
        let made = self.node.hold(move |held| (0..count).try_for_each(|_| held.produce().map(drop)));
        Ok(made.await??)
    }

    /// Moves time forward, with one block and no other skipped height: what `sandbox_fast_forward` does with
    /// `delta_height` 1 and `seconds`.
    pub async fn advance_time(&self, by: Duration) -> Result<(), DevnetError> {
        Ok(self.node.hold(move |held| held.fast_forward(1, by)).await??)
    }

    /// Reads the chain itself.
    pub async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Chain) -> T + Send + 'static,
    ) -> Result<T, DevnetError> {
        Ok(self.node.read(ask).await?)
    }

    /// Answers what is under way, but not for longer than five seconds, and ends.
    pub async fn stop(mut self) {
        self.node.stopping.cancel();
        for mut task in std::mem::take(&mut self.tasks) {
            if tokio::time::timeout(STOP_TIMEOUT, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        self.node.stopping.cancel();
    }
}

async fn serve(node: Arc<Node>, listener: TcpListener) {
    let stopping = node.stopping.clone();
    let served =
        axum::serve(listener, server::router(node)).with_graceful_shutdown(stopping.cancelled_owned());
    if let Err(failed) = served.await {
        error!(%failed, "the devnet's HTTP server ended");
    }
}

async fn produce_every(node: Arc<Node>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval.max(INTERVAL_MIN));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = node.stopping.cancelled() => return,
        }
        match node.hold(|held| held.produce().map(drop)).await {
            Ok(Ok(())) => {}
            Ok(Err(failed)) => error!(%failed, "no block was made"),
            Err(EngineGone) => return,
        }
    }
}

/// How long [`Devnet::stop`] waits for answers that somebody is slow to take.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest time between two blocks.
const INTERVAL_MIN: Duration = Duration::from_millis(1);

/// Why a devnet does not run, or did not do something.
#[derive(Debug, thiserror::Error)]
pub enum DevnetError {
    /// The accounts cannot be.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The port is taken, or the address is not of this machine.
    #[error("the devnet cannot listen on {address}: {source}; choose another port, or 0 for a free one")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The engine failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Time or state was not changed.
    #[error("{0}")]
    Sandbox(String),
    /// The engine stopped in the middle of something.
    #[error("the devnet's engine stopped; its log says why")]
    EngineGone,
}

impl From<EngineGone> for DevnetError {
    fn from(EngineGone: EngineGone) -> Self {
        Self::EngineGone
    }
}

impl From<SandboxError> for DevnetError {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Chain(error) => Self::Chain(error),
            other => Self::Sandbox(other.to_string()),
        }
    }
}
