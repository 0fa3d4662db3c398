//! Asking contracts: a contract wallet's signature is checked by the contract itself (ERC-1271).

use std::collections::HashMap;

use alloy::{
    network::TransactionBuilder,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    transports::RpcError,
};
use async_trait::async_trait;
use axum::body::Bytes;
use idos_grants::{Address, ChainId};
use idos_storage::{ChainCallError, ChainCalls};

use super::config::ChainSection;

/// The chains' first RPCs.
#[derive(Debug)]
pub struct RpcCalls(HashMap<ChainId, DynProvider>);

impl RpcCalls {
    /// Of the configured chains.
    pub fn new(chains: &[ChainSection]) -> Self {
        let first =
            |section: &ChainSection| section.rpc_urls.first().cloned().map(|url| (section.chain, url));
        let urls = chains.iter().filter_map(first);
        Self(urls.map(|(chain, url)| (chain, ProviderBuilder::new().connect_http(url).erased())).collect())
    }
}

#[async_trait]
impl ChainCalls for RpcCalls {
    async fn call(&self, chain: ChainId, to: Address, data: Bytes) -> Result<Bytes, ChainCallError> {
        let provider = self.0.get(&chain).ok_or(ChainCallError::UnknownChain)?;
        let Address::Evm(to) = to;
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
}
