//! Servers that lie, lag, are of another chain, or send half an answer.

use axum::http::StatusCode;
use idos_indexer::{
    Indexer, IndexerError,
    source::{Source, SourceError, near::NearSource},
};
use serde_json::{Value, json};

use super::{
    chain::{Chain, GENESIS_HEIGHT, grants, line, statuses},
    equals_a_fresh_replay,
    server::{Answer, Server, config},
};
use crate::support::{Running, TestMirror, level, now, until};

type Lie = fn(&str, &mut Answer);

fn receipts(answer: &mut Answer) -> Option<&mut Vec<Value>> {
    answer.body["shards"][1]["receipt_execution_outcomes"].as_array_mut()
}

fn first_log(answer: &mut Answer) -> Option<&mut Value> {
    let receipt = receipts(answer)?.first_mut()?;
    receipt["execution_outcome"]["outcome"]["logs"].get_mut(1)
}

fn is_revocation(receipt: &Value) -> bool {
    receipt.to_string().contains("grant_revoked")
}

/// Answers that say something else than the contract did. The contract's own history finds them out.
const LIES: [(&str, Lie); 4] = [
    ("leaves out a receipt", |_, answer| {
        if let Some(receipts) = receipts(answer) {
            receipts.retain(|receipt| !is_revocation(receipt));
        }
    }),
    ("says that a call failed that did not", |_, answer| {
        for receipt in receipts(answer).into_iter().flatten().filter(|receipt| is_revocation(receipt)) {
            receipt["execution_outcome"]["outcome"]["status"] = json!({"Failure": {}});
        }
    }),
    ("says that a call succeeded that did not", |_, answer| {
        for receipt in receipts(answer).into_iter().flatten() {
            receipt["execution_outcome"]["outcome"]["status"] = json!({"SuccessValue": ""});
        }
    }),
    ("says another time", |_, answer| {
        if let Some(time) = answer.body["block"]["header"].get_mut("timestamp_nanosec") {
            *time = json!("1800000999000000000");
        }
    }),
];

/// Answers that cannot be true, or are none.
const FAULTS: [(&str, Lie); 14] = [
    ("half a block", |_, answer| answer.cut = Some(200)),
    ("nothing", |_, answer| answer.cut = Some(0)),
    ("no JSON", |_, answer| answer.body = json!("<html>")),
    ("an error", |_, answer| answer.status = StatusCode::BAD_GATEWAY),
    ("no shards", |_, answer| drop(answer.body.as_object_mut().map(|block| block.remove("shards")))),
    ("another height", |_, answer| {
        answer.body["block"]["header"]["height"] = json!(GENESIS_HEIGHT + 1_000);
    }),
    ("a block before its parent", |_, answer| {
        answer.body["block"]["header"]["prev_height"] = json!(GENESIS_HEIGHT + 1_000);
    }),
    ("no hash", |_, answer| answer.body["block"]["header"]["hash"] = json!("0OIl")),
    ("a hash too long", |_, answer| answer.body["block"]["header"]["hash"] = json!("z".repeat(45))),
    ("another parent", |_, answer| {
        answer.body["block"]["header"]["prev_hash"] = json!("5".repeat(43));
    }),
    ("a receipt of another block", |_, answer| {
        for receipt in receipts(answer).into_iter().flatten() {
            receipt["execution_outcome"]["block_hash"] = json!("5".repeat(43));
        }
    }),
    ("a receipt that ran elsewhere", |_, answer| {
        for receipt in receipts(answer).into_iter().flatten() {
            receipt["receipt"]["receiver_id"] = json!("forger.near");
        }
    }),
    ("an event without a field", |_, answer| {
        let data = json!([{"owner": "alice.near", "grantee": "bank.near", "data_id": "09".repeat(32)}]);
        if let Some(log) = first_log(answer) {
            *log = json!(line("idos-access-grants", "grant_created", data));
        }
    }),
    ("a redirect without end", |question, answer| {
        if question.starts_with("block") {
            answer.location = Some("/v0/block/101".to_owned());
        }
    }),
];

/// Grants 1 and 2, a failed call, and the revocation of 1, all final.
async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut chain = server.chain();
        chain.create(1, 0);
        chain.mine(1);
        chain.create(2, 0);
        chain.forge("grants.near", false);
        chain.skip(1);
        chain.revoke(1);
        chain.mine(4);
    }
    server
}

async fn is_level(server: &Server, mirror: &TestMirror) -> bool {
    let height = server.chain().newest().height;
    for contract in [grants(), statuses()] {
        if mirror.state(&contract).await.verified_block != Some(height) {
            return false;
        }
    }
    true
}

/// The lie, told of blocks alone.
fn of_blocks(lie: Lie) -> impl Fn(&str, &mut Answer) {
    move |question, answer| {
        if question.starts_with("block") && !question.starts_with("block {") && !answer.body.is_null() {
            lie(question, answer);
        }
    }
}

#[tokio::test]
async fn a_lie_closes_the_gate_until_the_server_is_honest() {
    for (name, lie) in LIES {
        let (server, mirror) = (server().await, TestMirror::new().await);
        server.lie(of_blocks(lie));
        let running = Running::start(&mirror, &server.config(&[grants(), statuses()]));
        until(&format!("{name}: the gate is closed"), || async { mirror.is_broken(&grants()).await }).await;
        server.be_honest();
        // Times of blocks without an event are nobody's history; the next block corrects them.
        server.chain().mine(1);
        until(&format!("{name}: the gate is open"), || is_level(&server, &mirror)).await;
        running.end().await;
        equals_a_fresh_replay(&server, &mirror).await;
    }
}

#[tokio::test]
async fn a_lie_is_corrected_at_once_by_a_second_server() {
    for (name, lie) in LIES {
        let (liar, mirror) = (server().await, TestMirror::new().await);
        let honest = liar.another().await;
        liar.lie(of_blocks(lie));
        let contracts = [grants(), statuses()];
        level(&mirror, &config(&contracts, &[&liar.url, &honest.url], &[&honest.url])).await;
        assert!(!mirror.stands(1).await && mirror.stands(2).await, "{name}");
        honest.chain().mine(1);
        level(&mirror, &honest.config(&contracts)).await;
        equals_a_fresh_replay(&honest, &mirror).await;
    }
}

#[tokio::test]
async fn a_faulty_answer_changes_nothing_and_is_overcome() {
    for (name, fault) in FAULTS {
        let (server, mirror) = (server().await, TestMirror::new().await);
        server.lie(of_blocks(fault));
        let running = Running::start(&mirror, &server.config(&[grants(), statuses()]));
        until("registered", || async { mirror.state_if_registered(&grants()).await.is_some() }).await;
        tokio::time::sleep(std::time::Duration::from_millis(80)).await;
        let state = mirror.state(&grants()).await;
        assert_eq!((state.verified_block, state.broken), (None, None), "{name}");
        assert!(mirror.rows().await.is_empty(), "{name}");
        server.be_honest();
        until(&format!("{name}: level"), || is_level(&server, &mirror)).await;
        running.end().await;
        equals_a_fresh_replay(&server, &mirror).await;
    }
}

#[tokio::test]
async fn the_next_server_of_either_kind_is_asked_when_one_is_down() {
    let down: url::Url = "http://127.0.0.1:1".parse().unwrap();
    let server = server().await;
    let (up, contracts) = (&server.url, [grants(), statuses()]);
    for (blocks, rpcs) in [([&down, up], [&down, up]), ([up, &down], [&down, up]), ([&down, up], [up, &down])]
    {
        let mirror = TestMirror::new().await;
        level(&mirror, &config(&contracts, &blocks, &rpcs)).await;
        equals_a_fresh_replay(&server, &mirror).await;
    }
}

#[tokio::test]
async fn an_rpc_of_another_chain_is_refused_by_name() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    server.chain().chain_id = "testnet";
    let mut indexer = Indexer::new(server.config(&[grants()]), mirror.writer(), now).unwrap();
    let refused = indexer.run_until_level().await.unwrap_err();
    assert!(matches!(refused, IndexerError::Source(_)), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains("near:testnet,") && said.contains("near:localnet"), "{said}");
}

#[tokio::test]
async fn a_block_server_of_another_chain_is_refused_whichever_is_ahead() {
    for blocks_more in [0, 3, 90] {
        let (here, there) = (server().await, Server::start().await);
        *there.chain() = Chain::new(2);
        there.chain().mine(6 + blocks_more);
        here.chain().mine(3);
        let mirror = TestMirror::new().await;
        let config = config(&[grants()], &[&there.url], &[&here.url]);
        let mut indexer = Indexer::new(config, mirror.writer(), now).unwrap();
        let refused = indexer.run_until_level().await.unwrap_err().to_string();
        assert!(refused.contains("different chains"), "{refused}");
        assert!(mirror.rows().await.is_empty());
    }
}

#[tokio::test]
async fn a_server_that_jumps_back_takes_nothing_back() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    let behind = server.another().await;
    let config = config(&[grants(), statuses()], &[&behind.url], &[&server.url]);
    let running = Running::start(&mirror, &config);
    let height = server.chain().newest().height;
    let is_level = || async {
        mirror.state_if_registered(&grants()).await.is_some_and(|state| state.verified_block == Some(height))
    };
    until("level", is_level).await;
    // As if the block server had come back from a copy of three blocks earlier.
    let old = height - 3;
    behind.lie(move |question, answer| {
        let asked = question.split('/').next_back().and_then(|asked| asked.parse::<u64>().ok());
        match question {
            "last_block/optimistic" => answer.location = Some(format!("/v0/block_opt/{old}")),
            _ if asked.is_some_and(|asked| asked > old) => answer.body = Value::Null,
            _ => {}
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let state = mirror.state(&grants()).await;
    assert_eq!((state.seen.map(|seen| seen.number), state.broken), (Some(height), None));
    assert!(!mirror.stands(1).await, "the revocation is not forgotten");
    behind.be_honest();
    server.chain().create(3, 0);
    server.chain().mine(1);
    until("it goes on", || mirror.stands(3)).await;
    running.end().await;
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn a_height_that_a_server_does_not_have_yet_is_not_taken_for_skipped() {
    let heights: Vec<_> = server().await.chain().blocks.iter().map(|block| block.height).collect();
    for height in heights {
        let (server, mirror) = (server().await, TestMirror::new().await);
        let missing = format!("/{height}");
        server.lie(move |question, answer| {
            if question.starts_with("block") && question.ends_with(&missing) {
                answer.body = Value::Null;
            }
        });
        let running = Running::start(&mirror, &server.config(&[grants(), statuses()]));
        until("registered", || async { mirror.state_if_registered(&statuses()).await.is_some() }).await;
        tokio::time::sleep(std::time::Duration::from_millis(80)).await;
        let state = mirror.state(&grants()).await;
        assert!(state.seen.is_none_or(|seen| seen.number < height), "{height}: {state:?}");
        assert_eq!(state.broken, None, "{height}");
        server.be_honest();
        until(&format!("{height}: level"), || is_level(&server, &mirror)).await;
        running.end().await;
        equals_a_fresh_replay(&server, &mirror).await;
    }
}

#[tokio::test]
async fn a_block_of_another_fork_than_the_newest_is_not_taken_for_its_parent() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    let undone = {
        let mut chain = server.chain();
        chain.create(3, 0);
        chain.mine(1);
        let undone = chain.newest().json();
        chain.undo(1);
        chain.mine(2);
        undone
    };
    let place = format!("block_opt/{}", undone["block"]["header"]["height"]);
    server.lie(move |question, answer| {
        if question == place {
            answer.body = undone.clone();
        }
    });
    let running = Running::start(&mirror, &server.config(&[grants(), statuses()]));
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert!(mirror.grants(3).await.is_empty());
    server.be_honest();
    until("level", || async {
        mirror.state_if_registered(&statuses()).await.is_some() && is_level(&server, &mirror).await
    })
    .await;
    running.end().await;
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn another_block_than_the_one_asked_for_is_invalid() {
    let server = server().await;
    let other = server.chain().at(GENESIS_HEIGHT + 1).unwrap().json();
    server.lie(move |question, answer| {
        if question == format!("block/{}", GENESIS_HEIGHT + 3) {
            answer.body = other.clone();
        }
    });
    let source = NearSource::new(super::chain::chain(), &server.url, &server.url);
    let found = source.block(GENESIS_HEIGHT + 3).await;
    assert!(matches!(found, Err(SourceError::Invalid(_))), "{found:?}");
}

#[tokio::test]
async fn an_rpc_that_hears_of_a_block_a_moment_later_is_waited_for() {
    let server = server().await;
    let refusals = std::sync::Mutex::new(3);
    server.lie(move |question, answer| {
        let mut left = refusals.lock().unwrap();
        if question.starts_with("query") && *left > 0 {
            *left -= 1;
            let error = json!({"name": "HANDLER_ERROR", "cause": {"name": "UNKNOWN_BLOCK", "info": {}}, "code": -32000, "message": "Server error", "data": "DB Not Found Error"});
            answer.body = json!({"jsonrpc": "2.0", "id": "idos", "error": error});
            answer.status = StatusCode::UNPROCESSABLE_ENTITY;
        }
    });
    let source = NearSource::new(super::chain::chain(), &server.url, &server.url);
    let newest = source.tip().await.unwrap().newest;
    let head = source.history_head(&grants(), &newest).await.unwrap();
    assert_eq!(head, Some(server.chain().heads[&newest.hash.0][0]));
}

#[tokio::test]
async fn a_view_of_another_block_is_invalid() {
    let server = server().await;
    let source = NearSource::new(super::chain::chain(), &server.url, &server.url);
    let newest = source.tip().await.unwrap().newest;
    server.lie(|question, answer| {
        if question.starts_with("query") {
            answer.body["result"]["block_hash"] = json!("5".repeat(43));
        }
    });
    let head = source.history_head(&grants(), &newest).await;
    assert!(matches!(head, Err(SourceError::Invalid(_))), "{head:?}");
}

#[tokio::test]
async fn a_block_larger_than_most_is_read_all_the_same() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    server.lie(of_blocks(|_, answer| answer.body["padding"] = json!("x".repeat(17 << 20))));
    server.chain().undo(5);
    level(&mirror, &server.config(&[grants()])).await;
    assert!(mirror.stands(1).await);
}

#[tokio::test]
async fn answers_that_are_not_redirects_are_understood() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    let newest = server.chain().newest().json();
    server.lie(move |question, answer| {
        if question == "last_block/optimistic" {
            (answer.location, answer.body) = (None, newest.clone());
        }
    });
    level(&mirror, &server.config(&[grants(), statuses()])).await;
    server.be_honest();
    equals_a_fresh_replay(&server, &mirror).await;
}
