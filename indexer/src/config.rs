//! Which chain, which RPCs, which contracts, when a block is final.

use std::time::Duration;

use idos_grants::{Account, ChainId, Namespace};
use idos_mirror::Contract;
use url::Url;

/// When a block counts as final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finality {
    /// By the chain's `finalized` tag.
    Finalized,
    /// By the chain's `safe` tag.
    Safe,
    /// With so many blocks on top of it.
    Confirmations(u64),
}

/// One chain to follow.
#[derive(Debug, Clone)]
pub struct ChainConfig {
    /// The chain; an RPC of another one is not asked.
    pub chain: ChainId,
    /// Asked in this order: the first one that has not failed lately.
    pub rpc_urls: Vec<Url>,
    /// NEAR: servers of whole blocks in the shape of NEAR Lake, as neardata serves them; asked in this order. Other chains: none.
    pub block_urls: Vec<Url>,
    /// What to follow.
    pub contracts: Vec<Contract>,
    /// When a block counts as final.
    pub finality: Finality,
    /// How often the tip is asked for.
    pub poll_interval: Duration,
    /// The most heights in one question for events; a source may answer fewer.
    pub blocks_max: u64,
    /// The pause after a first failure; it doubles with every further one, and up to as much again is added at random.
    pub retry_pause_min: Duration,
    /// What it doubles to.
    pub retry_pause_max: Duration,
}

impl ChainConfig {
    /// With a poll every 250 ms and finality by the chain's own word.
    pub fn new(chain: ChainId, rpc_urls: Vec<Url>, contracts: Vec<Contract>) -> Self {
        Self {
            chain,
            rpc_urls,
            block_urls: Vec::new(),
            contracts,
            finality: Finality::Finalized,
            poll_interval: Duration::from_millis(250),
            blocks_max: 10_000,
            retry_pause_min: Duration::from_millis(200),
            retry_pause_max: Duration::from_secs(10),
        }
    }

    /// Refuses what cannot be followed.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.check_contracts()?;
        let namespace = self.chain.namespace();
        if !Namespace::WITH_CONTRACTS.contains(&namespace) {
            return Err(ConfigError::NoContracts(self.chain));
        }
        if self.rpc_urls.is_empty() {
            return Err(ConfigError::NoRpc(self.chain));
        }
        let is_near = namespace == Namespace::Near;
        match (is_near, self.block_urls.is_empty()) {
            (true, true) => return Err(ConfigError::NoBlockServer(self.chain)),
            (false, false) => return Err(ConfigError::NeedlessBlockServer(self.chain)),
            _ => {}
        }
        if namespace != Namespace::Eip155 && self.finality != Finality::Finalized {
            return Err(ConfigError::Finality(self.chain));
        }
        Ok(())
    }

    /// Refuses contracts of other chains.
    pub(crate) fn check_contracts(&self) -> Result<(), ConfigError> {
        match self.contracts.iter().find(|contract| contract.account.chain() != self.chain) {
            Some(foreign) => {
                Err(ConfigError::ForeignContract { contract: Box::new(foreign.account), chain: self.chain })
            }
            None => Ok(()),
        }
    }
}

/// Why a configuration cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The contracts do not run on this family of chains.
    #[error("{0} has no contracts to follow: remove it")]
    NoContracts(ChainId),
    /// It names no RPC.
    #[error("{0} has no RPC: name at least one in rpc_urls")]
    NoRpc(ChainId),
    /// A NEAR chain needs more than an RPC.
    #[error(
        "{0} has no block server: NEAR's RPC does not list events, so name at least one server of Lake blocks in block_urls"
    )]
    NoBlockServer(ChainId),
    /// The RPC of this chain says everything.
    #[error("{0} is followed by its RPC alone: remove its block_urls")]
    NeedlessBlockServer(ChainId),
    /// A contract of another chain.
    #[error("{contract} is not on {chain}: name it under its own chain")]
    ForeignContract {
        /// Which contract.
        contract: Box<Account>,
        /// Where it is named.
        chain: ChainId,
    },
    /// NEAR's blocks say which one is final; on Stellar every closed ledger is.
    #[error("{0} says itself which of its blocks are final: leave finality at finalized")]
    Finality(ChainId),
}

#[cfg(test)]
mod tests {
    use idos_mirror::ContractKind;

    use super::*;

    fn url() -> Vec<Url> {
        vec!["http://localhost:3030".parse().unwrap()]
    }

    fn config(chain: &str, contract: &str) -> ChainConfig {
        let contract =
            Contract { account: contract.parse().unwrap(), kind: ContractKind::AccessGrants, start_block: 0 };
        ChainConfig::new(chain.parse().unwrap(), url(), vec![contract])
    }

    const STELLAR: &str = "stellar:local:CA3D5KRYM6CB7OWQ6TWYRR3Z4T7GNZLKERYNZGGA5SOAOPIFY6YQGAXE";

    const EVM: &str = "eip155:1:0xd8da6bf26964af9d7eed9e03e53415d37aa96045";

    #[test]
    fn what_cannot_be_followed_is_refused_before_anything_is_asked() {
        let evm = || config("eip155:1", EVM);
        let near = || ChainConfig { block_urls: url(), ..config("near:mainnet", "near:mainnet:grants.near") };
        let stellar = || config("stellar:local", STELLAR);
        let xrpl = || ChainConfig::new("xrpl:0".parse().unwrap(), url(), vec![]);
        let (on_evm, on_near, on_stellar) = (evm().chain, near().chain, stellar().chain);
        let foreign = |account: &str, chain| {
            Err(ConfigError::ForeignContract { contract: Box::new(account.parse().unwrap()), chain })
        };
        let table = [
            ("an EVM chain", evm(), Ok(())),
            ("a NEAR chain", near(), Ok(())),
            ("a Stellar network", stellar(), Ok(())),
            ("an XRPL network", xrpl(), Err(ConfigError::NoContracts(xrpl().chain))),
            (
                "a block server for Stellar",
                ChainConfig { block_urls: url(), ..stellar() },
                Err(ConfigError::NeedlessBlockServer(on_stellar)),
            ),
            (
                "another Stellar network",
                ChainConfig { chain: "stellar:testnet".parse().unwrap(), ..stellar() },
                foreign(STELLAR, "stellar:testnet".parse().unwrap()),
            ),
            (
                "confirmations on Stellar",
                ChainConfig { finality: Finality::Confirmations(3), ..stellar() },
                Err(ConfigError::Finality(on_stellar)),
            ),
            ("no RPC", ChainConfig { rpc_urls: vec![], ..near() }, Err(ConfigError::NoRpc(on_near))),
            (
                "no block server",
                ChainConfig { block_urls: vec![], ..near() },
                Err(ConfigError::NoBlockServer(on_near)),
            ),
            (
                "a block server too many",
                ChainConfig { block_urls: url(), ..evm() },
                Err(ConfigError::NeedlessBlockServer(on_evm)),
            ),
            (
                "NEAR contract, EVM chain",
                config("eip155:1", "near:mainnet:a.near"),
                foreign("near:mainnet:a.near", on_evm),
            ),
            (
                "EVM contract, NEAR chain",
                ChainConfig { contracts: evm().contracts, ..near() },
                foreign(EVM, on_near),
            ),
            (
                "another NEAR chain",
                ChainConfig { contracts: config("near:testnet", "near:testnet:a.near").contracts, ..near() },
                foreign("near:testnet:a.near", on_near),
            ),
            (
                "confirmations on NEAR",
                ChainConfig { finality: Finality::Confirmations(3), ..near() },
                Err(ConfigError::Finality(on_near)),
            ),
        ];
        for (name, config, expected) in table {
            assert_eq!(config.check(), expected, "{name}");
        }
    }
}
