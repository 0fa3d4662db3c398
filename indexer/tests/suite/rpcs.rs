//! RPCs that are of another chain, down, behind, or refuse large questions.

use std::{sync::Arc, time::Duration};

use idos_indexer::{Indexer, IndexerError};
use serde_json::{Value, json};

use crate::support::{Chain, Proxy, Running, TestMirror, config, level, now, proxy::blocks_asked, until};

fn is_of_another_chain(question: &Value, answer: &mut Value) {
    if question["method"] == "eth_chainId" {
        answer["result"] = json!("0x1");
    }
}

#[tokio::test]
async fn an_rpc_of_another_chain_is_refused_by_name() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    let wrong = Proxy::lying(chain.rpc(), is_of_another_chain).await;
    let mut indexer =
        Indexer::new(config(&chain.contracts(), &[&wrong.url, &wrong.url]), mirror.writer(), now).unwrap();
    let refused = indexer.run_until_level().await.unwrap_err();
    assert!(matches!(refused, IndexerError::Source(_)), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains("eip155:1,") && said.contains("eip155:31337"), "{said}");
}

#[tokio::test]
async fn an_rpc_of_another_chain_is_passed_over_where_another_one_is_right() {
    let chain = Chain::start().await;
    chain.create(1, 0).await;
    let wrong = Proxy::lying(chain.rpc(), is_of_another_chain).await;
    for urls in [[&wrong.url, chain.rpc()], [chain.rpc(), &wrong.url]] {
        let mirror = TestMirror::new().await;
        level(&mirror, &config(&chain.contracts(), &urls)).await;
        assert!(mirror.stands(1).await);
    }
}

#[tokio::test]
async fn an_rpc_that_turns_to_another_chain_is_not_followed_and_ends_nothing() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    let proxy = Proxy::start(chain.rpc()).await;
    let running = Running::start(&mirror, &config(&chain.contracts(), &[&proxy.url]));
    chain.create(1, 0).await;
    until("the grant", || mirror.stands(1)).await;
    proxy.set_down(true);
    tokio::time::sleep(Duration::from_millis(100)).await;
    proxy.lie(is_of_another_chain);
    proxy.set_down(false);
    chain.create(2, 0).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!mirror.stands(2).await);
    proxy.be_honest();
    until("the other grant", || mirror.stands(2)).await;
    running.end().await;
}

#[tokio::test]
async fn an_rpc_that_is_down_makes_the_mirror_stale_until_it_is_back() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    let (contract, proxy) = (chain.grants_contract(), Proxy::start(chain.rpc()).await);
    let running = Running::start(&mirror, &config(&[contract], &[&proxy.url]));
    until("level", || async { mirror.is_fresh(&contract).await }).await;
    proxy.set_down(true);
    chain.create(1, 0).await;
    let polled_at = mirror.state(&contract).await.polled_at;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(mirror.state(&contract).await.polled_at <= polled_at + 1, "nothing was heard");
    assert!(!mirror.stands(1).await);
    proxy.set_down(false);
    until("the grant", || mirror.stands(1)).await;
    assert!(mirror.state(&contract).await.polled_at > polled_at);
    running.end().await;
}

#[tokio::test]
async fn the_next_rpc_is_asked_when_one_is_down() {
    let chain = Chain::start().await;
    chain.create(1, 0).await;
    let (down, nobody) = (Proxy::start(chain.rpc()).await, "http://127.0.0.1:1".parse().unwrap());
    down.set_down(true);
    let mirror = TestMirror::new().await;
    level(&mirror, &config(&chain.contracts(), &[&down.url, &nobody, chain.rpc()])).await;
    assert!(mirror.stands(1).await);
}

#[tokio::test]
async fn an_rpc_that_lags_is_not_a_reorg() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    let contract = chain.grants_contract();
    let proxy = Proxy::start(chain.rpc()).await;
    chain.create(1, 0).await;
    chain.mine(3).await;
    chain.revoke(1).await;
    let running = Running::start(&mirror, &config(&[contract], &[&proxy.url]));
    let height = chain.height().await;
    let is_level = || async { mirror.state(&contract).await.seen.is_some_and(|seen| seen.number == height) };
    until("registered", || async { mirror.state_if_registered(&contract).await.is_some() }).await;
    until("level", is_level).await;
    // As if the server stood three blocks earlier; then, as if only the one that answers for blocks did.
    let old = Arc::new(block(&chain, height - 3).await);
    for tip_lags in [true, false] {
        let old = old.clone();
        proxy.lie(move |question, answer| {
            let asked = question["params"][0].as_str().unwrap_or_default();
            let number = u64::from_str_radix(asked.trim_start_matches("0x"), 16).unwrap_or_default();
            match (question["method"].as_str(), asked) {
                (Some("eth_getBlockByNumber"), "latest") if tip_lags => answer["result"] = (*old).clone(),
                (Some("eth_getBlockByNumber"), _) if number > height - 3 => answer["result"] = Value::Null,
                (Some("eth_getLogs"), _) => *answer = json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": "unknown block"}}),
                _ => {}
            }
        });
        if !tip_lags {
            chain.mine(2).await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        let state = mirror.state(&contract).await;
        assert!(
            state.seen.unwrap().number >= height && state.broken.is_none() && state.polled_at > 0,
            "{state:?}"
        );
        assert!(!mirror.stands(1).await, "the revocation is not forgotten");
    }
    proxy.be_honest();
    chain.create(2, 0).await;
    until("it goes on", || mirror.stands(2)).await;
    running.end().await;
}

async fn block(chain: &Chain, number: u64) -> Value {
    use alloy::providers::Provider;
    let asked = json!([format!("{number:#x}"), false]);
    chain.provider.raw_request("eth_getBlockByNumber".into(), asked).await.unwrap()
}

#[tokio::test]
async fn refused_ranges_are_asked_smaller() {
    let chain = Chain::start().await;
    for data in 1..=9 {
        chain.create(data, 0).await;
        chain.mine(3).await;
    }
    let whole = TestMirror::new().await;
    level(&whole, &config(&chain.contracts(), &[chain.rpc()])).await;
    let table = [
        ("with a suggestion", "You can make eth_getLogs requests with up to a 7 block range."),
        ("with a range", "Log response size exceeded. This block range should work: [0x1, 0x7]"),
        ("without", "query returned more than 10000 results"),
    ];
    for (name, message) in table {
        let proxy = Proxy::lying(chain.rpc(), move |question, answer| {
            if blocks_asked(question).is_some_and(|blocks| blocks > 7) {
                *answer = json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32005, "message": message}});
            }
        })
        .await;
        let mirror = TestMirror::new().await;
        level(&mirror, &config(&chain.contracts(), &[&proxy.url])).await;
        assert_eq!(mirror.rows().await, whole.rows().await, "{name}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (chain, mirror) = (Chain::start().await, TestMirror::new().await);
    chain.create(1, 0).await;
    let proxy = Proxy::lying(chain.rpc(), |question, answer| {
        if blocks_asked(question).is_some_and(|blocks| blocks > 2) {
            answer["padding"] = json!("x".repeat(33 << 20));
        }
    })
    .await;
    level(&mirror, &config(&[chain.grants_contract()], &[&proxy.url])).await;
    assert!(mirror.stands(1).await, "smaller questions were asked");
}
