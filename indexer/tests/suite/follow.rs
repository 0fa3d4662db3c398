//! What contracts say is what the mirror holds.

use std::time::Duration;

use idos_grants::Account;
use idos_indexer::{ChainConfig, Indexer};
use idos_mirror::{Contract, GrantState};
use serde_json::json;

use crate::support::{Chain, Proxy, Running, TestMirror, config, level, now, proxy, until};

#[tokio::test]
async fn every_verb_arrives_and_statuses_beside_it() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    let lock = now() + 1_000_000;
    chain.create(1, 0).await;
    chain.create(2, 0).await;
    chain.extend(2, lock).await;
    chain.revoke(1).await;
    chain.create(1, 0).await;
    chain.set_status(7, 2).await;
    level(&mirror, &config(&chain.contracts(), &[chain.rpc()])).await;

    let first = mirror.grants(1).await;
    assert!(matches!(first[0].state, GrantState::Revoked { .. }) && first[1].is_standing(), "{first:?}");
    let extended = mirror.grants(2).await;
    assert_eq!((extended.len(), extended[0].locked_until), (1, lock));
    assert_eq!(mirror.rows().await.iter().filter(|row| row.starts_with("word")).count(), 1);
    for contract in chain.contracts() {
        let state = mirror.state(&contract).await;
        assert_eq!(state.seen.map(|seen| seen.number), Some(chain.height().await));
        assert_eq!(state.verified_block, Some(chain.height().await), "confirmed by the contract");
    }
}

#[tokio::test]
async fn a_running_indexer_sees_a_block_at_once_and_goes_on_after_a_restart() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    let config = config(&chain.contracts(), &[chain.rpc()]);
    let running = Running::start(&mirror, &config);
    chain.create(1, 0).await;
    until("the grant", || mirror.stands(1)).await;
    running.end().await;
    chain.revoke(1).await;
    chain.create(2, 0).await;
    let running = Running::start(&mirror, &config);
    until("the other grant", || mirror.stands(2)).await;
    assert!(!mirror.stands(1).await);
    running.end().await;
}

#[tokio::test]
async fn a_shutdown_is_noticed_in_the_middle_of_a_long_backfill() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    chain.mine(500).await;
    let contracts = [chain.grants_contract()];
    let config = ChainConfig { blocks_max: 1, ..config(&contracts, &[chain.rpc()]) };
    let running = Running::start(&mirror, &config);
    until("a beginning", || async { mirror.state_if_registered(&contracts[0]).await.is_some() }).await;
    assert!(running.end().await < Duration::from_millis(500));
    assert!(mirror.state(&contracts[0]).await.seen.is_none_or(|seen| seen.number < 450), "it was a long way");
}

#[tokio::test]
async fn a_contract_in_trouble_delays_no_other() {
    let chain = Chain::start().await;
    let bad =
        Contract { account: Account::evm(idos_devnet_evm::CHAIN_ID, [9; 20]), ..chain.grants_contract() };
    let proxy = Proxy::lying(chain.rpc(), |question, answer| {
        let is_bad = question["params"].to_string().contains(&"09".repeat(20));
        if question["method"] == "eth_getLogs" && is_bad {
            *answer =
                json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": "boom"}});
        }
    })
    .await;
    let mirror = TestMirror::new().await;
    let running = Running::start(&mirror, &config(&[bad, chain.grants_contract()], &[&proxy.url]));
    for data in 1..4 {
        chain.create(data, 0).await;
        until("the grant", || mirror.stands(data)).await;
    }
    assert_eq!(mirror.state(&bad).await.seen, None);
    running.end().await;
}

#[tokio::test]
async fn a_start_block_after_the_first_event_closes_the_gate_and_says_why() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    chain.create(1, 0).await;
    chain.mine(1).await;
    let late = Contract { start_block: chain.height().await, ..chain.grants_contract() };
    let running = Running::start(&mirror, &config(&[late], &[chain.rpc()]));
    until("broken", || mirror.is_broken(&late)).await;
    let reason = mirror.state(&late).await.broken.unwrap().reason;
    assert!(reason.contains("start_block"), "{reason}");
    running.end().await;
}

#[tokio::test]
async fn a_long_way_is_the_same_in_pieces_of_any_size() {
    let chain = Chain::start().await;
    for data in 1..=12 {
        chain.create(data, 0).await;
        if data % 3 == 0 {
            chain.revoke(data).await;
        }
    }
    let whole = TestMirror::new().await;
    level(&whole, &config(&chain.contracts(), &[chain.rpc()])).await;
    for blocks_max in [1, 2, 7] {
        let pieces = TestMirror::new().await;
        let config = ChainConfig { blocks_max, ..config(&chain.contracts(), &[chain.rpc()]) };
        level(&pieces, &config).await;
        assert_eq!(pieces.rows().await, whole.rows().await, "{blocks_max} blocks at once");
    }
}

#[tokio::test]
async fn logs_without_their_time_are_given_the_time_of_their_block() {
    let chain = Chain::start().await;
    chain.create(1, 0).await;
    chain.revoke(1).await;
    let proxy = Proxy::lying(chain.rpc(), |question, answer| {
        for log in proxy::logs(question, answer).into_iter().flatten() {
            log.as_object_mut().unwrap().remove("blockTimestamp");
        }
    })
    .await;
    let mirror = TestMirror::new().await;
    level(&mirror, &config(&[chain.grants_contract()], &[&proxy.url])).await;
    assert!(mirror.state(&chain.grants_contract()).await.verified_block.is_some());
}

#[tokio::test]
async fn an_indexer_without_an_rpc_says_so() {
    let mirror = TestMirror::new().await;
    let refused = Indexer::new(config(&[], &[]), mirror.writer(), now).err().unwrap();
    assert!(refused.to_string().contains("no RPC"), "{refused}");
}
