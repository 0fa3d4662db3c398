//! An anvil process of our own: a local EVM chain.

use std::{env, io, net::TcpListener, path::PathBuf, process::Stdio, time::Duration};

use tokio::process::{Child, Command};
use url::Url;

/// The EIP-155 chain id of a local chain.
pub const CHAIN_ID: u64 = 31337;

/// Private keys that every anvil funds. They follow from a mnemonic that everybody knows: never let them hold value.
pub const FUNDED_KEYS: [&str; 6] = [
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
];

/// Where `scripts/setup` puts the binary, below the root of a checkout.
const INSTALLED_BY_SETUP: &str = "contracts/evm/node_modules/.bin/anvil";
const START_TIMEOUT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// When the chain makes a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockTime {
    /// With every transaction, and when asked to.
    PerTransaction,
    /// Every so many seconds.
    EverySecs(u64),
}

/// A running anvil; it ends with the value.
#[derive(Debug)]
pub struct Anvil {
    child: Child,
    rpc: Url,
}

impl Anvil {
    /// Starts anvil on `port`, or a free one, and waits until it answers.
    pub async fn start(port: Option<u16>, block_time: BlockTime) -> Result<Self, AnvilError> {
        Self::start_with(port, block_time, &[]).await
    }

    /// The same, with more of anvil's own arguments.
    pub async fn start_with(
        port: Option<u16>,
        block_time: BlockTime,
        arguments: &[&str],
    ) -> Result<Self, AnvilError> {
        let port = port.map_or_else(free_port, Ok)?;
        let mut command = Command::new(find().ok_or(AnvilError::NotInstalled)?);
        command.args(["--quiet", "--port", &port.to_string(), "--chain-id", &CHAIN_ID.to_string()]);
        if let BlockTime::EverySecs(secs) = block_time {
            command.args(["--block-time", &secs.to_string()]);
        }
        command.args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let mut anvil = Self { child: command.spawn()?, rpc: rpc_url(port)? };
        anvil.wait_until_it_answers(port).await?;
        Ok(anvil)
    }

    /// Its RPC.
    pub fn rpc(&self) -> &Url {
        &self.rpc
    }

    /// Ends it, as if the chain's RPC were gone.
    pub async fn end(&mut self) -> Result<(), AnvilError> {
        Ok(self.child.kill().await?)
    }

    async fn wait_until_it_answers(&mut self, port: u16) -> Result<(), AnvilError> {
        let deadline = tokio::time::Instant::now() + START_TIMEOUT;
        while tokio::time::Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Err(AnvilError::Ended { port });
            }
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(AnvilError::Silent { port })
    }
}

fn rpc_url(port: u16) -> Result<Url, AnvilError> {
    Url::parse(&format!("http://127.0.0.1:{port}")).map_err(|error| AnvilError::Io(io::Error::other(error)))
}

fn free_port() -> Result<u16, AnvilError> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn find() -> Option<PathBuf> {
    if let Some(path) = env::var_os("IDOS_ANVIL") {
        return Some(path.into());
    }
    let here = env::current_dir().unwrap_or_default();
    let in_checkout = here.ancestors().map(|dir| dir.join(INSTALLED_BY_SETUP)).collect::<Vec<_>>();
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|dir| dir.join("anvil"));
    in_checkout.into_iter().chain(on_path).find(|candidate| candidate.is_file())
}

/// Why there is no anvil.
#[derive(Debug, thiserror::Error)]
pub enum AnvilError {
    /// No binary was found.
    #[error("anvil is not installed: run scripts/setup, or name the binary with IDOS_ANVIL")]
    NotInstalled,
    /// It ended before it answered.
    #[error("anvil ended at once: is port {port} in use?")]
    Ended {
        /// The port it was to listen on.
        port: u16,
    },
    /// It does not answer.
    #[error("anvil does not answer on port {port}")]
    Silent {
        /// The port it was to listen on.
        port: u16,
    },
    /// It could not be started.
    #[error("anvil could not be started: {0}")]
    Io(#[from] io::Error),
}
