//! Input that no good client sends.

use near_primitives::{
    transaction::{Transaction, TransactionV0},
    types::{AccountId, Finality},
};
use proptest::{
    prelude::{Strategy, any},
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::support::{Local, encoded, sign, transfer_of, unknown_hash};

async fn unsigned(local: &Local, nonce: u64) -> TransactionV0 {
    TransactionV0 {
        signer_id: local.alice().account_id.clone(),
        public_key: local.alice().public_key(),
        nonce,
        receiver_id: local.bob().account_id.clone(),
        block_hash: local.block(Finality::Final).await.header.hash,
        actions: vec![transfer_of(1)],
    }
}

/// What `send_tx` says of a transaction.
async fn refusal(local: &Local, transaction: TransactionV0, signer: usize) -> Value {
    let signed = sign(&local.devnet.accounts()[signer], Transaction::V0(transaction));
    let (status, body) = local.rpc("send_tx", json!({ "signed_tx_base64": encoded(&signed) })).await;
    assert_eq!(status.as_u16(), 200);
    assert_eq!(body["error"]["name"], "HANDLER_ERROR", "{body}");
    assert_eq!(body["error"]["cause"]["name"], "INVALID_TRANSACTION", "{body}");
    body["error"]["data"]["TxExecutionError"]["InvalidTxError"].clone()
}

#[tokio::test]
async fn a_wrong_nonce_is_refused_with_the_right_one() {
    let local = Local::start().await;
    let nonce = local.nonce(local.alice()).await;
    let refused = refusal(&local, unsigned(&local, nonce).await, 1).await;
    assert_eq!(refused, json!({ "InvalidNonce": { "tx_nonce": nonce, "ak_nonce": nonce } }));
}

#[tokio::test]
async fn a_signature_by_somebody_else_is_refused() {
    let local = Local::start().await;
    let refused = refusal(&local, unsigned(&local, local.nonce(local.alice()).await + 1).await, 2).await;
    assert_eq!(refused, json!("InvalidSignature"));
}

#[tokio::test]
async fn a_foreign_key_is_refused_by_name() {
    let local = Local::start().await;
    let mut transaction = unsigned(&local, 1).await;
    transaction.public_key = local.bob().public_key();
    let refused = refusal(&local, transaction, 2).await;
    let missing = &refused["InvalidAccessKeyError"]["AccessKeyNotFound"];
    assert_eq!(missing["account_id"], "alice.near", "{refused}");
    assert_eq!(missing["public_key"], json!(local.bob().public_key()));
}

#[tokio::test]
async fn an_unknown_signer_is_refused_by_name() {
    let local = Local::start().await;
    let mut transaction = unsigned(&local, 1).await;
    transaction.signer_id = "nobody.near".parse::<AccountId>().unwrap();
    let refused = refusal(&local, transaction, 1).await;
    assert_eq!(refused["SignerDoesNotExist"]["signer_id"], "nobody.near", "{refused}");
}

#[tokio::test]
async fn a_transaction_on_an_unknown_block_has_expired() {
    let local = Local::start().await;
    let mut transaction = unsigned(&local, local.nonce(local.alice()).await + 1).await;
    transaction.block_hash = unknown_hash();
    assert_eq!(refusal(&local, transaction, 1).await, json!("Expired"));
}

#[tokio::test]
async fn a_sum_that_nobody_has_is_refused() {
    let local = Local::start().await;
    let mut transaction = unsigned(&local, local.nonce(local.alice()).await + 1).await;
    transaction.actions = vec![transfer_of(u128::MAX / 2)];
    let refused = refusal(&local, transaction, 1).await;
    assert_eq!(refused["NotEnoughBalance"]["signer_id"], "alice.near", "{refused}");
}

#[tokio::test]
async fn async_methods_refuse_at_once_too() {
    let local = Local::start().await;
    let signed = sign(local.bob(), Transaction::V0(unsigned(&local, 1).await));
    let (_, body) = local.rpc("broadcast_tx_async", json!([encoded(&signed)])).await;
    assert_eq!(body["error"]["cause"]["name"], "INVALID_TRANSACTION", "{body}");
    let (_, body) =
        local.rpc("send_tx", json!({ "signed_tx_base64": encoded(&signed), "wait_until": "NONE" })).await;
    assert_eq!(body["error"]["cause"]["name"], "INVALID_TRANSACTION", "{body}");
}

#[tokio::test]
async fn malformed_parameters_are_refused_with_the_reason() {
    let local = Local::start().await;
    let long_id = format!("{}.near", "a".repeat(60));
    let rows = [
        ("send_tx", json!({ "signed_tx_base64": "AAAA" })),
        ("send_tx", json!({ "signed_tx_base64": "not base64!" })),
        ("send_tx", json!(["AAAA"])),
        ("send_tx", json!(["AAAA", "FINAL"])),
        ("send_tx", json!({})),
        ("tx", json!(["0OIl", "alice.near"])),
        ("tx", json!({ "tx_hash": unknown_hash(), "sender_account_id": "A B" })),
        ("block", json!({ "finality": "soon" })),
        ("block", json!({ "block_id": "x" })),
        ("block", Value::Null),
        ("chunk", json!({})),
        ("query", json!({ "finality": "final", "request_type": "view_all", "account_id": "alice.near" })),
        ("query", json!({ "finality": "final", "request_type": "view_account", "account_id": long_id })),
        ("query", json!(["account/A B", ""])),
        ("EXPERIMENTAL_receipt", json!({ "receipt_id": "x" })),
        ("EXPERIMENTAL_changes", json!({ "finality": "final", "changes_type": "weather" })),
        ("sandbox_fast_forward", json!({ "delta_height": -1 })),
        ("sandbox_patch_state", json!({ "records": [{ "Weather": {} }] })),
    ];
    for (method, params) in rows {
        let (status, body) = local.rpc(method, params.clone()).await;
        assert_eq!(status.as_u16(), 400, "{method} {params}: {body}");
        assert_eq!(body["error"]["name"], "REQUEST_VALIDATION_ERROR", "{method} {params}");
        assert_eq!(body["error"]["cause"]["name"], "PARSE_ERROR", "{method} {params}");
        assert_eq!(body["error"]["code"], -32700, "{method} {params}");
        assert_eq!(body["id"], "t");
    }
}

#[tokio::test]
async fn what_the_devnet_does_not_do_it_refuses_by_name() {
    let local = Local::start().await;
    for method in
        ["EXPERIMENTAL_light_client_proof", "next_light_client_block", "adv_set_weight", "", "block "]
    {
        let (status, body) = local.rpc(method, json!({})).await;
        assert_eq!(status.as_u16(), 400);
        assert_eq!(
            body["error"]["cause"],
            json!({ "name": "METHOD_NOT_FOUND", "info": { "method_name": method } })
        );
        assert_eq!(body["error"]["code"], -32601);
        assert!(body["error"]["data"].as_str().unwrap().contains("this devnet does not do it"), "{body}");
    }
    let (_, body) = local.rpc(&"x".repeat(100_000), json!({})).await;
    assert!(body.to_string().len() < 1_000, "a long name is not repeated whole");
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let local = Local::start().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let rows = [
        "",
        "{]",
        "null",
        "true",
        "\u{0}",
        "[]",
        r#"{"jsonrpc":"1.0","id":1,"method":"status","params":[]}"#,
        r#"{"jsonrpc":"2.0","method":"status","params":[]}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":7,"params":[]}"#,
        r#"[{"jsonrpc":"2.0","id":1,"method":"status","params":[]}]"#,
        deep.as_str(),
    ];
    for body in rows {
        let shown: String = body.chars().take(60).collect();
        let (status, answer) = local.post(body.to_owned()).await;
        assert_eq!(status.as_u16(), 400, "{shown}");
        assert_eq!(answer["error"]["cause"]["name"], "PARSE_ERROR", "{shown}");
        assert_eq!(answer["id"], Value::Null, "{shown}");
    }
    let (status, _) = local.rpc("status", json!([])).await;
    assert_eq!(status.as_u16(), 200, "it still answers");
}

#[tokio::test]
async fn a_body_of_more_than_ten_mebibytes_is_refused() {
    let local = Local::start().await;
    let (status, body) = local.post(vec![b' '; 10 * 1024 * 1024 + 1]).await;
    assert_eq!(status.as_u16(), 413);
    assert!(body["error"]["data"].as_str().unwrap().contains("10485760"), "{body}");
}

#[tokio::test]
async fn web_pages_of_any_origin_may_ask() {
    let local = Local::start().await;
    let response = reqwest::Client::new()
        .request(reqwest::Method::OPTIONS, local.devnet.rpc().as_str())
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(response.headers()["access-control-allow-headers"].to_str().unwrap().contains("content-type"));
}

/// Every method that takes parameters.
const METHODS: [&str; 17] = [
    "validators",
    "EXPERIMENTAL_protocol_config",
    "block",
    "chunk",
    "gas_price",
    "query",
    "EXPERIMENTAL_receipt",
    "EXPERIMENTAL_changes",
    "EXPERIMENTAL_changes_in_block",
    "broadcast_tx_async",
    "broadcast_tx_commit",
    "send_tx",
    "tx",
    "EXPERIMENTAL_tx_status",
    "sandbox_patch_state",
    "status",
    "health",
];

/// Parameters of the right names with any values in them, deep or not.
fn params() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        proptest::strategy::Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        "(alice\\.near|final|optimistic|view_account|call_function|view_state|account/alice\\.near|AAAA|11111111111111111111111111111111)"
            .prop_map(Value::from),
    ];
    let name = "(block_id|finality|request_type|account_id|account_ids|method_name|args_base64|prefix_base64|changes_type|\
        tx_hash|sender_account_id|signed_tx_base64|wait_until|receipt_id|chunk_id|shard_id|records|keys|limit)";
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
        let (status, body) = runtime.block_on(local.rpc(method, params));
        proptest::prop_assert!(body.get("result").is_some() != body.get("error").is_some(), "{body}");
        proptest::prop_assert!(status.as_u16() != 500, "{body}");
        Ok(())
    });
    run.unwrap();
}
