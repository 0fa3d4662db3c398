//! Asking chains who may act for an account: contract wallets (ERC-1271), access keys of NEAR accounts.

use std::collections::HashMap;

use alloy::{
    network::TransactionBuilder,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    transports::RpcError,
};
use async_trait::async_trait;
use axum::body::Bytes;
use idos_client::{ChainError, chain::near::Near};
use idos_grants::{Address, ChainId, Namespace, account::NearAccountId};
use idos_storage::{ChainCallError, ChainCalls};
use idos_wallets::KeyPermission;
use tokio::sync::OnceCell;
use url::Url;

use super::config::ChainSection;

/// The chains' first RPCs.
#[derive(Debug)]
pub struct RpcCalls {
    evm: HashMap<ChainId, DynProvider>,
    near: HashMap<ChainId, NearRpc>,
}

/// A NEAR chain's RPC, which is asked what chain it is of once, when it first answers.
#[derive(Debug)]
struct NearRpc {
    url: Url,
    connected: OnceCell<Near>,
}

impl NearRpc {
    fn new(url: Url) -> Self {
        Self { url, connected: OnceCell::new() }
    }

    async fn near(&self, chain: ChainId) -> Result<&Near, ChainError> {
        self.connected.get_or_try_init(|| Near::reader_of(chain, &self.url)).await
    }
}

impl RpcCalls {
    /// Of the configured chains.
    pub fn new(chains: &[ChainSection]) -> Self {
        let first =
            |section: &ChainSection| section.rpc_urls.first().cloned().map(|url| (section.chain, url));
        let urls = |namespace| {
            chains.iter().filter_map(first).filter(move |(chain, _)| chain.namespace() == namespace)
        };
        let provider = |url| ProviderBuilder::new().connect_http(url).erased();
        Self {
            evm: urls(Namespace::Eip155).map(|(chain, url)| (chain, provider(url))).collect(),
            near: urls(Namespace::Near).map(|(chain, url)| (chain, NearRpc::new(url))).collect(),
        }
    }
}

#[async_trait]
impl ChainCalls for RpcCalls {
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
        chain: ChainId,
        account: NearAccountId,
        key: [u8; 32],
    ) -> Result<KeyPermission, ChainCallError> {
        let rpc = self.near.get(&chain).ok_or(ChainCallError::UnknownChain)?;
        let asked = async { rpc.near(chain).await?.key_permission(account.as_str(), key).await };
        asked.await.map_err(|error| {
            tracing::warn!(%chain, %error, "a NEAR account's access key could not be checked");
            ChainCallError::Unavailable
        })
    }
}
