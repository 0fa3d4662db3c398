//! Blocks in NEAR Lake's shape.

use near_indexer_primitives::StreamerMessage;
use serde_json::{Value, json};

use crate::support::{Local, transfer_of};

#[tokio::test]
async fn a_block_parses_as_lakes_message_and_names_the_transaction_of_each_outcome() {
    let local = Local::start().await;
    local.deploy().await;
    let outcome = local.call("put").await;
    let ran_in = outcome.receipts_outcome[0].block_hash;
    let height = local.block(near_primitives::types::BlockId::Hash(ran_in)).await.header.height;
    let (status, block) = local.get_json(&format!("v0/block/{height}")).await;
    assert_eq!(status.as_u16(), 200);
    let message: StreamerMessage = serde_json::from_value(block.clone()).unwrap();
    assert_eq!(message.block.header.hash, ran_in);
    let executed = &message.shards[0].receipt_execution_outcomes[0];
    assert_eq!(executed.execution_outcome.outcome.logs, ["hello"]);
    let told = &block["shards"][0]["receipt_execution_outcomes"][0]["tx_hash"];
    assert_eq!(told, &json!(outcome.transaction.hash));
}

#[tokio::test]
async fn every_outcome_of_a_chain_has_its_transaction() {
    let local = Local::start().await;
    local.deploy().await;
    let mut sent = vec![];
    for _ in 0..3 {
        sent.push(json!(local.call("put").await.transaction.hash));
    }
    let head = local.head().await.header.height;
    let mut named = vec![];
    for height in 0..=head {
        let (_, block) = local.get_json(&format!("v0/block_opt/{height}")).await;
        for outcome in block["shards"][0]["receipt_execution_outcomes"].as_array().into_iter().flatten() {
            assert_ne!(outcome["tx_hash"], Value::Null, "{outcome}");
            named.push(outcome["tx_hash"].clone());
        }
    }
    assert!(sent.iter().all(|hash| named.contains(hash)));
}

#[tokio::test]
async fn the_last_blocks_are_redirects_to_final_and_optimistic_blocks() {
    let local = Local::start().await;
    local.devnet.produce_blocks(5).await.unwrap();
    let rows = [
        ("v0/last_block/final", "/v0/block/3"),
        ("v0/last_block/optimistic", "/v0/block_opt/5"),
        ("v0/first_block", "/v0/block/0"),
    ];
    for (path, location) in rows {
        let response = local.get(path).await;
        assert_eq!(response.status().as_u16(), 302, "{path}");
        assert_eq!(response.headers()["location"], location, "{path}");
    }
    let followed: Value = reqwest::get(local.devnet.rpc().join("v0/last_block/final").unwrap())
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(followed["block"]["header"]["height"], 3);
}

#[tokio::test]
async fn a_skipped_height_is_null() {
    let local = Local::start().await;
    local.rpc("sandbox_fast_forward", json!({ "delta_height": 5 })).await;
    assert_eq!(local.get_json("v0/block/3").await, (reqwest::StatusCode::OK, Value::Null));
    assert_eq!(local.get_json("v0/block/3/headers").await, (reqwest::StatusCode::OK, Value::Null));
    assert_eq!(local.get_json("v0/block/5/headers").await.1["header"]["height"], 5);
}

#[tokio::test]
async fn a_block_that_is_not_final_is_optimistic_only() {
    let local = Local::manual().await;
    local.devnet.produce_blocks(4).await.unwrap();
    assert_eq!(local.get_json("v0/block_opt/4").await.1["block"]["header"]["height"], 4);
    let (status, body) = local.get_json("v0/block/4").await;
    assert_eq!((status.as_u16(), &body["type"]), (404, &json!("BLOCK_DOES_NOT_EXIST")));
}

#[tokio::test]
async fn a_block_about_to_be_made_is_waited_for() {
    let local = Local::start().await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let (waited, _) = tokio::join!(local.get_json("v0/block/1"), local.commit(signed));
    assert_eq!(waited.1["block"]["header"]["height"], 1);
}

#[tokio::test]
async fn impossible_heights_are_refused_as_neardata_refuses_them() {
    let local = Local::start().await;
    let rows = [
        ("v0/block/abc", 400, Value::Null),
        ("v0/block/-1", 400, Value::Null),
        ("v0/block/18446744073709551616", 400, Value::Null),
        ("v0/block/1000000000000001", 404, json!("BLOCK_HEIGHT_TOO_HIGH")),
        ("v0/block/1000", 404, json!("BLOCK_DOES_NOT_EXIST")),
        ("v0/blocks", 404, json!("NO_SUCH_PATH")),
    ];
    for (path, status, kind) in rows {
        let (answered, body) = local.get_json(path).await;
        assert_eq!(
            (answered.as_u16(), body.get("type").cloned().unwrap_or_default()),
            (status, kind),
            "{path}"
        );
    }
}
