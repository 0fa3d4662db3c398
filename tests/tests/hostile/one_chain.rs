//! A chain that knows statuses, and nothing else.

use async_trait::async_trait;
use idos_api::credentials::SignedWriteGrant;
use idos_client::{
    ChainError, ClientError,
    chain::{AccessGrants, Chain, Chains, CredentialStatus, Deployment, Mined, SignedCall},
};
use idos_grants::{Account, ChainId, Status};
use idos_tests::vault_house::CHAIN;
use idos_wallets::{KeyedNonce, Proof, SignatureError, Wallet};
use rand_core::CryptoRngCore;

/// A chain on which every credential has one status, and nothing else can be asked.
#[derive(Debug, Clone, Copy)]
pub struct OneChain(pub Status);

const NOT_HERE: ChainError = ChainError::Unsupported("not on this chain");

#[async_trait]
impl Chains for OneChain {
    async fn chain(&self, _: ChainId) -> Result<Box<dyn Chain>, ClientError> {
        Ok(Box::new(*self))
    }
}

/// Chains whose RPCs do not answer.
pub struct Silent;

#[async_trait]
impl Chains for Silent {
    async fn chain(&self, _: ChainId) -> Result<Box<dyn Chain>, ClientError> {
        Err(ChainError::Rpc("connection refused".to_owned()).into())
    }
}

#[async_trait]
impl Chain for OneChain {
    fn chain(&self) -> ChainId {
        CHAIN
    }

    async fn now(&self) -> Result<u64, ChainError> {
        Err(NOT_HERE)
    }

    fn access_grants(&self, _: &Account) -> Result<Box<dyn AccessGrants>, ChainError> {
        Err(NOT_HERE)
    }

    fn credential_status(&self, _: &Account) -> Result<Box<dyn CredentialStatus>, ChainError> {
        Ok(Box::new(*self))
    }

    async fn deploy(&self) -> Result<Deployment, ChainError> {
        Err(NOT_HERE)
    }

    /// No contract wallets.
    async fn wallet(&self, _: Proof) -> Result<Wallet, ChainError> {
        Err(ChainError::Unproven(SignatureError::RefusedByContract))
    }

    async fn relay(&self, _: &SignedCall) -> Result<Mined, ChainError> {
        Err(NOT_HERE)
    }

    async fn write_grant_nonce(
        &self,
        _: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<KeyedNonce, ChainError> {
        Err(NOT_HERE)
    }

    async fn relay_write_grant(&self, _: &SignedWriteGrant) -> Result<Mined, ChainError> {
        Err(NOT_HERE)
    }
}

#[async_trait]
impl CredentialStatus for OneChain {
    async fn set(&self, _: u32, _: u32, _: Status) -> Result<Mined, ChainError> {
        Err(NOT_HERE)
    }

    async fn sign_set(
        &self,
        _: u32,
        _: u32,
        _: Status,
        _: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        Err(NOT_HERE)
    }

    async fn status_of(&self, _: &Account, _: u32, _: u32) -> Result<Status, ChainError> {
        Ok(self.0)
    }
}
