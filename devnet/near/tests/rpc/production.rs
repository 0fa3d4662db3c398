//! When blocks are made.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use idos_devnet_near::{BlockProduction, Clock, DevnetError};
use near_jsonrpc_client::methods::broadcast_tx_commit::RpcBroadcastTxCommitRequest;
use near_primitives::types::Finality;

use crate::support::{Local, START, transfer_of};

#[tokio::test]
async fn on_demand_nothing_happens_by_itself_and_what_happened_is_final() {
    let local = Local::start().await;
    assert_eq!(local.head().await.header.height, 0);
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    let paid_in = local.commit(signed).await.receipts_outcome[0].block_hash;
    let paid_at = local.block(near_primitives::types::BlockId::Hash(paid_in)).await.header.height;
    assert!(local.block(Finality::Final).await.header.height >= paid_at);
}

#[tokio::test]
async fn by_interval_blocks_come_by_themselves_at_the_clocks_time() {
    let now = Arc::new(AtomicU64::new(START * 1_000_000_000));
    let clock = Arc::clone(&now);
    let local = Local::with(|config| {
        config.clock = Clock::new(move || clock.load(Ordering::SeqCst));
        config.blocks = BlockProduction::Every(Duration::from_millis(5));
    })
    .await;
    now.store((START + 60) * 1_000_000_000, Ordering::SeqCst);
    for _ in 0..400 {
        let head = local.head().await.header;
        if head.timestamp_nanosec >= (START + 60) * 1_000_000_000 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no block in two seconds");
}

#[tokio::test]
async fn by_interval_a_commit_waits_for_its_blocks() {
    let local = Local::with(|config| config.blocks = BlockProduction::Every(Duration::from_millis(20))).await;
    let signed = local.signed(local.alice(), &local.bob().account_id, vec![transfer_of(1)]).await;
    local.commit(signed).await.assert_success();
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let local = Local::start().await;
    let address = local.devnet.rpc().socket_addrs(|| None).unwrap()[0];
    let mut config = idos_devnet_near::DevnetConfig::new(Clock::new(|| START));
    config.listen = address;
    match idos_devnet_near::Devnet::start(config).await {
        Err(error @ DevnetError::Listen { .. }) => assert!(error.to_string().contains(&address.to_string())),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two servers listen on one port"),
    }
}

#[tokio::test]
async fn a_stopped_devnet_answers_nobody_and_does_not_wait_for_those_who_wait() {
    let local = Local::with(|config| {
        config.blocks = BlockProduction::Manual;
        config.wait_timeout = Duration::from_secs(60);
    })
    .await;
    let url = local.devnet.rpc().join("v0/block/5").unwrap();
    let waiting =
        tokio::spawn(async move { reqwest::get(url).await.map(|response| response.status().as_u16()) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rpc = local.devnet.rpc().clone();
    tokio::time::timeout(Duration::from_secs(4), local.devnet.stop()).await.expect("stop waits too long");
    assert_eq!(waiting.await.unwrap().unwrap(), 404);
    assert!(reqwest::get(rpc.join("status").unwrap()).await.is_err());
}

#[tokio::test]
async fn transactions_sent_at_the_same_time_all_run() {
    let local = Local::start().await;
    let mut sent = Vec::new();
    for account in local.devnet.accounts() {
        let signed_transaction = local.signed(account, &local.bob().account_id, vec![transfer_of(1)]).await;
        let client = local.client.clone();
        sent.push(tokio::spawn(async move {
            client.call(RpcBroadcastTxCommitRequest { signed_transaction }).await.unwrap().assert_success();
        }));
    }
    for one in sent {
        one.await.unwrap();
    }
}
