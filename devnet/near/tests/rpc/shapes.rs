//! A few answers whole, so that a change of their shape is seen by whoever reviews it. Hashes are left out.

use near_primitives::hash::CryptoHash;
use serde_json::{Value, json};

use crate::support::{Local, encoded, transfer_of};

/// The answer without what depends on the engine's hashing or on the port.
fn shape(mut value: Value) -> Value {
    hide(&mut value);
    value
}

fn hide(value: &mut Value) {
    match value {
        Value::String(text) => {
            let is_hash = text.len() > 40 && text.parse::<CryptoHash>().is_ok();
            if is_hash {
                *text = "[hash]".to_owned();
            } else if text.starts_with("ed25519:") && text.len() > 80 {
                *text = "[signature]".to_owned();
            } else if text.starts_with("127.0.0.1:") {
                *text = "[address]".to_owned();
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(hide),
        Value::Object(fields) => fields.values_mut().for_each(hide),
        _ => {}
    }
}

async fn answer(local: &Local, method: &str, params: Value) -> Value {
    shape(local.rpc(method, params).await.1)
}

#[tokio::test]
async fn status() {
    let local = Local::start().await;
    insta::assert_json_snapshot!(answer(&local, "status", json!([])).await);
}

#[tokio::test]
async fn block() {
    let local = Local::start().await;
    insta::assert_json_snapshot!(answer(&local, "block", json!({ "finality": "final" })).await);
}

#[tokio::test]
async fn view_account() {
    let local = Local::start().await;
    let params = json!({ "request_type": "view_account", "finality": "final", "account_id": "alice.near" });
    insta::assert_json_snapshot!(answer(&local, "query", params).await);
}

#[tokio::test]
async fn unknown_account() {
    let local = Local::start().await;
    let params = json!({ "request_type": "view_account", "finality": "final", "account_id": "nobody.near" });
    insta::assert_json_snapshot!(answer(&local, "query", params).await);
}

#[tokio::test]
async fn transaction() {
    let local = Local::start().await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let params = json!({ "signed_tx_base64": encoded(&signed), "wait_until": "FINAL" });
    insta::assert_json_snapshot!(answer(&local, "send_tx", params).await);
}

#[tokio::test]
async fn panicked_call() {
    let local = Local::start().await;
    local.deploy().await;
    let outcome = local.call("fail").await;
    let params = json!({ "tx_hash": outcome.transaction.hash, "sender_account_id": "bob.near" });
    let answer = answer(&local, "tx", params).await;
    insta::assert_json_snapshot!(answer["result"]["status"]);
}

#[tokio::test]
async fn lake_block() {
    let local = Local::start().await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let paid_in = local.commit(signed).await.receipts_outcome[0].block_hash;
    let height = local.block(near_primitives::types::BlockId::Hash(paid_in)).await.header.height;
    let (_, block) = local.get_json(&format!("v0/block/{height}")).await;
    insta::assert_json_snapshot!(shape(block["shards"].clone()));
}
