//! A block server and an RPC in front of a chain in memory, whose answers can be changed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use idos_indexer::ChainConfig;
use idos_mirror::Contract;
use serde_json::{Value, json};
use url::Url;

use super::chain::{Chain, base58, chain};
use crate::support;

/// An answer before it is sent.
pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub body: Value,
    /// So many bytes of the body are sent.
    pub cut: Option<usize>,
}

/// Changes the answer to a question: a path, or the method and parameters of a call.
pub type Lie = Arc<dyn Fn(&str, &mut Answer) + Send + Sync>;

#[derive(Clone)]
pub struct Server {
    pub url: Url,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    chain: Arc<Mutex<Chain>>,
    lie: Arc<Mutex<Option<Lie>>>,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Server {
    pub async fn start() -> Self {
        Self::of(Arc::new(Mutex::new(Chain::new(1)))).await
    }

    async fn of(chain: Arc<Mutex<Chain>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let shared = Shared { chain, lie: Arc::default(), asked: Arc::default() };
        let router = Router::new()
            .route("/", post(rpc))
            .route("/v0/{kind}/{name}", get(blocks))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// Another server of the same chain.
    pub async fn another(&self) -> Self {
        Self::of(self.shared.chain.clone()).await
    }

    pub fn chain(&self) -> MutexGuard<'_, Chain> {
        self.shared.chain.lock().unwrap()
    }

    pub fn lie(&self, lie: impl Fn(&str, &mut Answer) + Send + Sync + 'static) {
        *self.shared.lie.lock().unwrap() = Some(Arc::new(lie));
    }

    pub fn be_honest(&self) {
        *self.shared.lie.lock().unwrap() = None;
    }

    /// How often it was asked what, since the last time this was called.
    pub fn asked(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }

    pub fn config(&self, contracts: &[Contract]) -> ChainConfig {
        config(contracts, &[&self.url], &[&self.url])
    }
}

pub fn config(contracts: &[Contract], blocks: &[&Url], rpcs: &[&Url]) -> ChainConfig {
    ChainConfig {
        chain: chain(),
        finality: idos_indexer::Finality::Finalized,
        block_urls: blocks.iter().map(|url| (*url).clone()).collect(),
        ..support::config(contracts, rpcs)
    }
}

impl Shared {
    fn send(&self, question: &str, mut answer: Answer) -> Response {
        *self.asked.lock().unwrap().entry(question.to_owned()).or_default() += 1;
        let lie = self.lie.lock().unwrap().clone();
        if let Some(lie) = lie {
            lie(question, &mut answer);
        }
        let mut body = answer.body.to_string();
        body.truncate(answer.cut.unwrap_or(body.len()));
        match answer.location {
            Some(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
            None => (answer.status, body).into_response(),
        }
    }
}

fn answer(body: Value) -> Answer {
    Answer { status: StatusCode::OK, location: None, body, cut: None }
}

async fn blocks(State(shared): State<Shared>, Path((kind, name)): Path<(String, String)>) -> Response {
    let answer = {
        let chain = shared.chain.lock().unwrap();
        let upto = if kind == "block" { chain.final_height() } else { chain.newest().height };
        match (kind.as_str(), name.as_str()) {
            ("last_block", "final") => moved(format!("/v0/block/{}", chain.final_height())),
            ("last_block", _) => moved(format!("/v0/block_opt/{}", chain.newest().height)),
            (_, height) => {
                let found = chain.at(height.parse().unwrap()).filter(|block| block.height <= upto);
                answer(found.map_or(Value::Null, |block| block.json()))
            }
        }
    };
    shared.send(&format!("{kind}/{name}"), answer)
}

fn moved(to: String) -> Answer {
    Answer { location: Some(to), ..answer(Value::Null) }
}

async fn rpc(State(shared): State<Shared>, body: Bytes) -> Response {
    let question: Value = serde_json::from_slice(&body).unwrap();
    let (method, params) = (question["method"].as_str().unwrap(), &question["params"]);
    let answered = called(&shared.chain.lock().unwrap(), method, params);
    let body = match answered {
        Ok(result) => json!({"jsonrpc": "2.0", "id": question["id"], "result": result}),
        Err(cause) => json!({"jsonrpc": "2.0", "id": question["id"], "error": {
            "name": "HANDLER_ERROR", "cause": {"name": cause, "info": {}}, "code": -32000, "message": "Server error",
        }}),
    };
    shared.send(&format!("{method} {params}"), answer(body))
}

fn called(chain: &Chain, method: &str, params: &Value) -> Result<Value, &'static str> {
    match method {
        "status" => Ok(json!({"chain_id": chain.chain_id, "sync_info": {"syncing": false}})),
        "block" => {
            let height = params["block_id"].as_u64().unwrap_or(chain.final_height());
            let block = chain.at(height).ok_or("UNKNOWN_BLOCK")?;
            Ok(json!({"author": "node0", "header": block.header(), "chunks": []}))
        }
        _ => {
            let asked = params["block_id"].as_str().unwrap();
            let mut hash = [0; 32];
            bs58::decode(asked).onto(&mut hash).unwrap();
            let heads = chain.heads.get(&hash).ok_or("UNKNOWN_BLOCK")?;
            let head = match params["account_id"].as_str().unwrap() {
                "grants.near" => heads[0],
                "statuses.near" => heads[1],
                _ => return Err("UNKNOWN_ACCOUNT"),
            };
            let returned = serde_json::to_vec(&hex::encode(head.0)).unwrap();
            Ok(json!({"result": returned, "logs": [], "block_height": 1, "block_hash": base58(&hash)}))
        }
    }
}
