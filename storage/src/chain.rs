//! Asking a chain: the one question that the vault has, whether a contract wallet accepts a signature.

use async_trait::async_trait;
use bytes::Bytes;
use idos_grants::{Address, ChainId};

/// Read-only calls to contracts (`eth_call` at the newest block).
#[async_trait]
pub trait ChainCalls: Send + Sync {
    /// What `to` returns when it is called with `data`; empty if there is no contract.
    ///
    /// # Errors
    /// See [`ChainCallError`].
    async fn call(&self, chain: ChainId, to: Address, data: Bytes) -> Result<Bytes, ChainCallError>;
}

/// Why a call has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainCallError {
    /// There is no way to that chain.
    #[error("the chain is not followed")]
    UnknownChain,
    /// The contract refused the call.
    #[error("the call reverted")]
    Reverted,
    /// The chain does not answer.
    #[error("the chain does not answer")]
    Unavailable,
}

/// For a node that follows no chain: every contract wallet is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoChains;

#[async_trait]
impl ChainCalls for NoChains {
    async fn call(&self, _: ChainId, _: Address, _: Bytes) -> Result<Bytes, ChainCallError> {
        Err(ChainCallError::UnknownChain)
    }
}
