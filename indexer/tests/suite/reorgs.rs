//! Exactly what a reorg undid is undone.

use alloy::providers::ext::AnvilApi;

use crate::support::{Chain, Running, TestMirror, config, level, until};

/// What is left equals what an indexer that starts now would find.
async fn equals_a_fresh_replay(chain: &Chain, mirror: &TestMirror) {
    let fresh = TestMirror::new().await;
    level(&fresh, &config(&chain.contracts(), &[chain.rpc()])).await;
    assert_eq!(mirror.rows().await, fresh.rows().await);
    for contract in chain.contracts() {
        assert_eq!(mirror.state(&contract).await.seen, fresh.state(&contract).await.seen);
        assert!(!mirror.is_broken(&contract).await);
    }
}

/// A chain on which grant 1 stands and grant 2 was revoked long ago.
async fn chain() -> Chain {
    let chain = Chain::start().await;
    chain.create(1, 0).await;
    chain.create(2, 0).await;
    chain.revoke(2).await;
    chain.mine(5).await;
    chain
}

#[tokio::test]
async fn a_grant_a_revocation_or_both_can_be_undone() {
    // What the undone blocks held, and whether grants 1 and 3 stand before and after.
    let table = [("a grant", false, true), ("a revocation", true, false), ("both", true, true)];
    for (name, revokes, creates) in table {
        let (chain, mirror) = (chain().await, TestMirror::new().await);
        let config = config(&chain.contracts(), &[chain.rpc()]);
        let running = Running::start(&mirror, &config);
        let mut depth = 0;
        if revokes {
            chain.revoke(1).await;
            depth += 1;
        }
        if creates {
            chain.create(3, 0).await;
            depth += 1;
        }
        let is_seen = || async { mirror.stands(1).await != revokes && mirror.stands(3).await == creates };
        until(&format!("{name} is seen"), is_seen).await;
        chain.reorg(depth).await;
        chain.mine(1).await;
        let is_undone = || async { mirror.stands(1).await && !mirror.stands(3).await };
        until(&format!("{name} is undone"), is_undone).await;
        running.end().await;
        level(&mirror, &config).await;
        equals_a_fresh_replay(&chain, &mirror).await;
    }
}

#[tokio::test]
async fn a_chain_that_came_back_shorter_and_went_on_differently_is_followed() {
    let (chain, mirror) = (chain().await, TestMirror::new().await);
    let config = config(&chain.contracts(), &[chain.rpc()]);
    level(&mirror, &config).await;
    let snapshot = chain.provider.anvil_snapshot().await.unwrap();
    for data in 3..6 {
        chain.create(data, 0).await;
        level(&mirror, &config).await;
    }
    chain.provider.anvil_revert(snapshot).await.unwrap();
    chain.create(6, 0).await;
    chain.revoke(1).await;
    level(&mirror, &config).await;
    equals_a_fresh_replay(&chain, &mirror).await;
}

#[tokio::test]
async fn a_reorg_deeper_than_finality_is_followed_too() {
    let (chain, mirror) = (chain().await, TestMirror::new().await);
    let config = config(&chain.contracts(), &[chain.rpc()]);
    chain.create(3, 0).await;
    chain.mine(10).await;
    level(&mirror, &config).await;
    assert!(mirror.grants(3).await[0].is_final());
    chain.reorg(12).await;
    chain.mine(1).await;
    level(&mirror, &config).await;
    assert!(!mirror.stands(3).await);
    equals_a_fresh_replay(&chain, &mirror).await;
}
