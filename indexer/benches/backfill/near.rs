//! Grants in blocks in the shape of NEAR Lake, written beforehand, so that it is not the server that is measured.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use idos_grants::{Address, ChainId, DataId, Event, GrantChange, GrantEvent, HistoryHead};
use idos_indexer::source::near::NearSource;
use idos_mirror::{Contract, ContractKind};
use serde_json::{Value, json};

use crate::measure::compared;

const CHAIN: &str = "near:localnet";
const CONTRACT: &str = "grants.near";
/// As many as the contract logs at once.
const ENTRIES: u64 = 50;
const LOGS_PER_BLOCK: u64 = 2;
const TIME: u64 = 1_800_000_000;
/// What else is in a block, which has to be read over.
const OTHER_RECEIPTS: usize = 20;

struct Chain {
    /// Block `n` at height `n`.
    blocks: Vec<String>,
    heads: HashMap<String, HistoryHead>,
}

pub async fn run(events: u64) -> Result<Value> {
    let chain = Arc::new(Chain::of(events));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?).parse()?;
    let router = Router::new()
        .route("/", post(rpc))
        .route("/v0/last_block/{finality}", get(newest))
        .route("/v0/{kind}/{height}", get(block))
        .with_state(chain);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let chain: ChainId = CHAIN.parse()?;
    let account = format!("{CHAIN}:{CONTRACT}").parse()?;
    let contract = Contract { account, kind: ContractKind::AccessGrants, start_block: 0 };
    compared("backfill_near", contract, events, || NearSource::new(chain, &url, &url)).await
}

impl Chain {
    fn of(events: u64) -> Self {
        let (mut blocks, mut heads, mut head) = (Vec::new(), HashMap::new(), HistoryHead::EMPTY);
        let last = events / (ENTRIES * LOGS_PER_BLOCK) + 3;
        for height in 0..=last {
            let first = height.saturating_sub(1) * ENTRIES * LOGS_PER_BLOCK;
            let ids = if height == 0 { 0..0 } else { first..(first + ENTRIES * LOGS_PER_BLOCK).min(events) };
            let ids: Vec<_> = ids.map(data_id).collect();
            head = ids.iter().fold(head, |head, id| head.after(&Event::Grant(created(*id))));
            heads.insert(hash(height), head);
            blocks.push(message(height, &ids).to_string());
        }
        Self { blocks, heads }
    }
}

fn data_id(n: u64) -> DataId {
    let mut id = [7; 32];
    id[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    DataId(id)
}

fn created(data_id: DataId) -> GrantEvent {
    let near = |id: &str| id.parse().map(Address::Near).unwrap_or(Address::Evm([0; 20]));
    let (owner, grantee) = (near("alice.near"), near("bank.near"));
    GrantEvent { change: GrantChange::Created, owner, grantee, data_id, locked_until: 0, at: TIME }
}

fn hash(height: u64) -> String {
    let mut hash = [1; 32];
    hash[..8].copy_from_slice(&height.to_be_bytes());
    bs58::encode(hash).into_string()
}

fn message(height: u64, ids: &[DataId]) -> Value {
    let logs = ids.chunks(ENTRIES as usize).map(log);
    let ours = logs.map(|log| receipt(height, CONTRACT, vec![log]));
    let others = (0..OTHER_RECEIPTS).map(|n| receipt(height, "other.near", vec![format!("a log {n}"); 4]));
    let receipts: Vec<_> = others.chain(ours).collect();
    json!({
        "block": {"author": "node0", "chunks": [], "header": {
            "height": height,
            "prev_height": height.checked_sub(1),
            "hash": hash(height),
            "prev_hash": height.checked_sub(1).map_or("1".repeat(32), hash),
            "last_final_block": hash(height.saturating_sub(2)),
            "timestamp_nanosec": format!("{TIME}000000000"),
        }},
        "shards": [{"shard_id": 0, "chunk": null, "receipt_execution_outcomes": receipts, "state_changes": []}],
    })
}

fn log(ids: &[DataId]) -> String {
    let entry = |id: &DataId| json!({"owner": "alice.near", "grantee": "bank.near", "data_id": hex::encode(id.0), "locked_until": "0"});
    let data: Vec<_> = ids.iter().map(entry).collect();
    let line =
        json!({"standard": "idos-access-grants", "version": "1.0.0", "event": "grant_created", "data": data});
    format!("EVENT_JSON:{line}")
}

fn receipt(height: u64, executor: &str, logs: Vec<String>) -> Value {
    json!({
        "execution_outcome": {
            "proof": [], "block_hash": hash(height), "id": hash(height),
            "outcome": {
                "logs": logs, "receipt_ids": [], "gas_burnt": 1, "tokens_burnt": "1", "executor_id": executor,
                "status": {"SuccessValue": ""}, "metadata": {"version": 3, "gas_profile": []},
            },
        },
        "receipt": {
            "predecessor_id": "alice.near", "receiver_id": executor, "receipt_id": hash(height),
            "receipt": {"Action": {"actions": [], "gas_price": "1", "signer_id": "alice.near"}},
        },
    })
}

async fn newest(State(chain): State<Arc<Chain>>) -> Response {
    let location = format!("/v0/block_opt/{}", chain.blocks.len() - 1);
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

async fn block(State(chain): State<Arc<Chain>>, Path((_, height)): Path<(String, usize)>) -> String {
    chain.blocks.get(height).cloned().unwrap_or_else(|| "null".to_owned())
}

async fn rpc(State(chain): State<Arc<Chain>>, Json(question): Json<Value>) -> Json<Value> {
    let height = chain.blocks.len() as u64 - 3;
    let result = match question["method"].as_str() {
        Some("status") => json!({"chain_id": "localnet"}),
        Some("block") => json!({"header": {"height": height, "hash": hash(height)}}),
        _ => {
            let asked = question["params"]["block_id"].as_str().unwrap_or_default();
            let head = chain.heads.get(asked).copied().unwrap_or_default();
            let returned = json!(hex::encode(head.0)).to_string().into_bytes();
            json!({"result": returned, "logs": [], "block_height": height, "block_hash": asked})
        }
    };
    Json(json!({"jsonrpc": "2.0", "id": question["id"], "result": result}))
}
