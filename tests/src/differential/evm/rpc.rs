//! Anvil's JSON-RPC, several questions at once.

use alloy::primitives::Bytes;
use anyhow::{Context, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};
use url::Url;

pub(super) struct Rpc {
    client: Client,
    url: Url,
}

impl Rpc {
    pub(super) fn new(url: &Url) -> Self {
        Self { client: Client::new(), url: url.clone() }
    }

    pub(super) async fn ask(&self, method: &str, params: Value) -> Result<Value> {
        let mut answer = self.post(&question(method, &params)).await?;
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => bail!("{method}: {answer}"),
        }
    }

    /// What a call reverts with.
    pub(super) async fn revert_data(&self, params: Value) -> Result<Bytes> {
        let mut answer = self.post(&question("eth_call", &params)).await?;
        serde_json::from_value(answer["error"]["data"].take()).with_context(|| format!("no revert: {answer}"))
    }

    /// What views answer, at the newest block.
    pub(super) async fn calls(&self, calls: Vec<Value>) -> Result<Vec<Bytes>> {
        let questions = calls.into_iter().enumerate().map(|(id, call)| {
            json!({ "jsonrpc": "2.0", "id": id, "method": "eth_call", "params": [call, "latest"] })
        });
        let answers = self.post(&questions.collect()).await?;
        let mut answers: Vec<Value> = serde_json::from_value(answers)?;
        answers.sort_by_key(|answer| answer["id"].as_u64());
        let result = |mut answer: Value| {
            serde_json::from_value(answer["result"].take())
                .with_context(|| format!("a view failed: {answer}"))
        };
        answers.into_iter().map(result).collect()
    }

    async fn post(&self, question: &Value) -> Result<Value> {
        Ok(self.client.post(self.url.clone()).json(question).send().await?.json().await?)
    }
}

fn question(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}
