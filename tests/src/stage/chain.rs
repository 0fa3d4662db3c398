//! A local chain with the contracts on it.

mod evm;
mod near;
mod stellar;

use std::path::Path;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use idos_devnet_evm::BlockTime;
use idos_grants::{Account, ChainId, Namespace};
use serde_json::Value;
use url::Url;

use super::CONFIRMATIONS;
use crate::role::{Role, RoleKey};

/// A running chain; it ends with the value.
pub struct StageChain {
    /// Which.
    pub chain: ChainId,
    /// The contracts, as `idos contracts deploy` printed them.
    pub contracts: Value,
    /// Its RPC.
    pub rpc: Url,
    /// NEAR: where whole blocks are served.
    block_server: Option<Url>,
    keys: Vec<RoleKey>,
    running: Box<dyn Running>,
}

/// A chain of any family.
#[async_trait]
trait Running: Send + Sync {
    /// Makes the newest block final, on a chain that makes a block with every transaction.
    async fn make_final(&self) -> Result<()>;

    /// Ends the chain.
    async fn end(&mut self) -> Result<()>;
}

impl std::fmt::Debug for StageChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageChain")
            .field("chain", &self.chain)
            .field("rpc", &self.rpc)
            .finish_non_exhaustive()
    }
}

/// Which of a family's chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The one that stories play on.
    Usual,
    /// Another one, with the same funded accounts.
    Other,
}

impl StageChain {
    /// Starts a chain of a family and deploys the contracts with its first funded account, whose folder is made below `folder`.
    pub async fn start(namespace: Namespace, folder: &Path, block_time: BlockTime) -> Result<Self> {
        Self::start_as(Identity::Usual, namespace, folder, block_time).await
    }

    /// The same, of another identity.
    pub async fn start_as(
        identity: Identity,
        namespace: Namespace,
        folder: &Path,
        block_time: BlockTime,
    ) -> Result<Self> {
        let mut chain = match namespace {
            Namespace::Eip155 => evm::start(identity, block_time).await?,
            Namespace::Near => near::start(identity, block_time).await?,
            Namespace::Stellar => stellar::start(identity, block_time).await?,
            Namespace::Xrpl => bail!("no contracts run on XRPL"),
        };
        let home = folder.join(format!("deployer-{}", chain.chain).replace(':', "-"));
        let deployer = Role::new(home, "http://localhost:1", &chain.named_rpc(), chain.key(0)?)?;
        chain.contracts = deployer.done(&["contracts", "deploy"])?;
        Ok(chain)
    }

    /// The key of the `number`th funded account; the first one deployed the contracts.
    pub fn key(&self, number: usize) -> Result<&RoleKey> {
        self.keys.get(number).context("there are not so many funded accounts")
    }

    /// The RPC, as `--rpc` takes it.
    pub fn named_rpc(&self) -> String {
        format!("{}={}", self.chain, self.rpc)
    }

    /// The access-grants contract.
    pub fn access_grants(&self) -> Result<Account> {
        Ok(self.contracts["access_grants"].as_str().context("no contract")?.parse()?)
    }

    /// Makes the newest block final, on a chain that makes a block with every transaction.
    pub async fn make_final(&self) -> Result<()> {
        self.running.make_final().await
    }

    /// Where NEAR's whole blocks are served.
    pub fn block_server(&self) -> Option<&Url> {
        self.block_server.as_ref()
    }

    /// Whether a block that is seen is final.
    pub fn is_final_at_once(&self) -> bool {
        self.chain.namespace() == Namespace::Stellar
    }

    /// Ends the chain.
    pub async fn end(&mut self) -> Result<()> {
        self.running.end().await
    }

    /// This chain's section of a node's configuration.
    pub fn node_section(&self) -> Result<String> {
        let address = |name: &str| {
            let account = self.contracts[name].as_str().with_context(|| format!("no {name}"))?;
            account.rsplit(':').next().map(str::to_owned).context("not an account")
        };
        let (chain, rpc) = (self.chain, &self.rpc);
        let more = match (&self.block_server, self.chain.namespace()) {
            (Some(url), _) => format!("block_urls = [\"{url}\"]"),
            (None, Namespace::Eip155) => format!("finality = {CONFIRMATIONS}"),
            (None, _) => String::new(),
        };
        Ok(format!(
            r#"
[[chains]]
chain = "{chain}"
rpc_urls = ["{rpc}"]
poll_interval_ms = 100
{more}

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
}
