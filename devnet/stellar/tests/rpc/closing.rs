//! When ledgers close.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use idos_devnet_stellar::{Clock, Devnet, DevnetConfig, DevnetError, LedgerClosing};
use serde_json::json;

use crate::support::{Local, START};

#[tokio::test]
async fn on_demand_nothing_happens_by_itself() {
    let local = Local::start().await;
    let before = local.latest().await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(local.latest().await, before);
    local.send(&local.payment(1).await).await;
    assert_eq!(local.latest().await, before + 1);
}

#[tokio::test]
async fn on_demand_a_simulation_sees_the_clocks_time() {
    let now = Arc::new(AtomicU64::new(START));
    let clock = Arc::clone(&now);
    let local = Local::with(|config| config.clock = Clock::new(move || clock.load(Ordering::SeqCst))).await;
    let contract = local.deploy().await;
    local.grant(&contract, [9; 32], START + 600).await;
    let revoke = crate::support::about_grant(&local, &contract, "revoke_grant", [9; 32]);
    let transaction =
        local.transaction(local.alice(), crate::support::invoke(revoke, Default::default())).await;
    assert!(local.simulate(&transaction).await.error.is_some());
    now.store(START + 700, Ordering::SeqCst);
    assert_eq!(local.simulate(&transaction).await.error, None, "the lock has ended meanwhile");
}

#[tokio::test]
async fn by_interval_ledgers_close_by_themselves_at_the_clocks_time() {
    let now = Arc::new(AtomicU64::new(START));
    let clock = Arc::clone(&now);
    let local = Local::with(|config| {
        config.clock = Clock::new(move || clock.load(Ordering::SeqCst));
        config.ledgers = LedgerClosing::Every(Duration::from_millis(5));
    })
    .await;
    now.store(START + 10_000, Ordering::SeqCst);
    for _ in 0..400 {
        let told = local.result("getLatestLedger", json!({})).await;
        if told["closeTime"].as_str().unwrap().parse::<u64>().unwrap() >= START + 10_000 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no ledger in two seconds");
}

#[tokio::test]
async fn by_interval_a_transaction_waits_for_its_ledger() {
    let local = Local::with(|config| config.ledgers = LedgerClosing::Every(Duration::from_millis(20))).await;
    let envelope = local.payment(5).await;
    assert_eq!(local.client.send_transaction_polling(&envelope).await.unwrap().status, "SUCCESS");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let local = Local::start().await;
    let address = local.devnet.rpc().socket_addrs(|| None).unwrap()[0];
    let mut config = DevnetConfig::new(Clock::new(|| START));
    config.listen = address;
    match Devnet::start(config).await {
        Err(error @ DevnetError::Listen { .. }) => assert!(error.to_string().contains(&address.to_string())),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two servers listen on one port"),
    }
}

#[tokio::test]
async fn a_stopped_devnet_answers_nobody_and_does_not_wait_for_those_who_wait() {
    let local = Local::manual().await;
    let friendbot = format!("{}?addr={}", local.devnet.friendbot(), crate::support::stranger().address());
    let waiting =
        tokio::spawn(async move { reqwest::get(friendbot).await.map(|response| response.status().as_u16()) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rpc = local.devnet.rpc().clone();
    tokio::time::timeout(Duration::from_secs(4), local.devnet.stop()).await.expect("stop waits too long");
    assert_eq!(waiting.await.unwrap().unwrap(), 504);
    assert!(reqwest::get(rpc).await.is_err());
}

#[tokio::test]
async fn transactions_sent_at_the_same_time_all_run() {
    let local = Local::start().await;
    let mut sent = Vec::new();
    for account in local.devnet.accounts() {
        let transaction = local.transaction(account, crate::support::pay(local.bob(), 1)).await;
        let envelope = local.sign(account, transaction).await;
        let client = local.client.clone();
        sent.push(tokio::spawn(
            async move { client.send_transaction_polling(&envelope).await.unwrap().status },
        ));
    }
    for one in sent {
        assert_eq!(one.await.unwrap(), "SUCCESS");
    }
}
