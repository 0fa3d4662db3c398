//! Asking chains who may act for an account: contract wallets (ERC-1271), keys of NEAR and Stellar accounts.

use std::collections::HashMap;

use alloy::{
    network::TransactionBuilder,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    transports::RpcError,
};
use async_trait::async_trait;
use axum::body::Bytes;
use idos_client::{
    ChainError,
    chain::{near::Near, stellar::Stellar},
};
use idos_grants::{Account, Address, ChainId, Namespace};
use idos_proofs::{ChainCallError, ChainCalls};
use idos_wallets::KeyPermission;
use tokio::sync::OnceCell;
use url::Url;

/// The chains' first RPCs.
#[derive(Debug)]
pub struct RpcCalls {
    evm: HashMap<ChainId, DynProvider>,
    near: HashMap<ChainId, Rpc<Near>>,
    stellar: HashMap<ChainId, Rpc<Stellar>>,
}

/// A chain's RPC, which is asked what chain it is of once, when it first answers.
#[derive(Debug)]
struct Rpc<C> {
    url: Url,
    connected: OnceCell<C>,
}

impl<C> Rpc<C> {
    fn new(url: Url) -> Self {
        Self { url, connected: OnceCell::new() }
    }
}

impl Rpc<Near> {
    async fn key_permission(&self, account: &Account, key: [u8; 32]) -> Result<KeyPermission, ChainError> {
        let connect = || Near::reader_of(account.chain(), &self.url);
        self.connected.get_or_try_init(connect).await?.key_permission(account, key).await
    }
}

impl Rpc<Stellar> {
    async fn key_permission(&self, account: &Account, key: [u8; 32]) -> Result<KeyPermission, ChainError> {
        let connect = || Stellar::reader_of(account.chain(), &self.url);
        self.connected.get_or_try_init(connect).await?.key_permission(account, key).await
    }
}

impl RpcCalls {
    /// Of these chains, at these RPCs.
    pub fn new(chains: &[(ChainId, Url)]) -> Self {
        let urls =
            |namespace| chains.iter().filter(move |(chain, _)| chain.namespace() == namespace).cloned();
        let provider = |url| ProviderBuilder::new().connect_http(url).erased();
        Self {
            evm: urls(Namespace::Eip155).map(|(chain, url)| (chain, provider(url))).collect(),
            near: urls(Namespace::Near).map(|(chain, url)| (chain, Rpc::new(url))).collect(),
            stellar: urls(Namespace::Stellar).map(|(chain, url)| (chain, Rpc::new(url))).collect(),
        }
    }
}

#[async_trait]
impl ChainCalls for RpcCalls {
    fn follows(&self, chain: ChainId) -> bool {
        self.evm.contains_key(&chain) || self.near.contains_key(&chain) || self.stellar.contains_key(&chain)
    }

    async fn call(&self, chain: ChainId, to: Address, data: Bytes) -> Result<Bytes, ChainCallError> {
        let provider = self.evm.get(&chain).ok_or(ChainCallError::UnknownChain)?;
        let Address::Evm(to) = to else { return Err(ChainCallError::UnknownChain) };
        let request = TransactionRequest::default().with_to(to.into()).with_input(data);
        match provider.call(request).await {
            Ok(answer) => Ok(answer.0),
            Err(RpcError::ErrorResp(error)) if error.as_revert_data().is_some() => {
                Err(ChainCallError::Reverted)
            }
            Err(error) => {
                tracing::warn!(%chain, %error, "a contract wallet's signature could not be checked");
                Err(ChainCallError::Unavailable)
            }
        }
    }

    async fn key_permission(
        &self,
        account: &Account,
        key: [u8; 32],
    ) -> Result<KeyPermission, ChainCallError> {
        let chain = account.chain();
        let asked = match (self.near.get(&chain), self.stellar.get(&chain)) {
            (Some(near), _) => near.key_permission(account, key).await,
            (_, Some(stellar)) => stellar.key_permission(account, key).await,
            (None, None) => return Err(ChainCallError::UnknownChain),
        };
        asked.map_err(|error| {
            tracing::warn!(%chain, %error, "an account's key could not be checked");
            ChainCallError::Unavailable
        })
    }
}
