//! Asking chains who may act for an account: the questions that a service has where a signature alone proves nothing.

use async_trait::async_trait;
use bytes::Bytes;
use idos_grants::{Account, Address, ChainId};
use idos_wallets::KeyPermission;

/// Read-only questions to chains.
#[async_trait]
pub trait ChainCalls: Send + Sync {
    /// Whether there is a way to `chain`.
    fn follows(&self, chain: ChainId) -> bool;

    /// EVM: what `to` returns when it is called with `data` (`eth_call` at the newest block); empty if there is no contract.
    ///
    /// # Errors
    /// See [`ChainCallError`].
    async fn call(&self, chain: ChainId, to: Address, data: Bytes) -> Result<Bytes, ChainCallError>;

    /// NEAR and Stellar: what the Ed25519 key `key` may do for `account`, at the newest final block.
    ///
    /// # Errors
    /// See [`ChainCallError`].
    async fn key_permission(&self, account: &Account, key: [u8; 32])
    -> Result<KeyPermission, ChainCallError>;
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

/// For a service that follows no chain: every wallet that a chain would have to speak for is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoChains;

#[async_trait]
impl ChainCalls for NoChains {
    fn follows(&self, _: ChainId) -> bool {
        false
    }

    async fn call(&self, _: ChainId, _: Address, _: Bytes) -> Result<Bytes, ChainCallError> {
        Err(ChainCallError::UnknownChain)
    }

    async fn key_permission(&self, _: &Account, _: [u8; 32]) -> Result<KeyPermission, ChainCallError> {
        Err(ChainCallError::UnknownChain)
    }
}
