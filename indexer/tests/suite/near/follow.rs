//! What the contracts log is what the mirror holds.

use idos_grants::Status;
use idos_indexer::{ChainConfig, Indexer};
use idos_mirror::{Contract, GrantState};
use serde_json::json;

use super::{
    chain::{GENESIS_HEIGHT, GENESIS_TIME, grants, line, statuses},
    equals_a_fresh_replay,
    server::{Server, config},
};
use crate::support::{Running, TestMirror, level, now, until};

#[tokio::test]
async fn every_verb_arrives_and_statuses_beside_it() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let lock = GENESIS_TIME + 1_000_000;
    {
        let mut chain = server.chain();
        chain.create(1, 0);
        chain.mine(1);
        chain.create(2, lock);
        chain.revoke(1);
        chain.mine(1);
        chain.extend(2, lock + 1);
        chain.set_status(7, Status::Revoked);
        chain.mine(1);
        chain.create(1, 0);
        chain.create_many(3..=9);
        chain.mine(1);
    }
    level(&mirror, &server.config(&[grants(), statuses()])).await;

    let first = mirror.grants(1).await;
    assert!(matches!(first[0].state, GrantState::Revoked { .. }) && first[1].is_standing(), "{first:?}");
    assert_eq!(first[0].owner.to_string(), "near:localnet:alice.near");
    assert_eq!(first[0].created_at, GENESIS_TIME, "0.6 s after the genesis block is the same second");
    let extended = mirror.grants(2).await;
    assert_eq!((extended.len(), extended[0].locked_until), (1, lock + 1));
    for data in 3..=9 {
        assert!(mirror.stands(data).await, "{data}, of one log of many");
    }
    assert_eq!(mirror.rows().await.iter().filter(|row| row.starts_with("word")).count(), 1);
    for contract in [grants(), statuses()] {
        let state = mirror.state(&contract).await;
        assert_eq!(state.seen.map(|seen| seen.number), Some(GENESIS_HEIGHT + 4));
        assert_eq!(state.verified_block, Some(GENESIS_HEIGHT + 4), "confirmed by the contract");
        assert_eq!(state.final_block, GENESIS_HEIGHT + 2);
    }
}

#[tokio::test]
async fn a_grant_is_final_once_the_chain_says_so_and_a_revocation_counts_at_once() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let config = server.config(&[grants()]);
    server.chain().create(1, 0);
    for (blocks_on_top, is_final) in [(0, false), (1, false), (2, true)] {
        server.chain().mine(1);
        level(&mirror, &config).await;
        assert!(mirror.stands(1).await);
        assert_eq!(mirror.grants(1).await[0].is_final(), is_final, "{blocks_on_top} blocks on top");
    }
    server.chain().revoke(1);
    server.chain().mine(1);
    level(&mirror, &config).await;
    assert!(!mirror.stands(1).await);
}

#[tokio::test]
async fn what_another_contract_logs_and_what_failed_changes_nothing() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    {
        let mut chain = server.chain();
        chain.create(1, 0);
        chain.forge("forger.near", true);
        chain.forge("forger.grants.near", true);
        chain.forge("grants.near", false);
        chain.forge("statuses.near", true);
        chain.log("grants.near", vec![line("nep171", "nft_mint", json!([{"owner_id": "alice.near"}]))], true);
        chain.mine(1);
    }
    level(&mirror, &server.config(&[grants(), statuses()])).await;
    assert!(mirror.stands(1).await);
    assert_eq!(mirror.rows().await.len(), 1);
    for contract in [grants(), statuses()] {
        assert_eq!(mirror.state(&contract).await.verified_block, Some(GENESIS_HEIGHT + 1));
    }
}

#[tokio::test]
async fn heights_without_a_block_are_passed_over() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let config = server.config(&[grants(), statuses()]);
    let running = Running::start(&mirror, &config);
    // Gaps before, between and after grants, also where ranges begin and end, and one as long as a year.
    for (data, gap) in [(1, 0), (2, 1), (3, 2), (4, 7), (5, 300), (6, 50_000_000), (7, 3)] {
        {
            let mut chain = server.chain();
            chain.create(data, 0);
            chain.skip(gap);
        }
        until(&format!("after {gap} heights"), || mirror.stands(data)).await;
    }
    running.end().await;
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn a_long_way_with_gaps_is_the_same_in_pieces_of_any_size() {
    let server = Server::start().await;
    for data in 1..=40 {
        let mut chain = server.chain();
        chain.create(data, 0);
        chain.skip(u64::from(data % 4) * u64::from(data));
        if data % 3 == 0 {
            chain.revoke(data);
            chain.mine(2);
        }
    }
    let whole = TestMirror::new().await;
    level(&whole, &server.config(&[grants(), statuses()])).await;
    for blocks_max in [1, 2, 7, 64] {
        let pieces = TestMirror::new().await;
        let config = ChainConfig { blocks_max, ..server.config(&[grants(), statuses()]) };
        level(&pieces, &config).await;
        assert_eq!(pieces.rows().await, whole.rows().await, "{blocks_max} heights at once");
        assert_eq!(pieces.state(&grants()).await.verified_block, whole.state(&grants()).await.verified_block);
    }
}

#[tokio::test]
async fn several_contracts_share_the_answer_for_a_block() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    server.chain().mine(200);
    let contracts =
        [grants(), statuses(), Contract { kind: statuses().kind, ..contract_named("third.near") }];
    server.asked();
    level(&mirror, &server.config(&contracts)).await;
    let asked = server.asked();
    let heights: Vec<_> = asked.iter().filter(|(question, _)| question.starts_with("block/")).collect();
    assert!(heights.len() >= 190, "{asked:?}");
    assert!(heights.iter().all(|(_, times)| **times == 1), "{asked:?}");
}

fn contract_named(id: &str) -> Contract {
    Contract { account: format!("near:localnet:{id}").parse().unwrap(), ..grants() }
}

#[tokio::test]
async fn a_contract_that_is_deployed_later_is_waited_for() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    server.chain().mine(5);
    let absent = contract_named("absent.near");
    level(&mirror, &server.config(&[absent])).await;
    assert_eq!(mirror.state(&absent).await.verified_block, Some(GENESIS_HEIGHT + 5));
}

#[tokio::test]
async fn a_configuration_that_cannot_be_followed_is_refused() {
    let mirror = TestMirror::new().await;
    let url = "http://127.0.0.1:1".parse().unwrap();
    let refused = Indexer::new(config(&[grants()], &[], &[&url]), mirror.writer(), now).err().unwrap();
    assert!(refused.to_string().contains("block_urls"), "{refused}");
}
