//! What a key-share node is told: a TOML file, overridden by environment variables and flags.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use axum::http::HeaderName;
use clap::Args;
use idos_grants::ChainId;
use idos_mpc::KeyShareConfig;
use serde::Deserialize;
use url::Url;

/// The ports of the nodes of `idos dev`; the first is a node's default.
pub const DEV_PORTS: [u16; 5] = [8811, 8812, 8813, 8814, 8815];

/// A key-share node's configuration. Every field has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MpcConfig {
    /// Everything the node keeps: its database and keys.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// `postgres://…` to keep shares there; a SQLite file in the data directory otherwise.
    pub database_url: Option<String>,
    /// A program and its arguments that prints the key that shares are sealed under at rest: 64 hex digits, or base64. Without it the key is in a file of the data
    /// directory.
    pub share_key_command: Vec<String>,
    /// The header in which a reverse proxy names the client's address, such as `x-forwarded-for`.
    pub client_address_header: Option<String>,
    /// What the SQLite file may grow to, in MiB; what the disk holds unless stated.
    pub database_mib_max: Option<u64>,
    /// What may be asked of one profile's share in an hour.
    pub operations_an_hour: Option<u64>,
    /// Tries in vain of one profile's share in an hour that make an alarm.
    pub alarm_tries: Option<u64>,
    /// Keys that the node holds shares of.
    pub holdings_max: Option<u64>,
    /// Chains that are asked about contract wallets and the keys of NEAR and Stellar accounts.
    pub chains: Vec<MpcChain>,
}

/// A chain that is asked who may act for an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MpcChain {
    /// CAIP-2, e.g. `near:mainnet`.
    pub chain: ChainId,
    /// Its RPC.
    pub rpc_url: Url,
}

impl Default for MpcConfig {
    fn default() -> Self {
        Self {
            data_dir: "idos-mpc-data".into(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEV_PORTS[0]),
            database_url: None,
            share_key_command: Vec::new(),
            client_address_header: None,
            database_mib_max: None,
            operations_an_hour: None,
            alarm_tries: None,
            holdings_max: None,
            chains: Vec::new(),
        }
    }
}

/// Flags and environment variables that stand above the file.
#[derive(Debug, Clone, Args, Default)]
pub struct MpcOverrides {
    /// Configuration file (TOML)
    #[arg(long, env = "IDOS_MPC_CONFIG")]
    pub config: Option<PathBuf>,
    /// Everything the node keeps is in this directory
    #[arg(long, env = "IDOS_MPC_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, env = "IDOS_MPC_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// postgres:// URL for shares (default: SQLite in the data directory)
    #[arg(long, env = "IDOS_MPC_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl MpcConfig {
    /// The file (if one is named), then environment and flags.
    pub fn load(overrides: &MpcOverrides) -> Result<Self> {
        let mut config = match &overrides.config {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        let MpcOverrides { config: _, data_dir, listen, database_url } = overrides.clone();
        config.data_dir = data_dir.unwrap_or(config.data_dir);
        config.listen = listen.unwrap_or(config.listen);
        config.database_url = database_url.or(config.database_url);
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("the configuration {} is not usable", path.display()))
    }

    /// As the node takes it.
    pub fn settings(&self, data_dir: &Path) -> Result<KeyShareConfig> {
        let sqlite = || format!("sqlite:{}", data_dir.join("shares.db").display());
        let mut settings = KeyShareConfig::new(self.database_url.clone().unwrap_or_else(sqlite));
        settings.database_bytes_max = self.database_mib_max.map(|mib| mib.saturating_mul(1024 * 1024));
        settings.operations_an_hour = self.operations_an_hour.unwrap_or(settings.operations_an_hour);
        settings.alarm_tries = self.alarm_tries.unwrap_or(settings.alarm_tries);
        settings.holdings_max = self.holdings_max.unwrap_or(settings.holdings_max);
        if let Some(name) = &self.client_address_header {
            let name: HeaderName = name
                .parse()
                .with_context(|| format!("client_address_header: {name:?} is no header's name"))?;
            settings.client_address_header = Some(name);
        }
        Ok(settings)
    }

    /// Each chain's RPC.
    pub fn rpcs(&self) -> Vec<(ChainId, Url)> {
        self.chains.iter().map(|chain| (chain.chain, chain.rpc_url.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../mpc.example.toml");

    #[test]
    fn the_example_configuration_is_usable() {
        let config: MpcConfig = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(config.rpcs().len(), 3);
        config.settings(Path::new(".")).unwrap();
    }

    #[test]
    fn an_unknown_key_and_a_header_that_is_none_are_refused() {
        assert!(toml::from_str::<MpcConfig>("data_dri = \"x\"").is_err());
        let config: MpcConfig = toml::from_str("client_address_header = \"a b\"").unwrap();
        assert!(config.settings(Path::new(".")).is_err());
    }
}
