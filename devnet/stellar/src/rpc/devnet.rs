//! A running devnet.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use stellar_xdr::AccountId;
use tokio::{net::TcpListener, task::JoinHandle};
use tracing::{error, info};
use url::Url;

use super::{
    account::FundedAccount,
    config::{DevnetConfig, LedgerClosing},
    friendbot::{self, FundError},
    held::TimeError,
    node::{EngineGone, Node, StartError},
    server,
};
use crate::chain::{ChainError, GenesisError, Network};

/// A Stellar network with its RPC and friendbot on an HTTP port. It ends with the value, or with [`Devnet::stop`].
pub struct Devnet {
    node: Arc<Node>,
    rpc: Url,
    passphrase: String,
    accounts: Vec<FundedAccount>,
    tasks: Vec<JoinHandle<()>>,
}

impl Devnet {
    /// Closes the first ledger, listens, and funds the accounts.
    ///
    /// # Errors
    /// See [`DevnetError`].
    pub async fn start(config: DevnetConfig) -> Result<Self, DevnetError> {
        let cannot_listen = |source| DevnetError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let rpc = Url::parse(&format!("http://{address}/rpc"))
            .map_err(|parse| cannot_listen(io::Error::new(io::ErrorKind::AddrNotAvailable, parse)))?;
        let node = Arc::new(Node::start(&config, address).await?);
        let funded: Vec<AccountId> = config.accounts.iter().map(FundedAccount::account_id).collect();
        node.hold(move |held| friendbot::fund_at_start(held, funded)).await??;
        let mut tasks = vec![tokio::spawn(serve(Arc::clone(&node), listener))];
        if let LedgerClosing::Every(interval) = config.ledgers {
            tasks.push(tokio::spawn(close_every(Arc::clone(&node), interval)));
        }
        info!(%rpc, passphrase = config.passphrase, "the Stellar devnet answers");
        Ok(Self { node, rpc, passphrase: config.passphrase, accounts: config.accounts, tasks })
    }

    /// Where Stellar RPC answers.
    pub fn rpc(&self) -> &Url {
        &self.rpc
    }

    /// Where friendbot answers, with `?addr=G…`.
    pub fn friendbot(&self) -> &Url {
        &self.node.friendbot_url
    }

    /// What everything that is signed is bound to.
    pub fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// The accounts that were funded at the start.
    pub fn accounts(&self) -> &[FundedAccount] {
        &self.accounts
    }

    /// Makes an account and gives it 10,000 lumens, as friendbot does.
    ///
    /// # Errors
    /// The address is none, the account exists, or no ledger closes.
    pub async fn fund(&self, address: &str) -> Result<(), DevnetError> {
        friendbot::fund(&self.node, friendbot::account_of(address)?).await?;
        Ok(())
    }

    /// Closes ledgers, whatever the [`LedgerClosing`], and answers the newest one's sequence number.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn close_ledgers(&self, count: u32) -> Result<u32, DevnetError> {
        Ok(self.node.hold(move |held| held.close_many(count)).await??)
    }

    /// Closes one ledger, `count` sequence numbers later, at five seconds each; the ledgers between never exist. For
    /// entries to be archived, and for those who read ledgers to fall behind.
    ///
    /// # Errors
    /// The count is 0, or sequence numbers or time end before.
    pub async fn skip_ledgers(&self, count: u32) -> Result<u32, DevnetError> {
        let seconds = u64::from(count) * super::held::LEDGER_SECONDS;
        Ok(self.node.hold(move |held| held.move_on(count, seconds)).await??)
    }

    /// Moves time forward, and closes one ledger at that time. Parts of a second count as a whole one.
    ///
    /// # Errors
    /// Time ends before.
    pub async fn advance_time(&self, by: Duration) -> Result<(), DevnetError> {
        let seconds = by.as_secs().saturating_add(u64::from(by.subsec_nanos() > 0));
        self.node.hold(move |held| held.advance_time(seconds)).await??;
        Ok(())
    }

    /// Reads the network itself.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Network) -> T + Send + 'static,
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

async fn close_every(node: Arc<Node>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval.max(INTERVAL_MIN));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = node.stopping.cancelled() => return,
        }
        match node.hold(|held| held.close().map(drop)).await {
            Ok(Ok(())) => {}
            Ok(Err(failed)) => error!(%failed, "no ledger was closed"),
            Err(EngineGone) => return,
        }
    }
}

/// How long [`Devnet::stop`] waits for answers that somebody is slow to take.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest time between two ledgers.
const INTERVAL_MIN: Duration = Duration::from_millis(1);

/// Why a devnet does not run, or did not do something.
#[derive(Debug, thiserror::Error)]
pub enum DevnetError {
    /// The passphrase or the settings cannot be.
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
    /// No thread for the engine.
    #[error("the devnet's engine cannot be started: {0}")]
    Start(io::Error),
    /// The engine failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// An account was not funded.
    #[error("{0}")]
    Fund(String),
    /// Time was not moved.
    #[error("{0}")]
    Time(String),
    /// The engine stopped in the middle of something.
    #[error("the devnet's engine stopped; its log says why")]
    EngineGone,
}

impl From<EngineGone> for DevnetError {
    fn from(EngineGone: EngineGone) -> Self {
        Self::EngineGone
    }
}

impl From<StartError> for DevnetError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Genesis(error) => Self::Genesis(error),
            StartError::Thread(error) => Self::Start(error),
            StartError::Gone(EngineGone) => Self::EngineGone,
        }
    }
}

impl From<FundError> for DevnetError {
    fn from(error: FundError) -> Self {
        Self::Fund(error.to_string())
    }
}

impl From<TimeError> for DevnetError {
    fn from(error: TimeError) -> Self {
        match error {
            TimeError::Chain(error) => Self::Chain(error),
            other => Self::Time(other.to_string()),
        }
    }
}
