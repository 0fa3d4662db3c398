//! `devnet_*`: what only a devnet does.

use serde_json::json;

use crate::support::{Local, START};

fn close_time(newest: &serde_json::Value) -> u64 {
    newest["closeTime"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn time_moves_by_seconds_with_one_ledger() {
    let local = Local::start().await;
    let before = local.result("getLatestLedger", json!({})).await;
    let newest = local.result("devnet_advanceTime", json!({ "seconds": 3_600 })).await;
    assert_eq!(newest["sequence"].as_u64(), before["sequence"].as_u64().map(|sequence| sequence + 1));
    assert_eq!(close_time(&newest), close_time(&before) + 3_600);
    local.send(&local.payment(1).await).await;
    let after = local.result("getLatestLedger", json!({})).await;
    assert!((3_600..3_610).contains(&(close_time(&after) - START)), "time stays moved");
}

#[tokio::test]
async fn ledgers_close_when_told_to() {
    let local = Local::manual().await;
    let before = local.latest().await;
    assert_eq!(local.result("devnet_closeLedgers", json!({})).await["sequence"], before + 1);
    assert_eq!(local.result("devnet_closeLedgers", json!({ "count": 4 })).await["sequence"], before + 5);
}

#[tokio::test]
async fn ledgers_are_skipped_at_five_seconds_each_or_as_told() {
    let local = Local::start().await;
    let before = local.result("getLatestLedger", json!({})).await;
    let newest = local.result("devnet_skipLedgers", json!({ "count": 1_000_000 })).await;
    assert_eq!(close_time(&newest), close_time(&before) + 5_000_000);
    let newest = local.result("devnet_skipLedgers", json!({ "count": 10, "seconds": 0 })).await;
    assert_eq!(newest["sequence"].as_u64(), before["sequence"].as_u64().map(|sequence| sequence + 1_000_010));
}

#[tokio::test]
async fn moves_that_cannot_be_are_refused_by_the_parameters_name() {
    let local = Local::start().await;
    let rows = [
        ("devnet_advanceTime", json!({}), "seconds"),
        ("devnet_advanceTime", json!({ "seconds": -1 }), "seconds"),
        ("devnet_advanceTime", json!({ "seconds": "1" }), "seconds"),
        ("devnet_advanceTime", json!({ "seconds": u64::MAX }), "seconds"),
        ("devnet_closeLedgers", json!({ "count": 0 }), "count"),
        ("devnet_closeLedgers", json!({ "count": 1_001 }), "count"),
        ("devnet_skipLedgers", json!({}), "count"),
        ("devnet_skipLedgers", json!({ "count": 0 }), "count"),
        ("devnet_skipLedgers", json!({ "count": u32::MAX }), "count"),
    ];
    let before = local.latest().await;
    for (method, params, name) in rows {
        let (code, why) = local.refusal(method, params.clone()).await;
        assert_eq!(code, -32602, "{method} {params}");
        assert!(why.starts_with(&format!("invalid parameters: {name}: ")), "{why}");
    }
    assert_eq!(local.latest().await, before, "nothing moved");
}
