//! A contract's head after a ledger, though the RPC has only the newest state.

use idos_grants::{HistoryHead, Status};
use idos_indexer::source::{Source, SourceError, stellar::StellarSource};
use idos_mirror::{BlockHash, BlockRef};
use serde_json::json;

use super::{
    chain::{chain, grants, statuses},
    contracts, equals_a_fresh_replay, is_level,
    server::Server,
};
use crate::support::{TestMirror, level};

fn source(server: &Server) -> StellarSource {
    StellarSource::new(chain(), &server.url, &contracts())
}

/// The places of all ledgers, and both heads after each.
fn ledgers(server: &Server) -> Vec<(BlockRef, [HistoryHead; 2])> {
    let chain = server.chain();
    let place = |ledger: &super::chain::Ledger| {
        let hash = BlockHash(ledger.header.hash.0);
        (BlockRef { number: ledger.sequence().into(), hash, time: ledger.time() }, ledger.heads())
    };
    chain.ledgers.iter().map(place).collect()
}

/// Some ledgers in which much, little or nothing is said.
async fn server() -> Server {
    let server = Server::start().await;
    let mut chain = server.chain();
    chain.close(2);
    for data in 1..=12 {
        chain.create(data, 0);
        if data % 2 == 0 {
            chain.revoke(data);
        }
        if data % 3 == 0 {
            chain.set_status(data.into(), Status::Suspended);
        }
        chain.close(u32::from(data % 4));
    }
    chain.close(2);
    drop(chain);
    server
}

#[tokio::test]
async fn the_head_after_every_ledger_is_found() {
    let server = server().await;
    let source = source(&server);
    for (at, [grants_head, statuses_head]) in ledgers(&server) {
        let said = |head| Some(head).filter(|head| *head != HistoryHead::EMPTY);
        assert_eq!(source.history_head(&grants(), &at).await, Ok(said(grants_head)), "{at:?}");
        assert_eq!(source.history_head(&statuses(), &at).await, Ok(said(statuses_head)), "{at:?}");
    }
}

#[tokio::test]
async fn a_restored_head_is_the_head_it_was() {
    let server = server().await;
    let before = *ledgers(&server).last().unwrap();
    server.chain().restore();
    server.chain().close(3);
    let source = source(&server);
    assert_eq!(source.history_head(&grants(), &before.0).await, Ok(Some(before.1[0])), "nothing was said");
    server.chain().restore();
    server.chain().create(20, 0);
    server.chain().close(1);
    let source = StellarSource::new(chain(), &server.url, &contracts());
    assert_eq!(
        source.history_head(&grants(), &before.0).await,
        Ok(Some(before.1[0])),
        "and then something was"
    );

    let mirror = TestMirror::new().await;
    level(&mirror, &server.config(&contracts())).await;
    assert!(is_level(&server, &mirror).await && mirror.stands(20).await && mirror.stands(1).await);
}

#[tokio::test]
async fn ledgers_that_close_while_questions_are_asked_do_not_matter() {
    let (server, mirror) = (server().await, TestMirror::new().await);
    let (busy, data) = (server.clone(), std::sync::Mutex::new(100));
    server.lie(move |method, _, _| {
        let mut data = data.lock().unwrap();
        if method == "getLedgerEntries" && *data < 140 {
            *data += 1;
            // This answer is given already: the next one is of the ledger after it.
            busy.chain().create(*data, 0);
            busy.chain().close(1);
        }
    });
    level(&mirror, &server.config(&contracts())).await;
    assert_eq!(mirror.state(&grants()).await.broken, None);
    server.be_honest();
    equals_a_fresh_replay(&server, &mirror).await;
}

#[tokio::test]
async fn a_server_that_hears_of_a_ledger_a_moment_later_is_waited_for() {
    let server = server().await;
    let (newest, [head, _]) = *ledgers(&server).last().unwrap();
    let refusals = std::sync::Mutex::new(3);
    server.lie(move |method, _, answer| {
        let mut left = refusals.lock().unwrap();
        if method == "getLedgerEntries" && *left > 0 {
            *left -= 1;
            answer.body["result"] = json!({"entries": [], "latestLedger": 1});
        }
    });
    assert_eq!(source(&server).history_head(&grants(), &newest).await, Ok(Some(head)));
    server.lie(|method, _, answer| {
        if method == "getLedgerEntries" {
            answer.body["result"]["latestLedger"] = json!(1);
        }
    });
    let lagging = source(&server).history_head(&grants(), &newest).await;
    assert!(matches!(lagging, Err(SourceError::Invalid(_)) | Err(SourceError::Lags)), "{lagging:?}");
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_no_head() {
    let server = server().await;
    let places = ledgers(&server);
    let (first, newest) = (places[4].0, places.last().unwrap().0);
    type Lie = fn(&mut serde_json::Value);
    let table: [(&str, &str, BlockRef, Lie); 8] = [
        ("another entry", "getLedgerEntries", newest, |result| result["entries"][0]["key"] = json!("AAAA")),
        ("the other contract's entry", "getLedgerEntries", newest, |result| {
            result["entries"][0]["xdr"] = result["entries"][1]["xdr"].clone();
        }),
        ("half an entry", "getLedgerEntries", newest, |result| {
            result["entries"][0]["xdr"] = json!("AAAABgAA")
        }),
        ("written in the future", "getLedgerEntries", newest, |result| {
            result["entries"][0]["lastModifiedLedgerSeq"] = json!(4_000_000);
        }),
        ("no entries", "getLedgerEntries", newest, |result| *result = json!({"latestLedger": "many"})),
        ("half a transaction", "getTransaction", first, |result| result["resultMetaXdr"] = json!("AAAABAAA")),
        ("a transaction that changed nothing", "getTransaction", first, |result| {
            result["resultMetaXdr"] = json!("AAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        }),
        ("an old transaction", "getTransaction", first, |result| {
            result["resultMetaXdr"] = json!("AAAAAAAAAAA=")
        }),
    ];
    for (name, asked, at, lie) in table {
        server.lie(move |method, _, answer| {
            if method == asked {
                lie(&mut answer.body["result"]);
            }
        });
        let head = source(&server).history_head(&grants(), &at).await;
        assert!(matches!(head, Err(SourceError::Invalid(_))), "{name}: {head:?}");
    }
    server.lie(|method, _, answer| {
        if method == "getTransaction" {
            answer.body["result"] = json!({"status": "NOT_FOUND"});
        }
    });
    assert_eq!(source(&server).history_head(&grants(), &first).await, Err(SourceError::Lags));
}
