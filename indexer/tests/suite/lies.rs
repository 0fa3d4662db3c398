//! An RPC that lies is found out by the contract's own history head.

use serde_json::{Value, json};

use crate::support::{Chain, Proxy, Running, TestMirror, config, level, proxy::logs, until};

type Lie = fn(&Value, &mut Value);

/// Leaves out the revocation of grant 1.
fn drops_a_revocation(question: &Value, answer: &mut Value) {
    let revoked = json!(alloy_topic());
    if let Some(logs) = logs(question, answer) {
        logs.retain(|log| log["topics"][0] != revoked);
    }
}

fn alloy_topic() -> String {
    use alloy::sol_types::SolEvent;
    idos_contracts_evm::AccessGrants::GrantRevoked::SIGNATURE_HASH.to_string()
}

/// Returns at most one log, and does not say so.
fn truncates(question: &Value, answer: &mut Value) {
    if let Some(logs) = logs(question, answer) {
        logs.truncate(1);
    }
}

/// Adds a grant on data id 9.
fn invents(question: &Value, answer: &mut Value) {
    if let Some(logs) = logs(question, answer) {
        let Some(mut invented) = logs.last().cloned() else { return };
        invented["topics"] = logs[0]["topics"].clone();
        invented["topics"][3] = json!(format!("0x{}", "09".repeat(32)));
        invented["logIndex"] = json!("0x63");
        logs.push(invented);
    }
}

/// Says that everything was a second later.
fn alters_times(question: &Value, answer: &mut Value) {
    for log in logs(question, answer).into_iter().flatten() {
        let time = u64::from_str_radix(&log["blockTimestamp"].as_str().unwrap()[2..], 16).unwrap();
        log["blockTimestamp"] = json!(format!("{:#x}", time + 1));
    }
}

/// The contract's head is another one.
fn alters_the_head(question: &Value, answer: &mut Value) {
    if question["method"] == "eth_call" {
        answer["result"] = json!(format!("0x{}", "77".repeat(32)));
    }
}

/// A log that the contract cannot have emitted after those before it.
fn repeats_a_grant(question: &Value, answer: &mut Value) {
    if let Some(logs) = logs(question, answer).filter(|logs| !logs.is_empty()) {
        let mut again = logs[0].clone();
        again["logIndex"] = json!("0x63");
        logs.insert(1, again);
    }
}

const LIES: [(&str, Lie); 5] = [
    ("drops a revocation", drops_a_revocation),
    ("invents a grant", invents),
    ("alters times", alters_times),
    ("alters the head", alters_the_head),
    ("repeats a grant", repeats_a_grant),
];

/// Grants 1 and 2 in a block each, and the revocation of 1.
async fn chain() -> Chain {
    let chain = Chain::start().await;
    chain.create(1, 0).await;
    chain.create(2, 0).await;
    chain.revoke(1).await;
    chain.mine(3).await;
    chain
}

async fn rows(chain: &Chain) -> Vec<String> {
    let mirror = TestMirror::new().await;
    level(&mirror, &config(&[chain.grants_contract()], &[chain.rpc()])).await;
    mirror.rows().await
}

#[tokio::test]
async fn a_lie_closes_the_gate_until_the_rpc_is_honest() {
    let chain = chain().await;
    let (contract, truth) = (chain.grants_contract(), rows(&chain).await);
    for (name, lie) in LIES {
        let (proxy, mirror) = (Proxy::lying(chain.rpc(), lie).await, TestMirror::new().await);
        let running = Running::start(&mirror, &config(&[contract], &[&proxy.url]));
        until(&format!("{name}: the gate is closed"), || mirror.is_broken(&contract)).await;
        let broken = mirror.state(&contract).await.broken.unwrap();
        assert!(broken.from_block <= broken.to_block && !broken.reason.is_empty(), "{name}: {broken:?}");
        assert!(mirror.grants(9).await.iter().all(|grant| !grant.is_final()), "{name}");
        proxy.be_honest();
        let is_open = || async { !mirror.is_broken(&contract).await };
        until(&format!("{name}: the gate is open"), is_open).await;
        assert_eq!(mirror.rows().await, truth, "{name}");
        running.end().await;
    }
}

#[tokio::test]
async fn a_lie_that_comes_later_closes_the_gate_but_what_was_confirmed_before_stays() {
    let (chain, mirror) = (chain().await, TestMirror::new().await);
    let (contract, proxy) = (chain.grants_contract(), Proxy::start(chain.rpc()).await);
    let running = Running::start(&mirror, &config(&[contract], &[&proxy.url]));
    until("grant 2 is final", || async { mirror.grants(2).await.iter().any(|grant| grant.is_final()) }).await;
    let confirmed = chain.height().await;
    until("confirmed", || async { mirror.state(&contract).await.verified_block == Some(confirmed) }).await;
    proxy.lie(drops_a_revocation);
    chain.revoke(2).await;
    until("the gate is closed", || mirror.is_broken(&contract)).await;
    assert_eq!(mirror.state(&contract).await.broken.unwrap().from_block, confirmed + 1);
    assert!(mirror.stands(2).await, "as the contract said at the last confirmed block");
    proxy.be_honest();
    until("the revocation", || async { !mirror.stands(2).await && !mirror.is_broken(&contract).await }).await;
    running.end().await;
}

#[tokio::test]
async fn a_lie_is_corrected_at_once_by_a_second_rpc() {
    let chain = chain().await;
    let (contract, truth) = (chain.grants_contract(), rows(&chain).await);
    for (name, lie) in LIES {
        let (proxy, mirror) = (Proxy::lying(chain.rpc(), lie).await, TestMirror::new().await);
        level(&mirror, &config(&[contract], &[&proxy.url, chain.rpc()])).await;
        assert_eq!(mirror.rows().await, truth, "{name}");
        assert!(!mirror.is_broken(&contract).await, "{name}");
    }
}

#[tokio::test]
async fn an_rpc_that_silently_truncates_is_asked_smaller_questions() {
    let (chain, mirror) = (chain().await, TestMirror::new().await);
    let proxy = Proxy::lying(chain.rpc(), truncates).await;
    level(&mirror, &config(&[chain.grants_contract()], &[&proxy.url])).await;
    assert_eq!(mirror.rows().await, rows(&chain).await);
}
