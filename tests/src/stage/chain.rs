//! A local chain with the contracts on it.

use std::{path::Path, time::Duration};

use alloy::providers::{ProviderBuilder, ext::AnvilApi};
use anyhow::{Context, Result};
use idos_devnet_evm::{Anvil, BlockTime, CHAIN_ID, FUNDED_KEYS};
use idos_devnet_near::{
    BlockProduction, Clock, DevnetConfig,
    rpc::{LocalChain, near_sandbox_binary},
};
use idos_grants::{Account, ChainId, Namespace};
use serde_json::Value;
use url::Url;

use super::CONFIRMATIONS;
use crate::{
    member::unix_ns,
    role::{Role, RoleKey},
};

/// A running chain; it ends with the value.
pub struct StageChain {
    /// Which.
    pub chain: ChainId,
    /// The contracts, as `idos contracts deploy` printed them.
    pub contracts: Value,
    /// Its RPC.
    pub rpc: Url,
    block_server: Option<Url>,
    keys: Vec<RoleKey>,
    process: Process,
}

enum Process {
    Evm(Box<Anvil>),
    Near(Option<Box<LocalChain>>),
}

impl std::fmt::Debug for StageChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageChain")
            .field("chain", &self.chain)
            .field("rpc", &self.rpc)
            .finish_non_exhaustive()
    }
}

impl StageChain {
    /// Starts a chain of a family and deploys the contracts with its first funded account, whose folder is made below `folder`.
    pub async fn start(namespace: Namespace, folder: &Path, block_time: BlockTime) -> Result<Self> {
        let mut chain = match namespace {
            Namespace::Eip155 => Self::evm(block_time).await?,
            Namespace::Near => Self::near(block_time).await?,
        };
        let home = folder.join(format!("deployer-{namespace}"));
        let deployer = Role::new(home, "http://localhost:1", &chain.named_rpc(), chain.key(0)?)?;
        chain.contracts = deployer.done(&["contracts", "deploy"])?;
        Ok(chain)
    }

    async fn evm(block_time: BlockTime) -> Result<Self> {
        let anvil = Anvil::start(None, block_time).await?;
        let chain = ChainId::Eip155(CHAIN_ID);
        let key = |key: &&str| RoleKey { chain, account_id: None, private_key: (*key).to_owned() };
        Ok(Self {
            chain,
            contracts: Value::Null,
            rpc: anvil.rpc().clone(),
            block_server: None,
            keys: FUNDED_KEYS.iter().map(key).collect(),
            process: Process::Evm(Box::new(anvil)),
        })
    }

    async fn near(block_time: BlockTime) -> Result<Self> {
        let mut config = DevnetConfig::new(Clock::new(unix_ns));
        config.blocks = match block_time {
            BlockTime::PerTransaction => BlockProduction::OnDemand,
            BlockTime::EverySecs(secs) => BlockProduction::Every(Duration::from_secs(secs)),
        };
        let chain: ChainId = format!("near:{}", config.chain_id).parse()?;
        let local = LocalChain::start(config, near_sandbox_binary().as_deref()).await?;
        let keys = local.accounts().iter().map(|account| RoleKey {
            chain,
            account_id: Some(account.account_id.to_string()),
            private_key: account.secret_key.to_string(),
        });
        Ok(Self {
            chain,
            contracts: Value::Null,
            rpc: local.rpc().clone(),
            block_server: Some(local.lake().clone()),
            keys: keys.collect(),
            process: Process::Near(Some(Box::new(local))),
        })
    }

    /// The key of the `number`th funded account; the first one deployed the contracts.
    pub fn key(&self, number: usize) -> Result<&RoleKey> {
        self.keys.get(number).context("there are not so many funded accounts")
    }

    /// The RPC, as `--rpc` takes it.
    pub fn named_rpc(&self) -> String {
        format!("{}={}", self.chain, self.rpc)
    }

    /// Where NEAR's whole blocks are served.
    pub fn block_server(&self) -> Option<&Url> {
        self.block_server.as_ref()
    }

    /// The access-grants contract.
    pub fn access_grants(&self) -> Result<Account> {
        Ok(self.contracts["access_grants"].as_str().context("no contract")?.parse()?)
    }

    /// Makes the newest block final, on a chain that makes a block with every transaction.
    pub async fn make_final(&self) -> Result<()> {
        match &self.process {
            Process::Evm(_) => {
                let provider = ProviderBuilder::new().connect_http(self.rpc.clone());
                Ok(provider.anvil_mine(Some(CONFIRMATIONS), None).await?)
            }
            // On demand, this chain goes on until what a transaction did is final.
            Process::Near(_) => Ok(()),
        }
    }

    /// Ends the chain.
    pub async fn end(&mut self) -> Result<()> {
        match &mut self.process {
            Process::Evm(anvil) => Ok(anvil.end().await?),
            Process::Near(local) => match local.take() {
                Some(local) => Ok(local.stop().await?),
                None => Ok(()),
            },
        }
    }

    /// This chain's section of a node's configuration.
    pub fn node_section(&self) -> Result<String> {
        let address = |name: &str| {
            let account = self.contracts[name].as_str().with_context(|| format!("no {name}"))?;
            account.rsplit(':').next().map(str::to_owned).context("not an account")
        };
        let (chain, rpc) = (self.chain, &self.rpc);
        let more = match &self.block_server {
            Some(url) => format!("block_urls = [\"{url}\"]"),
            None => format!("finality = {CONFIRMATIONS}"),
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
