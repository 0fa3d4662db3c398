//! What the contracts say is what the mirror holds.

use idos_grants::Status;
use idos_indexer::ChainConfig;
use idos_mirror::{Contract, GrantState};
use serde_json::json;
use stellar_xdr::ScVal;

use super::{
    chain::{GENESIS_TIME, grants, statuses, symbol},
    contracts, equals_a_fresh_replay, is_level,
    server::Server,
};
use crate::support::{Running, TestMirror, level, until};

#[tokio::test]
async fn every_verb_arrives_and_statuses_beside_it() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let lock = GENESIS_TIME + 1_000_000;
    {
        let mut chain = server.chain();
        chain.create(1, 0);
        chain.close(1);
        chain.create(2, lock);
        chain.revoke(1);
        chain.close(1);
        chain.extend(2, lock + 1);
        chain.set_status(7, Status::Revoked);
        chain.close(1);
        chain.create(1, 0);
        chain.create_many(3..=9);
        chain.close(1);
    }
    level(&mirror, &server.config(&contracts())).await;

    let first = mirror.grants(1).await;
    assert!(matches!(first[0].state, GrantState::Revoked { .. }) && first[1].is_standing(), "{first:?}");
    assert_eq!(
        first[0].owner.to_string(),
        "stellar:local:GAIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCF6M"
    );
    assert_eq!(first[0].created_at, GENESIS_TIME + 5);
    let extended = mirror.grants(2).await;
    assert_eq!((extended.len(), extended[0].locked_until), (1, lock + 1));
    for data in 3..=9 {
        assert!(mirror.stands(data).await, "{data}, of one call");
        assert!(mirror.grants(data).await[0].is_final(), "a closed ledger is final");
    }
    assert_eq!(mirror.rows().await.iter().filter(|row| row.starts_with("word")).count(), 1);
    for contract in contracts() {
        let state = mirror.state(&contract).await;
        assert_eq!(state.seen.map(|seen| seen.number), Some(5));
        assert_eq!((state.verified_block, state.final_block), (Some(5), 5), "confirmed by the contract");
    }
}

#[tokio::test]
async fn what_others_say_what_failed_and_other_events_change_nothing() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    {
        let mut chain = server.chain();
        chain.create(1, 0);
        chain.forge(2);
        chain.fail(3);
        chain.say_anything(vec![symbol("transfer"), ScVal::U32(1)], ScVal::Void);
        chain.close(1);
    }
    // Even if the server tells them to one who did not ask for them.
    server.lie(|method, _, answer| {
        for event in answer.body["result"]["events"].as_array_mut().into_iter().flatten() {
            if method == "getEvents" && event["topic"][0] == json!("AAAADwAAAAh0cmFuc2Zlcg==") {
                let created = json!("AAAADwAAAA1ncmFudF9jcmVhdGVkAAAA");
                event["topic"] = json!([created]);
                event["contractId"] = json!("CA3D5KRYM6CB7OWQ6TWYRR3Z4T7GNZLKERYNZGGA5SOAOPIFY6YQGAXE");
            }
        }
    });
    level(&mirror, &server.config(&contracts())).await;
    assert!(mirror.stands(1).await);
    assert_eq!(mirror.rows().await.len(), 1);
    assert!(is_level(&server, &mirror).await);
}

#[tokio::test]
async fn pages_of_any_size_and_ranges_of_any_size_come_to_the_same() {
    let server = Server::start().await;
    for data in 1..=40 {
        let mut chain = server.chain();
        chain.create(data, 0);
        chain.create_many(data + 100..=data + 100);
        chain.close(u32::from(data % 4));
        if data % 3 == 0 {
            chain.revoke(data);
            chain.close(2);
        }
    }
    server.chain().close(30);
    let whole = TestMirror::new().await;
    level(&whole, &server.config(&contracts())).await;
    assert_eq!(whole.rows().await.len(), 80);
    for (page, blocks_max) in [(1, 10_000), (1, 3), (2, 1), (3, 7), (1_000, 1), (7, 10_000)] {
        let pieces = TestMirror::new().await;
        server.set_page(page);
        level(&pieces, &ChainConfig { blocks_max, ..server.config(&contracts()) }).await;
        assert_eq!(
            pieces.rows().await,
            whole.rows().await,
            "{page} events a page, {blocks_max} ledgers at once"
        );
        assert!(is_level(&server, &pieces).await);
    }
}

#[tokio::test]
async fn ledgers_without_an_event_are_passed_over_and_remembered() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    server.chain().close(25_000);
    server.chain().create(1, 0);
    server.chain().close(1);
    server.asked();
    level(&mirror, &server.config(&[grants()])).await;
    assert!(mirror.stands(1).await);
    let asked: usize = server.asked().values().sum();
    assert!(asked < 120, "{asked} questions");
    level(&mirror, &server.config(&[grants()])).await;
    let again = server.asked();
    assert_eq!(again.get("getEvents"), None, "nothing is asked twice: {again:?}");
}

#[tokio::test]
async fn numbers_that_a_local_network_leaves_out_are_passed_over() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let running = Running::start(&mirror, &server.config(&contracts()));
    // Between grants, also where ranges begin and end, and one as long as it takes an entry to be archived.
    for (data, gap) in [(1, 0), (2, 1), (3, 2), (4, 7), (5, 300), (6, 4_000_000), (7, 3)] {
        {
            let mut chain = server.chain();
            chain.create(data, 0);
            chain.skip(gap);
        }
        until(&format!("after {gap} numbers"), || mirror.stands(data)).await;
    }
    running.end().await;
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn at_the_tip_one_question_serves_every_contract() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let kind = statuses().kind;
    let third = |n: u8| Contract {
        account: format!("stellar:local:{}", super::chain::strkey([n; 32])).parse().unwrap(),
        kind,
        ..grants()
    };
    let others: Vec<_> = (1..=24).map(third).collect();
    let all: Vec<_> = contracts().into_iter().chain(others).collect();
    let running = Running::start(&mirror, &server.config(&all));
    let is_level = |sequence: u64| {
        let (mirror, all) = (&mirror, &all);
        async move {
            for contract in all {
                let state = mirror.state_if_registered(contract).await;
                if state.is_none_or(|state| state.verified_block != Some(sequence)) {
                    return false;
                }
            }
            true
        }
    };
    until("level", || is_level(1)).await;
    server.asked();
    server.chain().create(1, 0);
    server.chain().close(1);
    until("level again", || is_level(2)).await;
    running.end().await;
    let asked = server.asked();
    // 26 contracts are one more than a question can be about.
    for (method, times) in [("getEvents", 2), ("getLedgerEntries", 2), ("getLedgers", 1)] {
        assert_eq!(asked.get(method), Some(&times), "{method}: {asked:?}");
    }
    assert!(mirror.stands(1).await);
}

#[tokio::test]
async fn a_contract_that_is_deployed_later_is_waited_for() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    server.chain().close(5);
    level(&mirror, &server.config(&contracts())).await;
    assert!(is_level(&server, &mirror).await);
    server.chain().create(1, 0);
    server.chain().close(1);
    level(&mirror, &server.config(&contracts())).await;
    assert!(mirror.stands(1).await);
}
