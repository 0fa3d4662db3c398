//! Input that no good client sends.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{
    prelude::{Just, Strategy, any},
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use stellar_xdr::{Limits, WriteXdr};

use crate::support::{Local, access_grants, base64, create_grant, invoke, unsigned};

#[tokio::test]
async fn wrong_parameters_are_named() {
    let local = Local::start().await;
    let rows = [
        ("getTransaction", json!({}), "unexpected hash length (0)"),
        ("getTransaction", json!({ "hash": "00" }), "unexpected hash length (2)"),
        ("getTransaction", json!({ "hash": "x".repeat(64) }), "incorrect hash: "),
        ("getTransaction", json!({ "hash": "0".repeat(65) }), "incorrect hash: "),
        ("getTransaction", json!({ "hash": 7 }), "invalid parameters: hash: "),
        (
            "getTransaction",
            json!({ "hash": "00".repeat(32), "xdrFormat": 1 }),
            "invalid parameters: xdrFormat: ",
        ),
        (
            "getTransaction",
            json!({ "hash": "00".repeat(32), "xdrFormat": "xml" }),
            "got 'xml': expected base64, json",
        ),
        ("getTransaction", json!(["00"]), "invalid parameters: send an object"),
        ("getTransactions", json!({ "startLedger": -1 }), "invalid parameters: startLedger: "),
        ("getTransactions", json!({ "startLedger": 1.5 }), "invalid parameters: startLedger: "),
        ("getTransactions", json!({ "startLedger": 4_294_967_296_u64 }), "invalid parameters: startLedger: "),
        ("getTransactions", json!({ "pagination": { "cursor": "abc" } }), "cursor ('abc') is no cursor: "),
        (
            "getTransactions",
            json!({ "pagination": { "cursor": 7 } }),
            "invalid parameters: pagination.cursor: ",
        ),
        ("getTransactions", json!({ "pagination": [] }), "invalid parameters: pagination: "),
        (
            "getLedgers",
            json!({ "pagination": { "cursor": "abc" } }),
            "cursor ('abc') is no ledger's number: ",
        ),
        ("getLedgers", json!({ "pagination": { "limit": "1" } }), "invalid parameters: pagination.limit: "),
        ("getLedgerEntries", json!({ "keys": "x" }), "invalid parameters: keys: "),
        ("getLedgerEntries", json!({ "keys": ["x"] }), "cannot unmarshal key value x at index 0"),
        (
            "getLedgerEntries",
            json!({ "keys": vec!["x"; 201] }),
            "key count (201) exceeds maximum supported (200)",
        ),
        (
            "getLedgerEntries",
            json!({ "keys": [format!("AAAACQ{}", "A".repeat(42))] }),
            "ledger ttl entries cannot be queried",
        ),
        ("sendTransaction", json!({}), "invalid_xdr"),
        ("sendTransaction", json!({ "transaction": "AAAA" }), "invalid_xdr"),
        ("sendTransaction", json!({ "transaction": {} }), "invalid parameters: transaction: "),
        ("simulateTransaction", json!({ "transaction": 1 }), "invalid parameters: transaction: "),
        (
            "simulateTransaction",
            json!({ "resourceConfig": { "instructionLeeway": -1 } }),
            "invalid parameters: resourceConfig.instructionLeeway: ",
        ),
        ("getEvents", json!({}), "startLedger must be positive"),
        (
            "getEvents",
            json!({ "startLedger": 1, "pagination": { "cursor": "0-0" } }),
            "ledger ranges and cursor cannot both be set",
        ),
        (
            "getEvents",
            json!({ "endLedger": 1, "pagination": { "cursor": "0-0" } }),
            "ledger ranges and cursor cannot both be set",
        ),
        (
            "getEvents",
            json!({ "pagination": { "cursor": "x" } }),
            "invalid parameters: pagination.cursor: invalid event id x",
        ),
        (
            "getEvents",
            json!({ "startLedger": 1, "pagination": { "limit": 10_001 } }),
            "limit must not exceed 10000",
        ),
        ("getEvents", json!({ "startLedger": 1, "filters": {} }), "invalid parameters: filters: "),
        ("getEvents", json!({ "startLedger": 1, "filters": [7] }), "invalid parameters: filters[0]: "),
        (
            "getEvents",
            json!({ "startLedger": 1, "filters": [{ "type": 7 }] }),
            "invalid parameters: filters[0].type: ",
        ),
        (
            "getEvents",
            json!({ "startLedger": 1, "filters": vec![json!({}); 6] }),
            "maximum 5 filters per request",
        ),
        (
            "getEvents",
            json!({ "startLedger": 1, "filters": [{ "type": "all" }] }),
            "filter 1 invalid: filter type invalid: ",
        ),
        (
            "getEvents",
            json!({ "startLedger": 1, "filters": [{}, { "contractIds": ["C"] }] }),
            "filter 2 invalid: contract ID 1 invalid",
        ),
        (
            "getEvents",
            json!({ "startLedger": 1, "filters": [{ "topics": [["**", "*"]] }] }),
            "filter 1 invalid: topic 1 invalid: segment 1",
        ),
        ("getEvents", json!({ "startLedger": 1, "xdrFormat": "xml" }), "got 'xml': expected base64, json"),
    ];
    for (method, params, why) in rows {
        let (code, said) = local.refusal(method, params.clone()).await;
        assert_eq!(code, -32602, "{method} {params}: {said}");
        assert!(said.starts_with(why), "{method} {params}: {said}");
    }
}

#[tokio::test]
async fn what_cannot_be_simulated_is_told_in_the_answer() {
    let local = Local::start().await;
    let code = stellar_xdr::HostFunction::UploadContractWasm(access_grants().try_into().unwrap());
    let upload = local.transaction(local.alice(), invoke(code, Default::default())).await;
    let with_memo = stellar_xdr::Transaction { memo: stellar_xdr::Memo::Id(7), ..upload.clone() };
    let mut two = upload.clone();
    two.operations = [upload.operations.to_vec(), upload.operations.to_vec()].concat().try_into().unwrap();
    let of = |transaction| base64(&unsigned(transaction));
    let rows = [
        (json!({}), "Could not unmarshal transaction"),
        (json!({ "transaction": "!" }), "Could not unmarshal transaction"),
        (
            json!({ "transaction": of(&upload), "xdrFormat": "xml" }),
            "got 'xml': expected base64, json for optional 'xdrFormat'",
        ),
        (
            json!({ "transaction": of(&upload), "authMode": "all" }),
            "optional 'authMode' must be one of enforce,record,record_allow_nonroot when included",
        ),
        (
            json!({ "transaction": of(&with_memo) }),
            "Transaction contains a memo. Soroban transactions do not support memos.",
        ),
        (json!({ "transaction": of(&two) }), "Transaction contains more than one operation"),
    ];
    for (params, why) in rows {
        let told = local.result("simulateTransaction", params).await;
        assert_eq!(told["error"], why);
    }
}

#[tokio::test]
async fn what_the_devnet_does_not_do_it_refuses_by_name() {
    let local = Local::start().await;
    for method in ["getAccounts", "rpc.serverInfo", "devnet_setTime", "gethealth", "", "getHealth "] {
        let body = local.rpc(method, json!({})).await;
        assert_eq!(body["error"]["code"], -32601, "{method}");
        assert_eq!(body["error"]["message"], "method not found");
        let data = body["error"]["data"].as_str().unwrap();
        assert!(data.starts_with(method) && data.contains("this devnet does not do it"), "{body}");
    }
    let body = local.rpc(&"x".repeat(100_000), json!({})).await;
    assert!(body.to_string().len() < 1_000, "a long name is not repeated whole");
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let local = Local::start().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let rows = [
        ("", 400, -32700),
        ("{]", 400, -32700),
        ("\u{0}", 400, -32700),
        (deep.as_str(), 400, -32700),
        ("[]", 400, -32600),
        ("null", 200, -32600),
        ("true", 200, -32600),
        (r#"{"jsonrpc":"1.0","id":null,"method":"getHealth"}"#, 200, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":7}"#, 200, -32600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"getHealth"}"#, 200, -32600),
    ];
    for (body, http, code) in rows {
        let shown: String = body.chars().take(60).collect();
        let (status, answer) = local.post(body.to_owned()).await;
        assert_eq!(status.as_u16(), http, "{shown}");
        assert_eq!(answer["error"]["code"], code, "{shown}");
        assert_eq!(answer["id"], Value::Null, "{shown}");
    }
    local.result("getHealth", json!({})).await;
}

#[tokio::test]
async fn batches_are_answered_but_for_notifications() {
    let local = Local::start().await;
    let one = |id: Value| json!({ "jsonrpc": "2.0", "id": id, "method": "getHealth" });
    let notification = json!({ "jsonrpc": "2.0", "method": "getHealth" });
    let (status, answers) =
        local.post(json!([one(json!(1)), notification, one(json!("b")), 7]).to_string()).await;
    assert_eq!(status, 200);
    let ids: Vec<&Value> = answers.as_array().unwrap().iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!("b"), &Value::Null]);
    let (status, nothing) = local.post(notification.to_string()).await;
    assert_eq!((status.as_u16(), nothing), (204, Value::Null));
    let (status, refused) = local.post(json!(vec![one(json!(1)); 101]).to_string()).await;
    assert_eq!((status.as_u16(), &refused["error"]["code"]), (400, &json!(-32600)));
}

#[tokio::test]
async fn a_body_of_more_than_half_a_mebibyte_is_refused() {
    let local = Local::start().await;
    let (status, body) = local.post(vec![b' '; 512 * 1024 + 1]).await;
    assert_eq!(status.as_u16(), 413);
    assert!(body["error"]["message"].as_str().unwrap().contains("524288"), "{body}");
}

#[tokio::test]
async fn other_content_methods_and_paths_are_refused() {
    let local = Local::start().await;
    let client = reqwest::Client::new();
    let rpc = local.devnet.rpc().as_str();
    let text = client.post(rpc).header("content-type", "text/plain").body("{}").send().await.unwrap();
    assert_eq!(text.status(), 415);
    assert_eq!(client.get(rpc).send().await.unwrap().status(), 405);
    let path = client.get(local.devnet.rpc().join("/accounts/G").unwrap().as_str()).send().await.unwrap();
    assert_eq!(path.status(), 404);
    assert!(path.text().await.unwrap().contains("no such path"));
}

#[tokio::test]
async fn web_pages_of_any_origin_may_ask() {
    let local = Local::start().await;
    let response = reqwest::Client::new()
        .request(reqwest::Method::OPTIONS, local.devnet.rpc().as_str())
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-client-name")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["access-control-allow-headers"], "*");
}

/// Every method that takes parameters.
const METHODS: [&str; 10] = [
    "getLedgers",
    "getLedgerEntries",
    "simulateTransaction",
    "sendTransaction",
    "getTransaction",
    "getTransactions",
    "getEvents",
    "devnet_advanceTime",
    "devnet_closeLedgers",
    "devnet_skipLedgers",
];

fn params() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        "(json|base64|record|enforce|contract|system|\\*|\\*\\*|AAAAAQ==|AAAAAgAAAAA=|0000000004294967296-0000000000)"
            .prop_map(Value::from),
    ];
    let name = "(startLedger|endLedger|pagination|cursor|limit|filters|type|contractIds|topics|keys|hash|transaction|\
        xdrFormat|authMode|resourceConfig|instructionLeeway|seconds|count)";
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(name, inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[test]
fn no_parameters_make_the_devnet_fail_itself() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let local = runtime.block_on(Local::manual());
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let strategy = (proptest::sample::select(&METHODS[..]), params());
    let run = runner.run(&strategy, |(method, params)| {
        let body = runtime.block_on(local.rpc(method, params));
        proptest::prop_assert!(body.get("result").is_some() != body.get("error").is_some(), "{body}");
        proptest::prop_assert!(body["error"]["code"] != -32603, "{body}");
        Ok(())
    });
    run.unwrap();
}

#[test]
fn no_transaction_makes_the_devnet_fail_itself() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (local, valid) = runtime.block_on(async {
        let local = Local::start().await;
        let contract = local.deploy().await;
        let create = create_grant(&contract, local.alice(), local.bob(), [9; 32], 0);
        let envelope = local.prepared(local.alice(), create).await;
        (local, envelope.to_xdr(Limits::none()).unwrap())
    });
    let mut runner = TestRunner::new(Config { cases: 500, failure_persistence: None, ..Config::default() });
    let changes = proptest::collection::vec((0..valid.len(), any::<u8>()), 1..4);
    let run = runner.run(&changes, |changes| {
        let mut bytes = valid.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let transaction = STANDARD.encode(&bytes);
        for method in ["simulateTransaction", "sendTransaction"] {
            let body = runtime.block_on(local.rpc(method, json!({ "transaction": transaction })));
            proptest::prop_assert!(body["error"]["code"] != -32603, "{method} {transaction}: {body}");
        }
        Ok(())
    });
    run.unwrap();
}
