//! NEAR's own sandbox instead of this engine: the binary is started, waited for and ended. It serves no Lake blocks, so
//! they are put together from its RPC and served beside it.

mod execution;
mod follow;
mod home;
mod told;
mod upstream;

use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};
use tracing::error;
use url::Url;

use self::{follow::Follower, told::ToldBlocks, upstream::Upstream};
use super::{account::FundedAccount, config::DevnetConfig, lake};

/// The variable that names the binary of NEAR's sandbox; NEAR's own tools read it too.
pub const NEAR_SANDBOX_BIN_PATH: &str = "NEAR_SANDBOX_BIN_PATH";

/// How long the binary may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const START_ATTEMPTS: u32 = 3;

/// The binary that [`NEAR_SANDBOX_BIN_PATH`] names, if it names one.
pub fn near_sandbox_binary() -> Option<PathBuf> {
    env::var_os(NEAR_SANDBOX_BIN_PATH).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// NEAR's sandbox in a process of its own, with Lake blocks beside it. It ends with the value.
pub struct NearSandbox {
    child: Child,
    rpc: Url,
    lake: Url,
    accounts: Vec<FundedAccount>,
    told: Arc<ToldBlocks>,
    tasks: Vec<JoinHandle<()>>,
    _home: TempDir,
}

impl NearSandbox {
    /// Starts `binary` with the config's address, chain id and accounts, and waits until it answers. It makes blocks by
    /// itself and reads the machine's clock, whatever the config says of both. `test.near` is its own account.
    pub async fn start(binary: &Path, config: &DevnetConfig) -> Result<Self, NearSandboxError> {
        let home = tempfile::tempdir()?;
        home::prepare(binary, home.path(), &config.chain_id, &config.accounts).await?;
        let running = Running::start(binary, home.path(), config.listen).await?;
        let told = Arc::new(ToldBlocks::new(running.first, config.wait_timeout));
        let mut follower = Follower::new(running.upstream, Arc::clone(&told));
        read_first_blocks(&mut follower).await?;
        let (lake, server) = serve(Arc::clone(&told)).await?;
        let follower = tokio::spawn(follower.follow());
        let accounts = config.accounts.clone();
        let Running { child, rpc, .. } = running;
        Ok(Self { child, rpc, lake, accounts, told, tasks: vec![server, follower], _home: home })
    }

    /// Where it answers.
    pub fn rpc(&self) -> &Url {
        &self.rpc
    }

    /// Below which Lake blocks are, at `v0/`.
    pub fn lake(&self) -> &Url {
        &self.lake
    }

    /// The accounts of the first block.
    pub fn accounts(&self) -> &[FundedAccount] {
        &self.accounts
    }

    /// Ends it.
    pub async fn stop(mut self) -> Result<(), NearSandboxError> {
        self.told.stopping.cancel();
        for task in std::mem::take(&mut self.tasks) {
            // A task that failed has told so itself, and nothing is left to do about it.
            let _ended = task.await;
        }
        Ok(self.child.kill().await?)
    }
}

impl Drop for NearSandbox {
    fn drop(&mut self) {
        self.told.stopping.cancel();
    }
}

/// A sandbox that answers.
struct Running {
    child: Child,
    rpc: Url,
    upstream: Upstream,
    /// Height of its first block.
    first: u64,
}

impl Running {
    /// A free port may be taken by somebody else before the sandbox listens there; then another is tried.
    async fn start(binary: &Path, home: &Path, listen: SocketAddr) -> Result<Self, NearSandboxError> {
        let mut attempts = 1;
        loop {
            match Self::start_once(binary, home, listen).await {
                Err(NearSandboxError::Ended { .. }) if listen.port() == 0 && attempts < START_ATTEMPTS => {
                    attempts += 1
                }
                ended => return ended,
            }
        }
    }

    async fn start_once(binary: &Path, home: &Path, listen: SocketAddr) -> Result<Self, NearSandboxError> {
        let port = if listen.port() == 0 { free_port()? } else { listen.port() };
        let address = SocketAddr::new(listen.ip(), port);
        let rpc = url(&format!("http://{address}"))?;
        let mut child = Command::new(binary)
            .arg("--home")
            .arg(home)
            .args(["run", "--rpc-addr", &address.to_string()])
            .args(["--network-addr", &format!("{}:{}", Ipv4Addr::LOCALHOST, free_port()?)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let upstream = Upstream::new(rpc.clone())?;
        let first = wait_until_it_answers(&mut child, &upstream).await?;
        Ok(Self { child, rpc, upstream, first })
    }
}

/// The height of its first block.
async fn wait_until_it_answers(child: &mut Child, upstream: &Upstream) -> Result<u64, NearSandboxError> {
    let deadline = tokio::time::Instant::now() + START_TIMEOUT;
    loop {
        let answer = upstream.first_height().await;
        // Whoever answers may be a stranger on the same port, on which the sandbox then ends.
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(status) = child.try_wait()? {
            return Err(NearSandboxError::Ended { status: status.to_string() });
        }
        match answer {
            Ok(first) => return Ok(first),
            Err(_) if tokio::time::Instant::now() < deadline => {}
            Err(_) => return Err(NearSandboxError::Silent),
        }
    }
}

/// Before the first blocks are read, nothing can be told of any height; and a node that has just started may not know its
/// final head yet.
async fn read_first_blocks(follower: &mut Follower) -> Result<(), NearSandboxError> {
    let deadline = tokio::time::Instant::now() + START_TIMEOUT;
    while let Err(error) = follower.catch_up().await {
        if tokio::time::Instant::now() >= deadline || !error.may_pass() {
            return Err(NearSandboxError::Lake(error.to_string()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn serve(told: Arc<ToldBlocks>) -> Result<(Url, JoinHandle<()>), NearSandboxError> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let lake = url(&format!("http://{}", listener.local_addr()?))?;
    let stopping = told.stopping.clone();
    let router: Router = lake::routes::<ToldBlocks>().with_state(told);
    let task = tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stopping.cancelled_owned());
        if let Err(failed) = served.await {
            error!(%failed, "the sandbox's Lake server ended");
        }
    });
    Ok((lake, task))
}

fn free_port() -> Result<u16, io::Error> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn url(text: &str) -> Result<Url, NearSandboxError> {
    Url::parse(text)
        .map_err(|error| NearSandboxError::Io(io::Error::new(io::ErrorKind::AddrNotAvailable, error)))
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum NearSandboxError {
    /// The binary is not there, or a port or file cannot be used.
    #[error("near-sandbox cannot be started: {0}; does {NEAR_SANDBOX_BIN_PATH} name the binary?")]
    Io(#[from] io::Error),
    /// `init` failed.
    #[error("near-sandbox init failed: {0}")]
    Init(String),
    /// What `init` wrote is not understood.
    #[error("near-sandbox init wrote a genesis.json that cannot be read: {0}")]
    Genesis(String),
    /// It ended before it answered.
    #[error("near-sandbox ended at once ({status}): is its port in use?")]
    Ended {
        /// What it ended with.
        status: String,
    },
    /// It does not answer.
    #[error("near-sandbox did not answer within {} seconds", START_TIMEOUT.as_secs())]
    Silent,
    /// Its blocks cannot be put together.
    #[error("no Lake blocks can be put together: {0}")]
    Lake(String),
    /// No HTTP client.
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
}
