//! What a node is told: a TOML file, overridden by environment variables and flags.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use idos_api::usage::Prices;
use idos_grants::{Account, Address, ChainId};
use idos_indexer::{ChainConfig, Finality};
use idos_mirror::{Contract, ContractKind};
use idos_storage::{Quotas, RateLimits};
use serde::Deserialize;
use url::Url;

use super::relay::RelaySection;

/// The port a node listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 8800;

/// A node's configuration. Every field has a default but the chains, without which a node can serve no grantee.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeConfig {
    /// Everything the node keeps: databases, blobs, its signing key.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The host that people's sign-in messages name, e.g. `node.example.com`.
    pub domain: String,
    /// `postgres://…` to keep metadata there; SQLite files in the data directory otherwise.
    pub database_url: Option<String>,
    /// Where blobs are kept: a folder in the data directory, or an object store's URL.
    pub blobs_url: Option<Url>,
    /// A mirror that has not heard from its chain for this long refuses grantees.
    pub mirror_stale_after_secs: u64,
    /// How often an address or a wallet may ask.
    pub rates: RateLimits,
    /// How much a profile may hold.
    pub quotas: Quotas,
    /// What the store's SQLite file may grow to, in MiB; what the disk holds unless stated.
    pub database_mib_max: Option<u64>,
    /// For how many days the audit log says who read; as long as reader and owner have their profiles unless stated.
    pub readers_kept_days: Option<u32>,
    /// What issuers and consumers are charged; nothing unless stated.
    pub prices: Prices,
    /// What is relayed for sessions; nothing unless stated.
    pub relay: Option<RelaySection>,
    /// Which chains are mirrored.
    pub chains: Vec<ChainSection>,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            data_dir: "idos-data".into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            domain: format!("localhost:{DEFAULT_PORT}"),
            database_url: None,
            blobs_url: None,
            mirror_stale_after_secs: 60,
            rates: RateLimits::default(),
            quotas: Quotas::default(),
            database_mib_max: None,
            readers_kept_days: None,
            prices: Prices::default(),
            relay: None,
            chains: Vec::new(),
        }
    }
}

/// One chain to mirror.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSection {
    /// CAIP-2, e.g. `eip155:42161`, `near:mainnet` or `stellar:pubnet`.
    pub chain: ChainId,
    /// Asked in this order; the next one when one fails.
    pub rpc_urls: Vec<Url>,
    /// NEAR: servers of whole blocks in the shape of NEAR Lake, such as neardata; asked in this order.
    #[serde(default)]
    pub block_urls: Vec<Url>,
    /// `"finalized"`, `"safe"`, or a number of confirmations. NEAR and Stellar say themselves which blocks are final.
    #[serde(default)]
    pub finality: FinalitySetting,
    /// How often the chain's tip is asked for, in milliseconds.
    #[serde(default = "default_poll_interval_ms")]
    pub poll_interval_ms: u64,
    /// The contracts to follow.
    pub contracts: Vec<ContractSection>,
}

fn default_poll_interval_ms() -> u64 {
    250
}

/// When a block counts as final.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum FinalitySetting {
    /// By the chain's own word.
    Tag(FinalityTag),
    /// By blocks on top of it.
    Confirmations(u64),
}

/// The chain's own words for a block that stays.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FinalityTag {
    /// Final.
    Finalized,
    /// Justified.
    Safe,
}

impl Default for FinalitySetting {
    fn default() -> Self {
        Self::Tag(FinalityTag::Finalized)
    }
}

/// One contract to follow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractSection {
    /// `access_grants` or `credential_status`.
    pub kind: ContractKindSetting,
    /// Its address on the chain.
    pub address: String,
    /// The block it was deployed in, or any before.
    #[serde(default)]
    pub start_block: u64,
}

/// What a contract does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractKindSetting {
    /// Records access grants.
    AccessGrants,
    /// Records credential statuses.
    CredentialStatus,
}

/// Flags and environment variables that stand above the file.
#[derive(Debug, Clone, Args, Default)]
pub struct NodeOverrides {
    /// Configuration file (TOML)
    #[arg(long, env = "IDOS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Everything the node keeps is in this directory
    #[arg(long, env = "IDOS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, env = "IDOS_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Host that people's sign-in messages name
    #[arg(long, env = "IDOS_DOMAIN")]
    pub domain: Option<String>,
    /// postgres:// URL for metadata (default: SQLite in the data directory)
    #[arg(long, env = "IDOS_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl NodeConfig {
    /// The file (if one is named), then environment and flags.
    pub fn load(overrides: &NodeOverrides) -> Result<Self> {
        let mut config = match &overrides.config {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        let NodeOverrides { config: _, data_dir, listen, domain, database_url } = overrides.clone();
        config.data_dir = data_dir.unwrap_or(config.data_dir);
        config.listen = listen.unwrap_or(config.listen);
        config.domain = domain.unwrap_or(config.domain);
        config.database_url = database_url.or(config.database_url);
        if !config.prices.is_valid() {
            bail!("prices: a currency's name is of letters and digits, at most 12");
        }
        config.quotas.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("the configuration {} is not usable", path.display()))
    }

    /// The store's database.
    pub fn store_url(&self, data_dir: &Path) -> String {
        let sqlite = || format!("sqlite:{}", data_dir.join("store.db").display());
        self.database_url.clone().unwrap_or_else(sqlite)
    }

    /// Each chain's first RPC.
    pub fn rpcs(&self) -> Vec<(ChainId, Url)> {
        let first = |section: &ChainSection| Some((section.chain, section.rpc_urls.first()?.clone()));
        self.chains.iter().filter_map(first).collect()
    }

    /// The chains, as the indexer takes them.
    pub fn chain_configs(&self) -> Result<Vec<ChainConfig>> {
        self.chains.iter().map(ChainSection::to_config).collect()
    }
}

impl ChainSection {
    fn to_config(&self) -> Result<ChainConfig> {
        if self.rpc_urls.is_empty() {
            bail!("{} has no rpc_urls: name at least one", self.chain);
        }
        let contracts =
            self.contracts.iter().map(|contract| contract.to_contract(self.chain)).collect::<Result<_>>()?;
        let mut config = ChainConfig::new(self.chain, self.rpc_urls.clone(), contracts);
        config.finality = self.finality.into();
        config.block_urls = self.block_urls.clone();
        config.poll_interval = std::time::Duration::from_millis(self.poll_interval_ms.max(10));
        Ok(config)
    }
}

impl ContractSection {
    /// Its account on `chain`.
    pub fn account(&self, chain: ChainId) -> Result<Account> {
        let address = Address::parse(chain.namespace(), &self.address)
            .with_context(|| format!("the contract address {:?} on {chain}", self.address))?;
        Ok(Account::new(chain, address)?)
    }

    fn to_contract(&self, chain: ChainId) -> Result<Contract> {
        let kind = match self.kind {
            ContractKindSetting::AccessGrants => ContractKind::AccessGrants,
            ContractKindSetting::CredentialStatus => ContractKind::CredentialStatus,
        };
        Ok(Contract { account: self.account(chain)?, kind, start_block: self.start_block })
    }
}

impl From<FinalitySetting> for Finality {
    fn from(setting: FinalitySetting) -> Self {
        match setting {
            FinalitySetting::Tag(FinalityTag::Finalized) => Self::Finalized,
            FinalitySetting::Tag(FinalityTag::Safe) => Self::Safe,
            FinalitySetting::Confirmations(blocks) => Self::Confirmations(blocks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../node.example.toml");

    #[test]
    fn the_example_configuration_is_usable() {
        let config: NodeConfig = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(config.chain_configs().unwrap().len(), 3);
    }

    #[test]
    fn the_examples_quotas_are_the_defaults() {
        let config: NodeConfig = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(config.quotas, Quotas::default());
    }

    #[test]
    fn a_quota_out_of_its_bounds_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node.toml");
        std::fs::write(&path, "[quotas]\ncredentials = 20001").unwrap();
        let overrides = NodeOverrides { config: Some(path), ..NodeOverrides::default() };
        let error = NodeConfig::load(&overrides).unwrap_err().to_string();
        assert!(error.contains("credentials") && error.contains("20000"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = toml::from_str::<NodeConfig>("data_dri = \"x\"").unwrap_err().to_string();
        assert!(error.contains("data_dri"), "{error}");
    }

    #[test]
    fn finality_is_a_word_or_a_number() {
        let section = |finality: &str| {
            format!(
                "[[chains]]\nchain = \"eip155:1\"\nrpc_urls = [\"http://localhost:1\"]\nfinality = {finality}\ncontracts = []"
            )
        };
        assert!(toml::from_str::<NodeConfig>(&section("12")).is_ok());
        assert!(toml::from_str::<NodeConfig>(&section("\"safe\"")).is_ok());
        assert!(toml::from_str::<NodeConfig>(&section("\"soon\"")).is_err());
    }
}
