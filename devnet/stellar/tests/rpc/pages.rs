//! What `getLedgers` and `getTransactions` say of pages that cannot be.

use serde_json::{Value, json};

use crate::support::Local;

#[tokio::test]
async fn pages_that_cannot_be_are_refused_in_stellar_rpcs_words() {
    let local = Local::keeping(5).await;
    local.devnet.close_ledgers(20).await.unwrap();
    let latest = local.latest().await;
    let window = format!(
        "must be between the oldest ledger: {} and the latest ledger: {latest} for this rpc instance",
        latest - 4
    );
    let start = |ledger: u32| format!("start ledger ({ledger}) {window}");
    let toid = |ledger: u32| (u64::from(ledger) << 32).to_string();
    let both = format!("startLedger ({latest}) and cursor (7) cannot both be set");
    let rows: [(&str, Value, i64, String); 13] = [
        ("getLedgers", json!({}), -32600, start(0)),
        ("getLedgers", json!({ "startLedger": latest - 5 }), -32600, start(latest - 5)),
        ("getLedgers", json!({ "startLedger": latest + 1 }), -32600, start(latest + 1)),
        (
            "getLedgers",
            json!({ "startLedger": latest, "pagination": { "cursor": "7" } }),
            -32600,
            both.clone(),
        ),
        (
            "getLedgers",
            json!({ "startLedger": latest, "pagination": { "limit": 201 } }),
            -32600,
            "limit must not exceed 200".into(),
        ),
        (
            "getLedgers",
            json!({ "pagination": { "cursor": latest.to_string() } }),
            -32602,
            format!("cursor ('{latest}') {window}"),
        ),
        ("getLedgers", json!({ "pagination": { "cursor": "1" } }), -32602, format!("cursor ('1') {window}")),
        ("getTransactions", json!({ "startLedger": latest + 1 }), -32600, start(latest + 1)),
        ("getTransactions", json!({ "startLedger": latest, "pagination": { "cursor": "7" } }), -32600, both),
        (
            "getTransactions",
            json!({ "startLedger": latest, "pagination": { "limit": 201 } }),
            -32600,
            "limit must not exceed 200".into(),
        ),
        (
            "getTransactions",
            json!({ "pagination": { "cursor": toid(latest + 1) } }),
            -32602,
            format!("the cursor's ledger ({}) {window}", latest + 1),
        ),
        (
            "getTransactions",
            json!({ "pagination": { "cursor": toid(1) } }),
            -32602,
            format!("the cursor's ledger (1) {window}"),
        ),
        (
            "getLedgers",
            json!({ "startLedger": latest, "xdrFormat": "xml" }),
            -32600,
            "got 'xml': expected base64, json for optional 'xdrFormat'".into(),
        ),
    ];
    for (method, params, code, why) in rows {
        assert_eq!(local.refusal(method, params.clone()).await, (code, why), "{method} {params}");
    }
}

#[tokio::test]
async fn ledgers_come_as_json_where_asked_for() {
    let local = Local::start().await;
    let told = local.result("getLedgers", json!({ "startLedger": 1, "xdrFormat": "json" })).await;
    assert_eq!(told["ledgers"][0]["headerJson"]["header"]["ledger_seq"], 1);
    assert!(told["ledgers"][0]["metadataJson"]["v2"].is_object(), "{told}");
}

#[tokio::test]
async fn skipped_ledgers_are_not_there() {
    let local = Local::start().await;
    let before = local.latest().await;
    local.devnet.skip_ledgers(10).await.unwrap();
    let told = local.result("getLedgers", json!({ "startLedger": before })).await;
    let sequences: Vec<_> =
        told["ledgers"].as_array().unwrap().iter().map(|ledger| &ledger["sequence"]).collect();
    assert_eq!(sequences, [&json!(before), &json!(before + 10)]);
}
