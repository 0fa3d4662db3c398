//! Moving time and writing state, as NEAR's own sandbox lets tests do.

use std::time::Duration;

use near_jsonrpc_client::methods;
use near_jsonrpc_primitives::types::query::QueryResponseKind;
use near_primitives::{
    account::{Account, AccountContract},
    state_record::StateRecord,
    types::{AccountId, Balance, BlockId},
    views::QueryRequest,
};
use serde_json::json;

use crate::support::{Local, START};

const SECOND: u64 = 1_000_000_000;

async fn fast_forward(local: &Local, delta_height: u64) {
    let request = methods::sandbox_fast_forward::RpcSandboxFastForwardRequest { delta_height };
    local.client.call(request).await.unwrap();
}

#[tokio::test]
async fn every_skipped_height_is_a_second() {
    let local = Local::start().await;
    local.deploy().await;
    let (height, time) = (local.head().await.header.height, local.chain_time().await);
    fast_forward(&local, 3_600).await;
    let passed = local.chain_time().await - time;
    assert!((3_600 * SECOND..3_601 * SECOND).contains(&passed), "{passed} ns passed");
    assert!(local.head().await.header.height >= height + 3_600);
}

#[tokio::test]
async fn time_stays_where_it_was_moved_to() {
    let local = Local::start().await;
    local.deploy().await;
    fast_forward(&local, 100).await;
    local.call("put").await.assert_success();
    assert!(local.chain_time().await >= (START + 100) * SECOND);
}

#[tokio::test]
async fn seconds_move_time_further_than_heights() {
    let local = Local::start().await;
    local.deploy().await;
    let height = local.head().await.header.height;
    let (_, body) = local.rpc("sandbox_fast_forward", json!({ "delta_height": 1, "seconds": 86_400 })).await;
    assert_eq!(body["result"], json!({}));
    local.devnet.advance_time(Duration::from_secs(86_400)).await.unwrap();
    assert!(local.chain_time().await >= (START + 2 * 86_400) * SECOND);
    assert!(local.head().await.header.height < height + 10);
}

#[tokio::test]
async fn time_cannot_end() {
    let local = Local::start().await;
    let rows = [(json!({ "delta_height": 0 }), "at least 1"), (json!({ "delta_height": u64::MAX }), "2554")];
    for (params, why) in rows {
        let (status, body) = local.rpc("sandbox_fast_forward", params).await;
        let told = body["error"]["cause"]["info"]["error_message"].as_str().unwrap_or_default();
        assert!(told.contains(why), "{body}");
        assert_eq!(status.as_u16(), 500);
    }
    assert_eq!(local.block(BlockId::Height(0)).await.header.height, 0);
}

#[tokio::test]
async fn a_patched_account_has_the_balance_written() {
    let local = Local::start().await;
    let account_id: AccountId = "rich.near".parse().unwrap();
    let account = Account::new(Balance::from_near(7), Balance::ZERO, AccountContract::None, 182);
    let records = vec![StateRecord::Account { account_id: account_id.clone(), account }];
    local.client.call(methods::sandbox_patch_state::RpcSandboxPatchStateRequest { records }).await.unwrap();
    match local.query(QueryRequest::ViewAccount { account_id }).await {
        QueryResponseKind::ViewAccount(account) => assert_eq!(account.amount, Balance::from_near(7)),
        other => panic!("not an account: {other:?}"),
    }
}
