//! Stellar RPC in front of a chain in memory, whose answers can be changed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use idos_indexer::{ChainConfig, Finality};
use idos_mirror::Contract;
use serde_json::{Value, json};
use stellar_xdr::{LedgerKey, Limits, ReadXdr, WriteXdr};
use url::Url;

use super::chain::{Chain, Ledger, Transaction, chain, strkey};
use crate::support;

/// Ledgers that are looked through for one page of events.
const SCAN_LEDGERS: u32 = 10_000;

/// An answer before it is sent.
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    /// So many bytes of the body are sent.
    pub cut: Option<usize>,
}

/// Changes the answer to a question.
pub type Lie = Arc<dyn Fn(&str, &Value, &mut Answer) + Send + Sync>;

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
    /// Events in a page, whatever is asked for.
    page: Arc<Mutex<usize>>,
}

impl Server {
    pub async fn start() -> Self {
        Self::of(Arc::new(Mutex::new(Chain::new(1)))).await
    }

    async fn of(chain: Arc<Mutex<Chain>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let page = Arc::new(Mutex::new(usize::MAX));
        let shared = Shared { chain, lie: Arc::default(), asked: Arc::default(), page };
        let router = Router::new().route("/", post(rpc)).with_state(shared.clone());
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

    pub fn lie(&self, lie: impl Fn(&str, &Value, &mut Answer) + Send + Sync + 'static) {
        *self.shared.lie.lock().unwrap() = Some(Arc::new(lie));
    }

    pub fn be_honest(&self) {
        *self.shared.lie.lock().unwrap() = None;
    }

    pub fn set_page(&self, events: usize) {
        *self.shared.page.lock().unwrap() = events;
    }

    /// How often it was asked what, since the last time this was called.
    pub fn asked(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }

    pub fn config(&self, contracts: &[Contract]) -> ChainConfig {
        config(contracts, &[&self.url])
    }
}

pub fn config(contracts: &[Contract], rpcs: &[&Url]) -> ChainConfig {
    ChainConfig { chain: chain(), finality: Finality::Finalized, ..support::config(contracts, rpcs) }
}

/// A refusal: code and message.
type Refused = (i64, String);

async fn rpc(State(shared): State<Shared>, body: Bytes) -> Response {
    let question: Value = serde_json::from_slice(&body).unwrap();
    let (method, params) = (question["method"].as_str().unwrap(), &question["params"]);
    *shared.asked.lock().unwrap().entry(method.to_owned()).or_default() += 1;
    let page = *shared.page.lock().unwrap();
    let answered = answer(&shared.chain.lock().unwrap(), method, params, page);
    let body = match answered {
        Ok(result) => json!({"jsonrpc": "2.0", "id": question["id"], "result": result}),
        Err((code, message)) => {
            json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": code, "message": message}})
        }
    };
    let mut answer = Answer { status: StatusCode::OK, body, cut: None };
    let lie = shared.lie.lock().unwrap().clone();
    if let Some(lie) = lie {
        lie(method, params, &mut answer);
    }
    let mut body = answer.body.to_string();
    body.truncate(answer.cut.unwrap_or(body.len()));
    (answer.status, body).into_response()
}

fn answer(chain: &Chain, method: &str, params: &Value, page: usize) -> Result<Value, Refused> {
    let (oldest, latest) = (chain.oldest, chain.newest().sequence());
    match method {
        "getNetwork" => Ok(json!({"passphrase": chain.passphrase, "protocolVersion": 28})),
        "getHealth" => Ok(json!({
            "status": "healthy", "latestLedger": latest, "oldestLedger": oldest,
            "latestLedgerCloseTime": chain.newest().time(), "ledgerRetentionWindow": 120_960,
        })),
        "getLedgers" => ledgers(chain, params),
        "getEvents" => events(chain, params, page),
        "getLedgerEntries" => Ok(entries(chain, params)),
        "getTransaction" => Ok(transaction(chain, params["hash"].as_str().unwrap())),
        _ => Err((-32601, "method not found".to_owned())),
    }
}

fn check_range(chain: &Chain, sequence: u32) -> Result<(), Refused> {
    let (oldest, latest) = (chain.oldest, chain.newest().sequence());
    if (oldest..=latest).contains(&sequence) {
        return Ok(());
    }
    Err((-32600, format!("startLedger must be within the ledger range: {oldest} - {latest}")))
}

fn base64(value: &impl WriteXdr) -> String {
    STANDARD.encode(value.to_xdr(Limits::none()).unwrap())
}

fn ledgers(chain: &Chain, params: &Value) -> Result<Value, Refused> {
    let start = params["startLedger"].as_u64().unwrap() as u32;
    assert_eq!(params["pagination"]["limit"], 1);
    check_range(chain, start)?;
    let found = chain.from(start);
    Ok(json!({
        "ledgers": found.map(ledger).into_iter().collect::<Vec<_>>(),
        "latestLedger": chain.newest().sequence(), "latestLedgerCloseTime": chain.newest().time(),
        "oldestLedger": chain.oldest, "oldestLedgerCloseTime": 0, "cursor": start.to_string(),
    }))
}

fn ledger(ledger: &Ledger) -> Value {
    json!({
        "hash": hex::encode(ledger.header.hash.0), "sequence": ledger.sequence(),
        "ledgerCloseTime": ledger.time().to_string(), "headerXdr": base64(&ledger.header), "metadataXdr": "AAAA",
    })
}

/// As the real one: by the first ledger, or after a cursor, through so many ledgers at most.
fn events(chain: &Chain, params: &Value, page: usize) -> Result<Value, Refused> {
    let pagination = &params["pagination"];
    let limit = (pagination["limit"].as_u64().unwrap() as usize).min(page);
    let cursor = pagination["cursor"].as_str();
    if cursor.is_some() && (params.get("startLedger").is_some() || params.get("endLedger").is_some()) {
        return Err((-32602, "ledger ranges and cursor cannot both be set".to_owned()));
    }
    let start = match cursor {
        Some(cursor) => (cursor.split('-').next().unwrap().parse::<u64>().unwrap() >> 32) as u32,
        None => params["startLedger"].as_u64().unwrap() as u32,
    };
    check_range(chain, start)?;
    let asked = params["endLedger"].as_u64().map_or(u32::MAX, |end| end as u32);
    let end = asked.min(chain.newest().sequence() + 1).min(start.saturating_add(SCAN_LEDGERS));
    let contracts = contracts(params);
    let all =
        chain.ledgers.iter().filter(|ledger| (start.max(chain.oldest)..end).contains(&ledger.sequence()));
    let told = all.flat_map(told).filter(|event| contracts.contains(event["contractId"].as_str().unwrap()));
    let found: Vec<_> = told
        .filter(|event| cursor.is_none_or(|cursor| event["id"].as_str().unwrap() > cursor))
        .take(limit)
        .collect();
    let last = found.last().map(|event| event["id"].clone());
    let cursor =
        last.filter(|_| found.len() == limit).unwrap_or_else(|| json!(id(end - 1, u32::MAX, u32::MAX)));
    Ok(json!({
        "events": found, "cursor": cursor, "latestLedger": chain.newest().sequence(), "oldestLedger": chain.oldest,
        "latestLedgerCloseTime": "0", "oldestLedgerCloseTime": "0",
    }))
}

fn contracts(params: &Value) -> std::collections::BTreeSet<&str> {
    let filters = params["filters"].as_array().unwrap();
    assert!(filters.len() <= 5);
    let ids = |filter: &'_ Value| filter["contractIds"].as_array().unwrap().len();
    assert!(filters.iter().all(|filter| ids(filter) <= 5 && filter["type"] == "contract"));
    filters
        .iter()
        .flat_map(|filter| filter["contractIds"].as_array().unwrap())
        .map(|id| id.as_str().unwrap())
        .collect()
}

fn id(ledger: u32, within: u32, event: u32) -> String {
    format!("{:019}-{event:010}", (u64::from(ledger) << 32) + u64::from(within))
}

fn told(ledger: &Ledger) -> Vec<Value> {
    let each = |(order, transaction): (usize, &Transaction)| {
        let within = ((order as u32) + 1) << 12;
        let tell = |(number, (topics, data)): (usize, &(Vec<_>, _))| {
            json!({
                "type": "contract", "ledger": ledger.sequence(), "ledgerClosedAt": rfc3339(ledger.time()),
                "contractId": strkey(transaction.contract), "id": id(ledger.sequence(), within, number as u32),
                "operationIndex": 0, "transactionIndex": order + 1, "txHash": hex::encode(transaction.hash),
                "inSuccessfulContractCall": transaction.is_success,
                "topic": topics.iter().map(base64).collect::<Vec<_>>(), "value": base64(data),
            })
        };
        transaction.events.iter().enumerate().map(tell).collect::<Vec<_>>()
    };
    ledger.transactions.iter().enumerate().flat_map(each).collect()
}

pub fn rfc3339(secs: u64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(secs as i64).unwrap();
    time.format(&time::format_description::well_known::Rfc3339).unwrap()
}

fn entries(chain: &Chain, params: &Value) -> Value {
    let keys = params["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    let found = keys.filter_map(|text| {
        let key = LedgerKey::from_xdr(STANDARD.decode(text).unwrap(), Limits::none()).unwrap();
        let entry = chain.newest().entry(&key)?;
        Some(json!({
            "key": text, "xdr": base64(&entry.data),
            "lastModifiedLedgerSeq": entry.last_modified_ledger_seq, "liveUntilLedgerSeq": 0, "extXdr": "AAAAAA==",
        }))
    });
    json!({ "entries": found.collect::<Vec<_>>(), "latestLedger": chain.newest().sequence() })
}

fn transaction(chain: &Chain, hash: &str) -> Value {
    let kept = chain.ledgers.iter().filter(|ledger| ledger.sequence() >= chain.oldest);
    let found = kept
        .flat_map(|ledger| &ledger.transactions)
        .find(|transaction| hex::encode(transaction.hash) == hash);
    match found {
        Some(transaction) => json!({"status": "SUCCESS", "resultMetaXdr": base64(&transaction.meta)}),
        None => json!({"status": "NOT_FOUND"}),
    }
}
