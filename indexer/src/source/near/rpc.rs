//! The RPC's part: of which chain it is, and what a contract's view returns.

use std::time::Duration;

use idos_contracts_near::{Method, access_grants::HistoryHead as HistoryHeadView};
use idos_grants::{ChainId, HistoryHead, account::NearAccountId};
use idos_mirror::BlockHash;
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use url::Url;

use super::{block::Hash, events};
use crate::source::{
    SourceError,
    http::{self, ANSWER_TIMEOUT},
};

/// No answer that is asked for here is longer.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// `{}` in base64.
const NO_ARGUMENTS: &str = "e30=";

/// An RPC may hear of a block a moment later than the block server. It is asked again after so long,
const UNKNOWN_BLOCK_PAUSE: Duration = Duration::from_millis(150);
/// so many times.
const UNKNOWN_BLOCK_TRIES: u32 = 6;

/// One RPC.
#[derive(Debug)]
pub(super) struct Rpc {
    client: Client,
    url: Url,
    name: String,
}

/// A final block, by the RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FinalBlock {
    pub(super) number: u64,
    pub(super) hash: BlockHash,
}

/// Why a question has no result, by the `cause.name` of the answer.
#[derive(Debug)]
enum Refusal {
    UnknownBlock,
    /// There is no such account, or no contract in it.
    NoContract,
    Other(SourceError),
}

impl From<Refusal> for SourceError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownBlock => Self::Lags,
            Refusal::NoContract => Self::Unavailable("there is no such contract".to_owned()),
            Refusal::Other(error) => error,
        }
    }
}

impl From<SourceError> for Refusal {
    fn from(error: SourceError) -> Self {
        Self::Other(error)
    }
}

impl Rpc {
    pub(super) fn new(url: &Url) -> Self {
        Self { client: http::client(Policy::default()), url: url.clone(), name: http::host(url) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn chain(&self) -> Result<ChainId, SourceError> {
        let status: Status = self.ask("status", json!([])).await?;
        let reference = status.chain_id.parse();
        reference.map(ChainId::Near).map_err(|_| SourceError::Invalid("a chain_id that no chain can have"))
    }

    pub(super) async fn final_block(&self) -> Result<FinalBlock, SourceError> {
        let BlockView { header } = self.ask("block", json!({ "finality": "final" })).await?;
        Ok(FinalBlock { number: header.height, hash: BlockHash(header.hash.0) })
    }

    /// Of the block at a height at which there is one.
    pub(super) async fn block_hash(&self, height: u64) -> Result<BlockHash, SourceError> {
        let BlockView { header } = self.ask("block", json!({ "block_id": height })).await?;
        if header.height != height {
            return Err(SourceError::Invalid("another block than the one asked for"));
        }
        Ok(BlockHash(header.hash.0))
    }

    /// The contract's head after a block.
    pub(super) async fn history_head(
        &self,
        contract: &NearAccountId,
        at: &BlockHash,
    ) -> Result<Option<HistoryHead>, SourceError> {
        for _ in 1..UNKNOWN_BLOCK_TRIES {
            match self.view_history_head(contract, at).await {
                Err(Refusal::UnknownBlock) => sleep(UNKNOWN_BLOCK_PAUSE).await,
                answer => return found(answer),
            }
        }
        found(self.view_history_head(contract, at).await)
    }

    async fn view_history_head(
        &self,
        contract: &NearAccountId,
        at: &BlockHash,
    ) -> Result<HistoryHead, Refusal> {
        let question = json!({
            "request_type": "call_function",
            "block_id": bs58::encode(at.0).into_string(),
            "account_id": contract.as_str(),
            "method_name": HistoryHeadView::NAME,
            "args_base64": NO_ARGUMENTS,
        });
        let answer: CallView = self.ask("query", question).await?;
        if BlockHash(answer.block_hash.0) != *at {
            return Err(SourceError::Invalid("an answer as of another block").into());
        }
        match answer.result {
            Some(bytes) => Ok(events::history_head(&bytes)?),
            None => Err(unavailable(&answer.error.unwrap_or_default()).into()),
        }
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, Refusal> {
        let question = json!({ "jsonrpc": "2.0", "id": "idos", "method": method, "params": params });
        match timeout(ANSWER_TIMEOUT, self.post(&question)).await {
            Ok(answer) => read(&answer?),
            Err(_) => Err(SourceError::TimedOut { secs: ANSWER_TIMEOUT.as_secs() }.into()),
        }
    }

    async fn post(&self, question: &Value) -> Result<Vec<u8>, SourceError> {
        let failed = |error: reqwest::Error| unavailable(&error.without_url().to_string());
        let response = self.client.post(self.url.clone()).json(question).send().await.map_err(failed)?;
        let status = response.status();
        let body = http::body(response, ANSWER_BYTES_MAX).await.map_err(failed)?;
        let body = body.ok_or(SourceError::Invalid("an answer longer than any that was asked for"))?;
        // Some errors come with a status, and say more in the body.
        if status.is_success() || serde_json::from_slice::<Answer<Value>>(&body).is_ok() {
            return Ok(body);
        }
        Err(unavailable(&format!("it answers with status {status}")))
    }
}

fn unavailable(message: &str) -> SourceError {
    SourceError::Unavailable(http::excerpt(message))
}

fn found(answer: Result<HistoryHead, Refusal>) -> Result<Option<HistoryHead>, SourceError> {
    match answer {
        Ok(head) => Ok(Some(head)),
        Err(Refusal::NoContract) => Ok(None),
        Err(refusal) => Err(refusal.into()),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let answer: Answer<Value> =
        serde_json::from_slice(body).map_err(|_| SourceError::Invalid("an answer that is not JSON-RPC"))?;
    match answer {
        Answer::Result { result } => Ok(serde_json::from_value(result)
            .map_err(|_| SourceError::Invalid("a result in another shape than the RPC documents"))?),
        Answer::Error { error } => Err(refusal(&error)),
    }
}

fn refusal(error: &ErrorJson) -> Refusal {
    match error.cause.name.as_str() {
        "UNKNOWN_BLOCK" => Refusal::UnknownBlock,
        "UNKNOWN_ACCOUNT" | "NO_CONTRACT_CODE" => Refusal::NoContract,
        cause => Refusal::Other(unavailable(&format!("{} {cause} {}", error.name, error.message))),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Error { error: ErrorJson },
    Result { result: T },
}

#[derive(Deserialize)]
struct ErrorJson {
    #[serde(default)]
    name: String,
    #[serde(default)]
    cause: Cause,
    #[serde(default)]
    message: String,
}

#[derive(Default, Deserialize)]
struct Cause {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Status {
    chain_id: String,
}

#[derive(Deserialize)]
struct BlockView {
    header: HeaderView,
}

#[derive(Deserialize)]
struct HeaderView {
    height: u64,
    hash: Hash,
}

/// What a view returned. Some versions of the RPC tell of a view that failed here, not as an error.
#[derive(Deserialize)]
struct CallView {
    block_hash: Hash,
    #[serde(default)]
    result: Option<Vec<u8>>,
    #[serde(default)]
    error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: Value) -> SourceError {
        let body = json!({ "jsonrpc": "2.0", "id": "idos", "error": error }).to_string();
        read::<Status>(body.as_bytes()).unwrap_err().into()
    }

    #[test]
    fn a_cause_is_read_by_its_name() {
        let error = |cause: &str| json!({"name": "HANDLER_ERROR", "cause": {"name": cause, "info": {}}, "code": -32000, "message": "Server error", "data": "…"});
        assert_eq!(refused(error("UNKNOWN_BLOCK")), SourceError::Lags);
        let said = refused(error("GARBAGE_COLLECTED_BLOCK")).to_string();
        assert!(said.contains("GARBAGE_COLLECTED_BLOCK"), "{said}");
        for cause in ["UNKNOWN_ACCOUNT", "NO_CONTRACT_CODE"] {
            let body = json!({ "error": error(cause) }).to_string();
            assert!(matches!(read::<Status>(body.as_bytes()), Err(Refusal::NoContract)), "{cause}");
        }
        let bare = refused(json!({"code": -32601, "message": "x".repeat(5_000)})).to_string();
        assert!(bare.len() < 400, "{bare}");
    }

    #[test]
    fn what_is_not_json_rpc_is_invalid() {
        for body in ["", "null", "<html>", "{}", r#"{"result":{}}"#, r#"{"result":{"chain_id":7}}"#] {
            let read = read::<Status>(body.as_bytes()).map(|status| status.chain_id);
            assert!(matches!(read, Err(Refusal::Other(SourceError::Invalid(_)))), "{body}");
        }
    }

    #[test]
    fn what_a_view_that_failed_says_is_told() {
        let block_hash = bs58::encode([7; 32]).into_string();
        let result = json!({"error": "wasm execution failed with error: MethodNotFound", "logs": [], "block_hash": block_hash});
        let answer: CallView = read(json!({ "result": result }).to_string().as_bytes()).unwrap();
        assert_eq!((answer.result, answer.block_hash.0), (None, [7; 32]));
        assert!(answer.error.is_some_and(|error| error.contains("MethodNotFound")));
    }
}
