//! This devnet, or another network where somebody named its RPC.

use std::time::Duration;

use rand_core::CryptoRngCore;
use url::Url;

use super::{
    account::FundedAccount,
    config::DevnetConfig,
    devnet::{Devnet, DevnetError},
    public_chain::PublicChain,
    public_network::{PublicNetwork, PublicNetworkError},
};

/// A Stellar network of either kind, with accounts that hold lumens.
pub enum LocalChain {
    /// This crate's own.
    Devnet(Devnet),
    /// Another one, which many share and where time only passes.
    Public(Box<PublicChain>),
}

impl LocalChain {
    /// Uses `network` if there is one, as [`public_network`](super::public_network) says, with new accounts of the names in
    /// the config and of nothing else in it; without one, starts the devnet. Keys of new accounts come from `rng`.
    ///
    /// # Errors
    /// See [`LocalChainError`].
    pub async fn start(
        config: DevnetConfig,
        network: Option<&PublicNetwork>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, LocalChainError> {
        match network {
            Some(network) => {
                let names = config.accounts.into_iter().map(|account| account.name);
                Ok(Self::Public(Box::new(PublicChain::start(network, names, rng).await?)))
            }
            None => Ok(Self::Devnet(Devnet::start(config).await?)),
        }
    }

    /// Where Stellar RPC answers.
    pub fn rpc(&self) -> &Url {
        match self {
            Self::Devnet(devnet) => devnet.rpc(),
            Self::Public(chain) => chain.rpc(),
        }
    }

    /// Where friendbot answers, with `?addr=G…`.
    pub fn friendbot(&self) -> &Url {
        match self {
            Self::Devnet(devnet) => devnet.friendbot(),
            Self::Public(chain) => chain.friendbot(),
        }
    }

    /// What everything that is signed is bound to.
    pub fn passphrase(&self) -> &str {
        match self {
            Self::Devnet(devnet) => devnet.passphrase(),
            Self::Public(chain) => chain.passphrase(),
        }
    }

    /// The accounts that were funded at the start.
    pub fn accounts(&self) -> &[FundedAccount] {
        match self {
            Self::Devnet(devnet) => devnet.accounts(),
            Self::Public(chain) => chain.accounts(),
        }
    }

    /// Makes an account and gives it lumens.
    ///
    /// # Errors
    /// The address is none, the account exists, or friendbot refuses.
    pub async fn fund(&self, address: &str) -> Result<(), LocalChainError> {
        match self {
            Self::Devnet(devnet) => devnet.fund(address).await?,
            Self::Public(chain) => chain.fund(address).await?,
        }
        Ok(())
    }

    /// Close time of the newest ledger, in Unix seconds.
    ///
    /// # Errors
    /// The network does not answer.
    pub async fn now(&self) -> Result<u64, LocalChainError> {
        match self {
            Self::Devnet(devnet) => Ok(devnet.read(|network| network.latest().close_time()).await?),
            Self::Public(chain) => Ok(chain.now().await?),
        }
    }

    /// Moves time forward, or waits until it has passed.
    ///
    /// # Errors
    /// The network does not answer.
    pub async fn advance_time(&self, by: Duration) -> Result<(), LocalChainError> {
        match self {
            Self::Devnet(devnet) => devnet.advance_time(by).await?,
            Self::Public(chain) => chain.wait(by).await?,
        }
        Ok(())
    }

    /// Ends what was started.
    pub async fn stop(self) {
        if let Self::Devnet(devnet) = self {
            devnet.stop().await;
        }
    }
}

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum LocalChainError {
    /// The devnet does not run.
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    /// The other network cannot be used.
    #[error(transparent)]
    Public(#[from] PublicNetworkError),
}
