//! What the contracts themselves do, on NEAR's own virtual machine, is what the mirror holds.

use idos_contracts_near::credential_status::Status;
use idos_devnet_near::rpc::BlockProduction;
use idos_mirror::GrantState;

use super::local::Local;
use crate::support::{Running, TestMirror, level, until};

#[tokio::test]
async fn every_verb_arrives_and_nothing_else_does() {
    let (local, mirror) = (Local::start(BlockProduction::OnDemand).await, TestMirror::new().await);
    let lock = local.time().await + 1_000_000;
    local.create(1, 0).await;
    local.create(2, lock).await;
    local.revoke_in_vain(2).await;
    local.extend(2, lock + 5).await;
    local.revoke(1).await;
    local.forge(3).await;
    local.create_many(10..=69).await;
    local.create(1, 0).await;
    local.set_status(300, Status::Suspended).await;
    let contracts = local.contracts();
    level(&mirror, &local.config(&contracts)).await;

    let first = mirror.grants(1).await;
    assert!(matches!(first[0].state, GrantState::Revoked { .. }) && first[1].is_standing(), "{first:?}");
    assert_eq!(first[0].owner.to_string(), "near:localnet:alice.near");
    let second = mirror.grants(2).await;
    assert_eq!((second[0].locked_until, second[0].is_standing()), (lock + 5, true));
    assert!(second[0].is_final());
    assert!(mirror.grants(3).await.is_empty(), "forged");
    for data in 10..=69 {
        assert!(mirror.stands(data).await, "{data}, of one call");
    }
    assert_eq!(mirror.rows().await.iter().filter(|row| row.starts_with("word")).count(), 1);
    for contract in contracts {
        let state = mirror.state(&contract).await;
        assert_eq!(state.verified_block, Some(local.height().await), "confirmed by the contract");
    }
}

#[tokio::test]
async fn a_timelock_ends_after_heights_that_hold_no_block() {
    const WEEK_SECS: u64 = 7 * 24 * 3_600;
    let (local, mirror) = (Local::start(BlockProduction::OnDemand).await, TestMirror::new().await);
    let config = local.config(&local.contracts());
    let running = Running::start(&mirror, &config);
    local.create(1, local.time().await + WEEK_SECS).await;
    until("the grant", || mirror.stands(1)).await;
    local.revoke_in_vain(1).await;
    local.fast_forward(WEEK_SECS + 60).await;
    local.revoke(1).await;
    until("the revocation", || async { !mirror.stands(1).await }).await;
    running.end().await;
    level(&mirror, &config).await;
    let fresh = TestMirror::new().await;
    level(&fresh, &config).await;
    assert_eq!(mirror.rows().await, fresh.rows().await);
}

#[tokio::test]
async fn a_revocation_counts_before_its_block_is_final_and_a_grant_only_after() {
    let (local, mirror) = (Local::start(BlockProduction::Manual).await, TestMirror::new().await);
    let config = local.config(&local.contracts());
    local.create(1, 0).await;
    // The transaction is in the first block, and runs in the second.
    local.blocks(2).await;
    for (blocks_on_top, is_final) in [(0, false), (1, false), (2, true)] {
        level(&mirror, &config).await;
        let grant = mirror.grants(1).await.pop().unwrap();
        assert_eq!(
            (grant.is_standing(), grant.is_final()),
            (true, is_final),
            "{blocks_on_top} blocks on top"
        );
        local.blocks(1).await;
    }
    local.revoke(1).await;
    local.blocks(2).await;
    level(&mirror, &config).await;
    assert!(!mirror.stands(1).await);
}
