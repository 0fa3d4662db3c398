//! What is asked of the sandbox's RPC.

use std::time::Duration;

use near_jsonrpc_primitives::types::transactions::RpcTransactionResponse;
use near_primitives::{
    hash::CryptoHash,
    types::{AccountId, BlockHeight},
    views::{BlockView, ChunkView, ReceiptView, StatusResponse},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(20);

pub(super) struct Upstream {
    http: reqwest::Client,
    rpc: Url,
}

impl Upstream {
    pub fn new(rpc: Url) -> Result<Self, reqwest::Error> {
        Ok(Self { http: reqwest::Client::builder().timeout(TIMEOUT).build()?, rpc })
    }

    pub async fn first_height(&self) -> Result<BlockHeight, UpstreamError> {
        let status: StatusResponse = self.ask("status", json!([])).await?;
        Ok(status.sync_info.earliest_block_height.unwrap_or_default())
    }

    pub async fn head(&self, finality: &str) -> Result<BlockView, UpstreamError> {
        self.ask("block", json!({ "finality": finality })).await
    }

    pub async fn block(&self, hash: CryptoHash) -> Result<BlockView, UpstreamError> {
        self.ask("block", json!({ "block_id": hash })).await
    }

    pub async fn chunk(&self, hash: CryptoHash) -> Result<ChunkView, UpstreamError> {
        self.ask("chunk", json!({ "chunk_id": hash })).await
    }

    pub async fn receipt(&self, id: CryptoHash) -> Result<ReceiptView, UpstreamError> {
        self.ask("EXPERIMENTAL_receipt", json!({ "receipt_id": id })).await
    }

    pub async fn transaction(
        &self,
        hash: CryptoHash,
        sender: &AccountId,
    ) -> Result<RpcTransactionResponse, UpstreamError> {
        let params = json!({ "tx_hash": hash, "sender_account_id": sender, "wait_until": "NONE" });
        self.ask("EXPERIMENTAL_tx_status", params).await
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, UpstreamError> {
        let request = json!({ "jsonrpc": "2.0", "id": "lake", "method": method, "params": params });
        let mut answer: Value = self.http.post(self.rpc.clone()).json(&request).send().await?.json().await?;
        match answer.get_mut("result") {
            Some(result) => Ok(serde_json::from_value(result.take())?),
            None => {
                Err(UpstreamError::Refused { method: method.to_owned(), error: answer["error"].to_string() })
            }
        }
    }
}

/// Why the sandbox did not say.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    #[error("near-sandbox does not answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("near-sandbox answers in another shape than expected: {0}")]
    Json(#[from] serde_json::Error),
    #[error("near-sandbox refused {method}: {error}")]
    Refused { method: String, error: String },
}

impl UpstreamError {
    pub fn is_unknown_transaction(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.contains("UNKNOWN_TRANSACTION"))
    }
}
