//! This devnet, or NEAR's own sandbox where somebody named its binary.

use std::path::Path;

use url::Url;

use super::{
    account::FundedAccount,
    config::DevnetConfig,
    devnet::{Devnet, DevnetError},
    near_sandbox::{NearSandbox, NearSandboxError},
};

/// A local NEAR chain of either kind. Tests that use it move time with `sandbox_fast_forward`, which both have.
pub enum LocalChain {
    /// This crate's own.
    Devnet(Devnet),
    /// NEAR's.
    Sandbox(Box<NearSandbox>),
}

impl LocalChain {
    /// Starts `sandbox` if there is one, as [`near_sandbox_binary`](super::near_sandbox_binary) says; else the devnet.
    pub async fn start(config: DevnetConfig, sandbox: Option<&Path>) -> Result<Self, LocalChainError> {
        match sandbox {
            Some(binary) => Ok(Self::Sandbox(Box::new(NearSandbox::start(binary, &config).await?))),
            None => Ok(Self::Devnet(Devnet::start(config).await?)),
        }
    }

    /// Where JSON-RPC is answered.
    pub fn rpc(&self) -> &Url {
        match self {
            Self::Devnet(devnet) => devnet.rpc(),
            Self::Sandbox(sandbox) => sandbox.rpc(),
        }
    }

    /// Below which Lake blocks are, at `v0/`.
    pub fn lake(&self) -> &Url {
        match self {
            Self::Devnet(devnet) => devnet.rpc(),
            Self::Sandbox(sandbox) => sandbox.lake(),
        }
    }

    /// The accounts of the first block.
    pub fn accounts(&self) -> &[FundedAccount] {
        match self {
            Self::Devnet(devnet) => devnet.accounts(),
            Self::Sandbox(sandbox) => sandbox.accounts(),
        }
    }

    /// Ends it.
    pub async fn stop(self) -> Result<(), LocalChainError> {
        match self {
            Self::Devnet(devnet) => devnet.stop().await,
            Self::Sandbox(sandbox) => sandbox.stop().await?,
        }
        Ok(())
    }
}

/// Why there is no local chain.
#[derive(Debug, thiserror::Error)]
pub enum LocalChainError {
    /// The devnet does not run.
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    /// The sandbox does not run.
    #[error(transparent)]
    Sandbox(#[from] NearSandboxError),
}
