//! The one owner of the network: a thread of its own, with the stack that Soroban's host wants, which does one piece of
//! work after another.

use std::{
    io,
    net::SocketAddr,
    panic::{self, AssertUnwindSafe},
    thread,
    time::Duration,
};

use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::error;
use url::Url;

use super::{config::DevnetConfig, held::Held};
use crate::chain::{GenesisError, Network};

/// Bytes of the engine's stack. Contracts call contracts, and each call runs a machine inside another.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Pieces of work that wait for the engine.
const QUEUE_MAX: usize = 512;

type Work = Box<dyn FnOnce(&mut Held) + Send>;

pub(super) struct Node {
    work: mpsc::Sender<Work>,
    latest: watch::Receiver<u32>,
    /// One transaction of friendbot at a time: each takes the account's next sequence number.
    pub friendbot: Mutex<()>,
    pub friendbot_url: Url,
    pub wait_timeout: Duration,
    pub stopping: CancellationToken,
}

impl Node {
    /// Starts the engine on a network's first ledger.
    pub async fn start(config: &DevnetConfig, address: SocketAddr) -> Result<Self, StartError> {
        let friendbot_url = Url::parse(&format!("http://{address}/friendbot"))
            .map_err(|parse| io::Error::new(io::ErrorKind::AddrNotAvailable, parse))?;
        let (work, queue) = mpsc::channel(QUEUE_MAX);
        let (started, start) = oneshot::channel();
        let (told, latest) = watch::channel(0);
        let engine = Engine { config: config.clone(), queue, told };
        thread::Builder::new()
            .name("stellar-devnet".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || engine.run(started))?;
        start.await.map_err(|_| EngineGone)??;
        Ok(Self {
            work,
            latest,
            friendbot: Mutex::new(()),
            friendbot_url,
            wait_timeout: config.wait_timeout,
            stopping: CancellationToken::new(),
        })
    }

    /// Reads the network.
    pub async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Network) -> T + Send + 'static,
    ) -> Result<T, EngineGone> {
        self.hold(|held| ask(&held.network)).await
    }

    /// Does something with the network, and tells those who wait for ledgers.
    pub async fn hold<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Held) -> T + Send + 'static,
    ) -> Result<T, EngineGone> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |held| {
            // Who asked may have gone.
            let _gone = answer.send(work(held));
        });
        self.work.send(work).await.map_err(|_| EngineGone)?;
        answered.await.map_err(|_| EngineGone)
    }

    /// Sequence number of the newest ledger; changes whenever one closes.
    pub fn latest(&self) -> watch::Receiver<u32> {
        self.latest.clone()
    }
}

struct Engine {
    config: DevnetConfig,
    queue: mpsc::Receiver<Work>,
    told: watch::Sender<u32>,
}

impl Engine {
    /// Until nobody is left who could ask.
    fn run(mut self, started: oneshot::Sender<Result<(), GenesisError>>) {
        let mut held = match Held::new(&self.config) {
            Ok(held) => held,
            Err(error) => return drop(started.send(Err(error))),
        };
        self.told.send_replace(held.latest());
        if started.send(Ok(())).is_err() {
            return;
        }
        while let Some(work) = self.queue.blocking_recv() {
            // A bug in the middle of one request ends that request, which learns so from the answer that never comes.
            if panic::catch_unwind(AssertUnwindSafe(|| work(&mut held))).is_err() {
                error!("the engine failed in the middle of a request");
            }
            let latest = held.latest();
            self.told.send_if_modified(|known| std::mem::replace(known, latest) != latest);
        }
    }
}

/// The engine stopped in the middle of a request, by a bug or because the process ends.
#[derive(Debug, thiserror::Error)]
#[error("the engine stopped in the middle of this request; if the devnet is still up, its log says why")]
pub(super) struct EngineGone;

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    #[error(transparent)]
    Thread(#[from] io::Error),
    #[error(transparent)]
    Gone(#[from] EngineGone),
}
