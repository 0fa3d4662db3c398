//! Servers that lie, lag, are of another network, or send half an answer.

use axum::http::StatusCode;
use idos_indexer::{
    Indexer, IndexerError,
    source::{Source, SourceError, stellar::StellarSource},
};
use serde_json::{Value, json};

use super::{
    chain::{Chain, chain, grants},
    contracts, equals_a_fresh_replay, is_level,
    server::{Answer, Server, config, rfc3339},
};
use crate::support::{Running, TestMirror, level, now, until};

type Lie = fn(&str, &mut Answer);

fn events(answer: &mut Answer) -> impl Iterator<Item = &mut Value> {
    answer.body["result"]["events"].as_array_mut().into_iter().flatten()
}

fn ledgers(answer: &mut Answer) -> impl Iterator<Item = &mut Value> {
    answer.body["result"]["ledgers"].as_array_mut().into_iter().flatten()
}

/// The symbol `grant_revoked`.
const REVOKED: &str = "AAAADwAAAA1ncmFudF9yZXZva2VkAAAA";

fn is_revocation(event: &Value) -> bool {
    event["topic"][0] == REVOKED
}

/// Answers that say something else than the contract did. The contract's own history finds them out.
const LIES: [(&str, Lie); 4] = [
    ("leaves out an event", |method, answer| {
        if method == "getEvents" {
            let events = answer.body["result"]["events"].as_array_mut().unwrap();
            events.retain(|event| !is_revocation(event));
        }
    }),
    ("says that a call failed that did not", |_, answer| {
        for event in events(answer).filter(|event| is_revocation(event)) {
            event["inSuccessfulContractCall"] = json!(false);
        }
    }),
    ("says that a call succeeded that did not", |_, answer| {
        for event in events(answer) {
            event["inSuccessfulContractCall"] = json!(true);
        }
    }),
    ("says another time", |_, answer| {
        for event in events(answer).filter(|event| event["ledger"] == json!(2)) {
            event["ledgerClosedAt"] = json!(rfc3339(1_800_000_001));
        }
    }),
];

/// Answers that cannot be true, or are none.
const FAULTS: [(&str, Lie); 18] = [
    ("half an answer", |_, answer| answer.cut = Some(60)),
    ("nothing", |_, answer| answer.cut = Some(0)),
    ("no JSON", |_, answer| answer.body = json!("<html>")),
    ("an error", |_, answer| answer.status = StatusCode::BAD_GATEWAY),
    ("a refusal", |_, answer| {
        answer.body =
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "database is locked"}})
    }),
    ("a refusal with a status", |_, answer| {
        answer.status = StatusCode::TOO_MANY_REQUESTS;
        answer.body = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "rate limit"}});
    }),
    ("no result", |_, answer| answer.body = json!({"jsonrpc": "2.0", "id": 1})),
    ("an oldest ledger after the latest", |method, answer| {
        if method == "getHealth" {
            answer.body["result"]["oldestLedger"] = json!(4_000_000_000_u32);
        }
    }),
    ("another ledger", |_, answer| ledgers(answer).for_each(|ledger| ledger["sequence"] = json!(1_000))),
    ("another hash", |_, answer| ledgers(answer).for_each(|ledger| ledger["hash"] = json!("07".repeat(32)))),
    ("half a header", |_, answer| {
        for ledger in ledgers(answer) {
            let header = ledger["headerXdr"].as_str().unwrap()[..100].to_owned();
            ledger["headerXdr"] = json!(header);
        }
    }),
    ("no ledger", |method, answer| {
        if method == "getLedgers" {
            answer.body["result"]["ledgers"] = json!([]);
        }
    }),
    ("half an event", |_, answer| events(answer).for_each(|event| event["value"] = json!("AAAA"))),
    ("an event without topics", |_, answer| {
        events(answer).for_each(|event| event["topic"] = json!([REVOKED]))
    }),
    ("an event of another ledger", |_, answer| {
        events(answer).for_each(|event| event["ledger"] = json!(3_000))
    }),
    ("an event at no time", |_, answer| {
        events(answer).for_each(|event| event["ledgerClosedAt"] = json!("today"))
    }),
    ("no cursor", |method, answer| {
        if method == "getEvents" {
            answer.body["result"].as_object_mut().unwrap().remove("cursor");
        }
    }),
    ("a cursor that does not move on", |method, answer| {
        if method == "getEvents" {
            answer.body["result"]["events"] = json!([]);
            answer.body["result"]["cursor"] = json!("0000000004294967296-0000000000");
        }
    }),
];

/// Grants 1 and 2, a failed call, and the revocation of 1.
async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut chain = server.chain();
        chain.create(1, 0);
        chain.close(1);
        chain.create(2, 0);
        chain.fail(9);
        chain.close(2);
        chain.revoke(1);
        chain.close(4);
    }
    server
}

fn source(server: &Server) -> StellarSource {
    StellarSource::new(chain(), &server.url, &contracts())
}

#[tokio::test]
async fn a_lie_closes_the_gate_until_the_server_is_honest() {
    for (name, lie) in LIES {
        let (server, mirror) = (server().await, TestMirror::new().await);
        server.lie(move |method, _, answer| lie(method, answer));
        let running = Running::start(&mirror, &server.config(&contracts()));
        until(&format!("{name}: the gate is closed"), || async { mirror.is_broken(&grants()).await }).await;
        server.be_honest();
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
        liar.lie(move |method, _, answer| lie(method, answer));
        level(&mirror, &config(&contracts(), &[&liar.url, &honest.url])).await;
        assert!(!mirror.stands(1).await && mirror.stands(2).await, "{name}");
        equals_a_fresh_replay(&honest, &mirror).await;
    }
}

#[tokio::test]
async fn a_faulty_answer_changes_nothing_and_is_overcome() {
    for (name, fault) in FAULTS {
        let (server, mirror) = (server().await, TestMirror::new().await);
        // The network is named all the same, or it would be a mistake of the configuration.
        server.lie(move |method, _, answer| {
            if method != "getNetwork" {
                fault(method, answer);
            }
        });
        let running = Running::start(&mirror, &server.config(&contracts()));
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
async fn every_kind_of_wrong_answer_has_its_own_stable_name() {
    let server = server().await;
    let names = |error: &SourceError| error.kind();
    let newest = u64::from(server.chain().newest().sequence());

    let beyond = source(&server).events(&grants(), 2, newest + 5).await.unwrap_err();
    assert_eq!((names(&beyond), &beyond), ("lags", &SourceError::Lags), "beyond the tip");
    assert_eq!(source(&server).block(newest + 1).await, Ok(None));

    server.chain().oldest = 4;
    let dropped = source(&server).events(&grants(), 2, newest).await.unwrap_err();
    assert_eq!((names(&dropped), dropped), ("blocks_missing", SourceError::BlocksMissing { from: 2, to: 3 }));
    server.chain().oldest = 1;

    let lie = |lie: Lie| server.lie(move |method, _, answer| lie(method, answer));
    let table: [(&str, &str, Lie); 5] = [
        ("malformed XDR", "invalid", |_, answer| {
            events(answer).for_each(|event| event["value"] = json!("AAAADf////8="))
        }),
        ("half an answer", "invalid", |_, answer| answer.cut = Some(60)),
        ("half an event", "invalid", |method, answer| {
            if method == "getEvents" {
                answer.body["result"]["events"][0] = json!({"type": "contract"});
            }
        }),
        ("a server that fell behind between two answers", "lags", |method, answer| {
            if method == "getEvents" {
                answer.body["result"]["latestLedger"] = json!(2);
            }
        }),
        ("a server that is down", "unavailable", |_, answer| answer.status = StatusCode::BAD_GATEWAY),
    ];
    for (name, kind, told) in table {
        lie(told);
        let error = source(&server).events(&grants(), 2, newest).await.unwrap_err();
        assert_eq!(names(&error), kind, "{name}: {error}");
    }
    server.be_honest();
    server.chain().passphrase = "Test SDF Network ; September 2015";
    let wrong = source(&server).check_chain().await.unwrap_err();
    assert_eq!(names(&wrong), "wrong_chain");
}

#[tokio::test]
async fn an_rpc_of_another_network_is_refused_by_name() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    server.chain().passphrase = "Test SDF Network ; September 2015";
    let mut indexer = Indexer::new(server.config(&contracts()), mirror.writer(), now).unwrap();
    let refused = indexer.run_until_level().await.unwrap_err();
    assert!(matches!(refused, IndexerError::Source(SourceError::WrongChain { .. })), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains("stellar:testnet") && said.contains("stellar:local"), "{said}");
    assert!(mirror.rows().await.is_empty());
}

#[tokio::test]
async fn the_next_server_is_asked_when_one_is_down_or_of_another_network() {
    let down: url::Url = "http://127.0.0.1:1".parse().unwrap();
    let (here, there) = (server().await, Server::start().await);
    there.chain().passphrase = "Test SDF Network ; September 2015";
    for rpcs in [[&down, &here.url], [&there.url, &here.url]] {
        let mirror = TestMirror::new().await;
        level(&mirror, &config(&contracts(), &rpcs)).await;
        equals_a_fresh_replay(&here, &mirror).await;
    }
}

#[tokio::test]
async fn a_server_whose_tip_goes_back_takes_nothing_back() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    let running = Running::start(&mirror, &server.config(&contracts()));
    until("level", || is_level(&server, &mirror)).await;
    let newest = u64::from(server.chain().newest().sequence());
    // As if another server had answered that is five ledgers behind, at which grant 1 still stood.
    let old = newest - 5;
    server.lie(move |method, params, answer| {
        let asked = params["startLedger"].as_u64();
        match method {
            "getHealth" => answer.body["result"]["latestLedger"] = json!(old),
            "getLedgers" if asked.is_some_and(|asked| asked > old) => {
                answer.body =
                    json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": "beyond"}});
            }
            _ => {}
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let state = mirror.state(&grants()).await;
    assert_eq!((state.seen.map(|seen| seen.number), state.broken), (Some(newest), None));
    assert!(!mirror.stands(1).await, "the revocation is not forgotten");
    server.be_honest();
    server.chain().create(3, 0);
    server.chain().close(1);
    until("it goes on", || mirror.stands(3)).await;
    running.end().await;
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn a_local_network_that_begins_anew_is_mirrored_anew() {
    for ledgers in [2, 6, 40] {
        let (server, mirror) = (server().await, TestMirror::new().await);
        let running = Running::start(&mirror, &server.config(&contracts()));
        until("level", || is_level(&server, &mirror)).await;
        {
            let mut chain = server.chain();
            *chain = Chain::new(2);
            chain.create(7, 0);
            chain.close(ledgers);
        }
        // While it is shorter than the mirror it may only lag.
        if ledgers < 7 {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            server.chain().close(40);
        }
        until(&format!("{ledgers} ledgers later"), || mirror.stands(7)).await;
        until("level again", || is_level(&server, &mirror)).await;
        running.end().await;
        assert!(!mirror.stands(2).await, "it was never granted there");
        equals_a_fresh_replay(&server, &mirror).await;
    }
}

#[tokio::test]
async fn a_page_that_comes_twice_counts_once() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    server.set_page(1);
    // Each page begins with the last event of the one before it.
    let last: std::sync::Mutex<Option<Value>> = std::sync::Mutex::default();
    server.lie(move |method, params, answer| {
        if method != "getEvents" || params["pagination"]["limit"] == 1 {
            return;
        }
        let mut last = last.lock().unwrap();
        if params["pagination"]["cursor"].is_null() {
            *last = None;
        }
        let events = answer.body["result"]["events"].as_array_mut().unwrap();
        let next = events.last().cloned();
        events.splice(0..0, last.take());
        *last = next;
    });
    level(&mirror, &server.config(&contracts())).await;
    server.be_honest();
    assert_eq!(mirror.rows().await.len(), 2);
    equals_a_fresh_replay(&server, &mirror).await;
}
