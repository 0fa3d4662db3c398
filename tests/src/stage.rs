//! A chain with contracts, a node, and roles: where a story plays.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use alloy::providers::{ProviderBuilder, ext::AnvilApi};
use anyhow::{Context, Result};
use idos_devnet::{Anvil, BlockTime, FUNDED_KEYS};
use idos_grants::Account;
use serde_json::Value;
use url::Url;

use crate::{node_process::NodeProcess, role::Role};

/// Blocks on top of a block that make it final on the stage.
pub const CONFIRMATIONS: u64 = 2;

/// Everything that a story needs; it all ends with the value.
#[derive(Debug)]
pub struct Stage {
    /// The node.
    pub node: NodeProcess,
    /// The contracts, as `idos contracts deploy` printed them.
    pub contracts: Value,
    anvil: Anvil,
    folder: PathBuf,
    port: u16,
}

impl Stage {
    /// Starts a chain with a block a second, deploys the contracts, and starts a node, all below `folder`.
    pub async fn set_up(folder: &Path) -> Result<Self> {
        Self::set_up_with(folder, BlockTime::EverySecs(1), "").await
    }

    /// The same, with blocks at other times and with more settings at the top of the node's configuration.
    pub async fn set_up_with(folder: &Path, block_time: BlockTime, settings: &str) -> Result<Self> {
        let anvil = Anvil::start(None, block_time).await?;
        let deployer =
            Role::new(folder.join("deployer"), "http://localhost:1", anvil.rpc().as_str(), FUNDED_KEYS[0])?;
        let contracts = deployer.done(&["contracts", "deploy"])?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let config = folder.join("node.toml");
        let text = node_config(&folder.join("node"), port, anvil.rpc(), &contracts)?;
        fs::write(&config, format!("{settings}\n{text}"))?;
        let node = NodeProcess::spawn(&config, port, &folder.join("node.log"))?;
        Ok(Self { node, contracts, anvil, folder: folder.to_owned(), port })
    }

    /// The chain's RPC.
    pub fn rpc(&self) -> &Url {
        self.anvil.rpc()
    }

    /// The access-grants contract.
    pub fn access_grants(&self) -> Result<Account> {
        Ok(self.contracts["access_grants"].as_str().context("no contract")?.parse()?)
    }

    /// Makes the newest block final, on a chain that makes a block with every transaction.
    pub async fn make_final(&self) -> Result<()> {
        let provider = ProviderBuilder::new().connect_http(self.rpc().clone());
        Ok(provider.anvil_mine(Some(CONFIRMATIONS), None).await?)
    }

    /// Ends the chain.
    pub async fn end_chain(&mut self) -> Result<()> {
        Ok(self.anvil.end().await?)
    }

    /// Everything that the node keeps.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("node")
    }

    /// What the node logged.
    pub fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    /// A path below the stage's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A role with the wallet of one of anvil's funded keys.
    pub fn role(&self, name: &str, key: usize) -> Result<Role> {
        let key = FUNDED_KEYS.get(key).context("there are not so many funded keys")?;
        Role::new(self.folder.join(name), self.node.url.as_str(), self.rpc().as_str(), key)
    }

    /// Starts the node again on the same data, without waiting. It must have ended.
    pub fn start_node(&mut self) -> Result<()> {
        self.node = NodeProcess::spawn(&self.file("node.toml"), self.port, &self.log())?;
        Ok(())
    }

    /// Removes everything that the node kept. It must have ended.
    pub fn forget_node_data(&self) -> Result<()> {
        match fs::remove_dir_all(self.data_dir()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn node_config(data_dir: &Path, port: u16, rpc: &Url, contracts: &Value) -> Result<String> {
    let address = |name: &str| {
        let account = contracts[name].as_str().with_context(|| format!("no {name}"))?;
        account.rsplit(':').next().map(str::to_owned).context("not an account")
    };
    Ok(format!(
        r#"data_dir = {data_dir:?}
listen = "127.0.0.1:{port}"
domain = "localhost:{port}"

[[chains]]
chain = "eip155:31337"
rpc_urls = ["{rpc}"]
finality = {CONFIRMATIONS}
poll_interval_ms = 100

[[chains.contracts]]
kind = "access_grants"
address = "{}"

[[chains.contracts]]
kind = "credential_status"
address = "{}"
"#,
        address("access_grants")?,
        address("credential_status")?,
    ))
}
