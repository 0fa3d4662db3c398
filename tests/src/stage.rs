//! Chains with contracts, a node, and roles: where a story plays.

mod chain;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use idos_devnet_evm::BlockTime;
use idos_grants::Namespace;

use crate::{
    node_process::NodeProcess,
    role::{Role, RoleKey},
};

pub use chain::{Identity, StageChain};

/// Blocks on top of a block that make it final on the stage.
pub const CONFIRMATIONS: u64 = 2;

/// Everything that a story needs; it all ends with the value.
#[derive(Debug)]
pub struct Stage {
    /// The node.
    pub node: NodeProcess,
    /// The chains, in the order in which they were asked for.
    pub chains: Vec<StageChain>,
    folder: PathBuf,
    port: u16,
}

impl Stage {
    /// Starts an EVM chain with a block a second, deploys the contracts, and starts a node, all below `folder`.
    pub async fn set_up(folder: &Path) -> Result<Self> {
        Self::set_up_with(folder, BlockTime::EverySecs(1), "").await
    }

    /// The same, with blocks at other times and with more settings in the node's configuration: those of no section first.
    pub async fn set_up_with(folder: &Path, block_time: BlockTime, settings: &str) -> Result<Self> {
        Self::set_up_on(folder, &[Namespace::Eip155], block_time, settings).await
    }

    /// The same, on chains of these families.
    pub async fn set_up_on(
        folder: &Path,
        namespaces: &[Namespace],
        block_time: BlockTime,
        settings: &str,
    ) -> Result<Self> {
        let mut chains = Vec::new();
        for namespace in namespaces {
            chains.push(StageChain::start(*namespace, folder, block_time).await?);
        }
        Self::with_chains(folder, chains, settings)
    }

    /// Starts a node on chains that run already.
    pub fn with_chains(folder: &Path, chains: Vec<StageChain>, settings: &str) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let config = folder.join("node.toml");
        fs::write(&config, node_config(&folder.join("node"), port, settings, &chains)?)?;
        let node = NodeProcess::spawn(&config, port, &folder.join("node.log"))?;
        Ok(Self { node, chains, folder: folder.to_owned(), port })
    }

    /// Starts a second node on the same chains, which knows nothing of the first; it ends with the value.
    pub fn another_node(&self) -> Result<NodeProcess> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let config = self.file("other-node.toml");
        fs::write(&config, node_config(&self.file("other-node"), port, "", &self.chains)?)?;
        let mut node = NodeProcess::spawn(&config, port, &self.file("other-node.log"))?;
        node.wait_ready()?;
        Ok(node)
    }

    /// The first chain.
    pub fn first(&self) -> Result<&StageChain> {
        self.chains.first().context("a stage has a chain")
    }

    /// The chain of a family.
    pub fn chain(&self, namespace: Namespace) -> Result<&StageChain> {
        let found = self.chains.iter().find(|chain| chain.chain.namespace() == namespace);
        found.with_context(|| format!("there is no {namespace} chain on this stage"))
    }

    /// The RPCs of all chains, as `--rpc` takes them.
    pub fn rpcs(&self) -> String {
        self.chains.iter().map(StageChain::named_rpc).collect::<Vec<_>>().join(",")
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

    /// Writes JSON to a file of that name; its path.
    pub fn write_json(&self, name: &str, json: &serde_json::Value) -> Result<String> {
        let file = self.file(name);
        fs::write(&file, serde_json::to_vec(json)?)?;
        Ok(file.to_str().context("a path is not UTF-8")?.to_owned())
    }

    /// A role with the wallet of one of the first chain's funded accounts.
    pub fn role(&self, name: &str, key: usize) -> Result<Role> {
        self.role_on(self.first()?, name, key)
    }

    /// A role with the wallet of one of a chain's funded accounts.
    pub fn role_on(&self, chain: &StageChain, name: &str, key: usize) -> Result<Role> {
        self.role_with(chain.key(key)?, name)
    }

    /// A role with the wallet of any key.
    pub fn role_with(&self, key: &RoleKey, name: &str) -> Result<Role> {
        Role::new(self.folder.join(name), self.node.url.as_str(), &self.rpcs(), key)
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

fn node_config(data_dir: &Path, port: u16, settings: &str, chains: &[StageChain]) -> Result<String> {
    let sections = chains.iter().map(StageChain::node_section).collect::<Result<Vec<_>>>()?.concat();
    Ok(format!(
        "data_dir = {data_dir:?}\nlisten = \"127.0.0.1:{port}\"\ndomain = \"localhost:{port}\"\n{settings}\n{sections}"
    ))
}
