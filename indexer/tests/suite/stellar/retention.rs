//! A server keeps only so many ledgers. What it dropped before it was read is missed, and named; it is never passed over.

use idos_indexer::{Indexer, IndexerError, source::SourceError};
use idos_mirror::Broken;
use serde_json::json;

use super::{
    chain::grants,
    contracts, equals_a_fresh_replay, is_level,
    server::{Server, config},
};
use crate::support::{Running, TestMirror, level, now, until};

/// Follows, and returns what it ends with.
async fn ends_with(server: &Server, mirror: &TestMirror) -> IndexerError {
    let mut indexer = Indexer::new(server.config(&contracts()), mirror.writer(), now).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(8), indexer.run_until_level()).await;
    ended.expect("in time").unwrap_err()
}

fn missing(from: u64, to: u64) -> SourceError {
    SourceError::BlocksMissing { from, to }
}

/// A mirror that stands at ledger 11, and a server that goes on without it for a hundred ledgers.
async fn left_behind() -> (Server, TestMirror) {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    server.chain().create(1, 0);
    server.chain().close(10);
    level(&mirror, &server.config(&contracts())).await;
    server.chain().revoke(1);
    server.chain().close(100);
    (server, mirror)
}

#[tokio::test]
async fn ledgers_that_were_dropped_unread_are_named_and_the_gate_is_closed() {
    let (server, mirror) = left_behind().await;
    server.chain().oldest = 61;
    let ended = ends_with(&server, &mirror).await;
    assert!(matches!(&ended, IndexerError::Source(error) if *error == missing(12, 60)), "{ended}");
    assert!(ended.to_string().contains("12 to 60"), "{ended}");
    let IndexerError::Source(error) = ended else { return };
    assert_eq!(error.kind(), "blocks_missing");
    let mut closed = 0;
    for contract in contracts() {
        let state = mirror.state(&contract).await;
        assert_eq!(state.seen.map(|seen| seen.number), Some(11), "nothing was passed over");
        if let Some(Broken { from_block, to_block, .. }) = state.broken {
            assert_eq!((from_block, to_block), (12, 60));
            closed += 1;
        }
    }
    assert!(closed > 0);
    assert!(mirror.stands(1).await, "the revocation was never seen");
}

#[tokio::test]
async fn a_server_that_still_has_them_is_found_and_the_gate_opens() {
    let (server, mirror) = left_behind().await;
    let archive = server.another().await;
    server.chain().oldest = 61;
    ends_with(&server, &mirror).await;
    // The archive is of the same chain, and has everything.
    archive.lie(|_, _, _| {});
    server.chain().oldest = 1;
    level(&mirror, &config(&contracts(), &[&archive.url])).await;
    assert!(!mirror.stands(1).await);
    assert!(is_level(&server, &mirror).await);
    assert_eq!(mirror.state(&grants()).await.broken, None);
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn with_two_servers_the_one_that_has_them_is_asked() {
    let (server, mirror) = left_behind().await;
    let short = server.another().await;
    // As if it had been started a moment ago.
    short.lie(|method, params, answer| {
        let first = params["startLedger"].as_u64().unwrap_or(100);
        match method {
            "getHealth" => answer.body["result"]["oldestLedger"] = json!(100),
            "getLedgers" | "getEvents" if first < 100 => {
                answer.body = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": "startLedger must be within the ledger range: 100 - 111"}});
            }
            _ => {}
        }
    });
    level(&mirror, &config(&contracts(), &[&short.url, &server.url])).await;
    assert!(!mirror.stands(1).await);
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn a_mirror_that_stands_just_before_the_oldest_ledger_has_missed_nothing() {
    let (server, mirror) = left_behind().await;
    server.chain().oldest = 12;
    level(&mirror, &server.config(&contracts())).await;
    assert!(!mirror.stands(1).await && is_level(&server, &mirror).await);

    let (server, mirror) = left_behind().await;
    server.chain().oldest = 13;
    let ended = ends_with(&server, &mirror).await;
    assert!(matches!(&ended, IndexerError::Source(error) if *error == missing(12, 12)), "{ended}");
}

#[tokio::test]
async fn a_start_before_the_oldest_ledger_is_named_too() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    server.chain().close(50);
    server.chain().oldest = 20;
    let ended = ends_with(&server, &mirror).await;
    assert!(matches!(&ended, IndexerError::Source(error) if *error == missing(1, 19)), "{ended}");
}

#[tokio::test]
async fn ledgers_lost_in_the_middle_are_told_from_numbers_that_were_left_out() {
    let (server, mirror) = left_behind().await;
    // The mirror's place, and some before and after it.
    server.chain().lose(8..=40);
    let ended = ends_with(&server, &mirror).await;
    assert!(matches!(&ended, IndexerError::Source(error) if *error == missing(12, 40)), "{ended}");
}

#[tokio::test]
async fn a_server_that_answers_for_dropped_ledgers_as_if_nothing_was_said_is_not_believed() {
    let (server, mirror) = left_behind().await;
    server.lie(|method, _, answer| match method {
        "getEvents" => {
            answer.body["result"]["oldestLedger"] = json!(61);
            let events = answer.body["result"]["events"].as_array_mut().unwrap();
            events.retain(|event| event["ledger"].as_u64().unwrap() >= 61);
        }
        "getHealth" => answer.body["result"]["oldestLedger"] = json!(61),
        _ => {}
    });
    let ended = ends_with(&server, &mirror).await;
    assert!(
        matches!(&ended, IndexerError::Source(error) if matches!(error, SourceError::BlocksMissing { from: 12, to: 60 })),
        "{ended}"
    );
}

#[tokio::test]
async fn a_window_that_moves_on_behind_the_mirror_is_no_matter() {
    let (server, mirror) = (Server::start().await, TestMirror::new().await);
    let running = Running::start(&mirror, &server.config(&contracts()));
    until("level", || is_level(&server, &mirror)).await;
    for data in 1..=20 {
        {
            let mut chain = server.chain();
            chain.create(data, 0);
            chain.close(3);
            chain.oldest = chain.newest().sequence() - 3;
        }
        until(&format!("grant {data}"), || mirror.stands(data)).await;
        until("level", || is_level(&server, &mirror)).await;
    }
    running.end().await;
}
