//! What answers look like, frozen: fields that change with every run are taken out.

use serde_json::{Value, json};

use crate::support::{Local, about_grant, base64, invoke, unsigned};

/// Replaces what a run does not repeat: XDR, hashes and ids by their kind.
fn redacted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(kind(&text)),
        Value::Array(elements) => Value::Array(elements.into_iter().map(redacted).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, redacted(value))).collect())
        }
        other => other,
    }
}

fn kind(text: &str) -> String {
    let is_hex = text.len() == 64 && text.chars().all(|digit| digit.is_ascii_hexdigit());
    match text {
        _ if is_hex => "[hash]".to_owned(),
        _ if text.starts_with("http://127.0.0.1:") => "[url]".to_owned(),
        _ if text.len() == 56 && text.starts_with('C') => "[contract]".to_owned(),
        _ if text.len() > 60 || (text.starts_with("AAAA") && !text.contains(' ')) => "[xdr]".to_owned(),
        other => other.to_owned(),
    }
}

#[tokio::test]
async fn answers_keep_their_shape() {
    let local = Local::start().await;
    let contract = local.deploy().await;
    let granted = local
        .prepared(
            local.alice(),
            crate::support::create_grant(&contract, local.alice(), local.bob(), [9; 32], 0),
        )
        .await;
    let sent = local.send(&granted).await;
    let latest = local.latest().await;
    let call = invoke(about_grant(&local, &contract, "has_access", [9; 32]), Default::default());
    let view = base64(&unsigned(&local.transaction(local.bob(), call).await));
    let key = base64(&crate::support::instance_key(&contract));
    let events = json!({ "startLedger": latest, "filters": [{ "type": "contract", "contractIds": [contract.to_string()] }] });
    let rows = [
        ("getHealth", json!({})),
        ("getNetwork", json!({})),
        ("getLatestLedger", json!({})),
        ("getLedgers", json!({ "startLedger": latest })),
        ("getLedgerEntries", json!({ "keys": [key] })),
        ("getFeeStats", json!({})),
        ("getTransaction", json!({ "hash": sent["hash"] })),
        ("getTransactions", json!({ "startLedger": latest })),
        ("getEvents", events),
    ];
    insta::assert_json_snapshot!("sendTransaction", redacted(sent.clone()));
    for (method, params) in rows {
        insta::assert_json_snapshot!(method, redacted(local.result(method, params).await));
    }
    let mut simulated = redacted(local.result("simulateTransaction", json!({ "transaction": view })).await);
    simulated["minResourceFee"] = "[stroops]".into();
    insta::assert_json_snapshot!("simulateTransaction", simulated);
    let unknown = json!({ "hash": "00".repeat(32) });
    insta::assert_json_snapshot!(
        "getTransaction_not_found",
        redacted(local.result("getTransaction", unknown).await)
    );
}
