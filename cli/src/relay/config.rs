//! What a relay is told.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use idos_api::usage::Prices;
use idos_client::SigningWallet;
use idos_grants::{ChainId, Namespace};
use idos_relay::{App, Apps, RelayLimits};
use serde::{Deserialize, Deserializer};
use url::Url;
use zeroize::Zeroizing;

use crate::node::ContractSection;

/// The port a relay listens on unless told otherwise.
const DEFAULT_PORT: u16 = 8810;

#[derive(Debug, Args)]
pub struct RelayOptions {
    /// Configuration file (TOML)
    #[arg(long, env = "IDOS_RELAY_CONFIG")]
    pub config: PathBuf,
}

/// A relay's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelayConfig {
    /// Where its database is.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// `postgres://…` to keep its rows there; a SQLite file in the data directory otherwise.
    pub database_url: Option<String>,
    /// How much is relayed for whom.
    pub limits: RelayLimits,
    /// What apps are charged (`calls_relayed`); nothing unless stated.
    pub prices: Prices,
    /// Who may use it.
    pub apps: Vec<AppSection>,
    /// Where it sends to.
    pub chains: Vec<RelayChain>,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            data_dir: "idos-relay-data".into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            database_url: None,
            limits: RelayLimits::default(),
            prices: Prices::default(),
            apps: Vec::new(),
            chains: Vec::new(),
        }
    }
}

/// An app that may use it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSection {
    /// What it is called in the rows.
    pub name: String,
    /// SHA-256 of its token, 64 hex digits.
    pub token_sha256: String,
}

/// One chain, and the account that pays there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayChain {
    /// CAIP-2.
    pub chain: ChainId,
    /// The chain's RPC; in a node's configuration, the node's own unless stated.
    pub rpc_url: Option<Url>,
    /// The contracts whose calls are sent; in a node's configuration, those that it follows unless stated.
    #[serde(default)]
    pub contracts: Vec<ContractSection>,
    /// The paying account's private key, in a file that only its user may read.
    pub key_file: PathBuf,
    /// NEAR: the paying account's id, unless it is the key's implicit one.
    pub account_id: Option<String>,
    /// What a call may cost, in the chain's smallest unit, as text; a default for each family of chains.
    #[serde(default, deserialize_with = "amount")]
    pub fee_max: Option<u128>,
    /// What stays in the account, in the chain's smallest unit, as text; with less, nothing is taken.
    #[serde(default, deserialize_with = "amount")]
    pub balance_min: Option<u128>,
}

/// TOML's integers are too small for wei.
fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong =
        |_| serde::de::Error::custom("an amount is decimal digits in quotes, in the chain's smallest unit");
    text.parse().map(Some).map_err(wrong)
}

impl RelayConfig {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        let config: Self = toml::from_str(&text)
            .with_context(|| format!("the configuration {} is not usable", path.display()))?;
        if config.chains.is_empty() || config.apps.is_empty() {
            bail!(
                "the configuration {} names no [[chains]], or no [[apps]]: name at least one of each",
                path.display()
            );
        }
        if !config.prices.is_valid() {
            bail!("prices: a currency's name is of letters and digits, at most 12");
        }
        Ok(config)
    }

    /// The database.
    pub fn url(&self, data_dir: &Path) -> String {
        let sqlite = || format!("sqlite:{}", data_dir.join("relay.db").display());
        self.database_url.clone().unwrap_or_else(sqlite)
    }

    /// Who may use it.
    pub fn apps(&self) -> Result<Apps> {
        let apps = self.apps.iter().map(|app| App::new(&app.name, &app.token_sha256));
        Ok(Apps::new(apps.collect::<Result<_, _>>()?)?)
    }
}

impl RelayChain {
    /// The account that pays.
    pub fn wallet(&self) -> Result<SigningWallet> {
        let path = &self.key_file;
        let readable = || format!("cannot read the relay's key {}", path.display());
        let mode = fs::metadata(path).with_context(readable)?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!("others may read the relay's key {}: run `chmod 600` on it", path.display());
        }
        let text = Zeroizing::new(fs::read_to_string(path).with_context(readable)?);
        Ok(SigningWallet::parse(self.chain, self.account_id.as_deref(), text.trim())?)
    }

    /// What a call may cost: 0.002 ether, 0.02 NEAR, 1 lumen unless stated.
    pub fn fee_max(&self) -> u128 {
        self.fee_max.unwrap_or(match self.chain.namespace() {
            Namespace::Eip155 => 2_000_000_000_000_000,
            Namespace::Near => 20_000_000_000_000_000_000_000,
            Namespace::Stellar | Namespace::Xrpl => 10_000_000,
        })
    }

    /// What stays in the account: 0.01 ether, 0.5 NEAR, 5 lumens unless stated.
    pub fn balance_min(&self) -> u128 {
        self.balance_min.unwrap_or(match self.chain.namespace() {
            Namespace::Eip155 => 10_000_000_000_000_000,
            Namespace::Near => 500_000_000_000_000_000_000_000,
            Namespace::Stellar | Namespace::Xrpl => 50_000_000,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../relay.example.toml");

    #[test]
    fn the_example_configuration_is_usable() {
        let config: RelayConfig = toml::from_str(EXAMPLE).unwrap();
        config.apps().unwrap();
        assert_eq!(config.chains.len(), 2);
        assert_eq!(config.chains[0].fee_max(), 2_000_000_000_000_000);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        fs::write(&path, "11".repeat(32)).unwrap();
        let chain: RelayChain =
            toml::from_str(&format!("chain = \"eip155:1\"\nkey_file = {path:?}")).unwrap();
        for (mode, is_taken) in [(0o644, false), (0o640, false), (0o600, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(chain.wallet().is_ok(), is_taken, "{mode:o}");
        }
    }

    #[test]
    fn amounts_are_text() {
        let section = |fee: &str| {
            toml::from_str::<RelayChain>(&format!(
                "chain = \"eip155:1\"\nkey_file = \"key\"\nfee_max = {fee}"
            ))
        };
        assert_eq!(section("\"340282366920938463463374607431768211455\"").unwrap().fee_max(), u128::MAX);
        for wrong in ["1", "\"\"", "\"1 ether\"", "\"-1\""] {
            assert!(section(wrong).is_err(), "{wrong}");
        }
    }
}
