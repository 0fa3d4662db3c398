//! What the contracts themselves do, on Soroban's own host, is what the mirror holds.

use idos_contracts_stellar::credential_status::Status;
use idos_indexer::{Indexer, IndexerError, source::SourceError};
use idos_mirror::GrantState;

use super::local::Local;
use crate::support::{Running, TestMirror, level, now, until};

/// Longer than any entry lives that nobody extends.
const ARCHIVED_AFTER: u32 = 7_000_000;

#[tokio::test]
async fn every_verb_arrives_and_nothing_else_does() {
    let (local, mirror) = (Local::start().await, TestMirror::new().await);
    let lock = local.time().await + 1_000_000;
    local.create(1, 0).await;
    local.create(2, lock).await;
    local.revoke_in_vain(2).await;
    local.extend(2, lock + 5).await;
    local.revoke(1).await;
    local.forge(3).await;
    local.create_many(10..=29).await;
    local.create(1, 0).await;
    local.set_status(300, Status::Suspended).await;
    let contracts = local.contracts();
    level(&mirror, &local.config(&contracts)).await;

    let first = mirror.grants(1).await;
    assert!(matches!(first[0].state, GrantState::Revoked { .. }) && first[1].is_standing(), "{first:?}");
    assert_eq!(first[0].owner.to_string(), local.owner_account());
    let second = mirror.grants(2).await;
    assert_eq!((second[0].locked_until, second[0].is_standing()), (lock + 5, true));
    assert!(second[0].is_final());
    assert!(mirror.grants(3).await.is_empty(), "forged");
    for data in 10..=29 {
        assert!(mirror.stands(data).await, "{data}, of one call");
    }
    assert_eq!(mirror.rows().await.iter().filter(|row| row.starts_with("word")).count(), 1);
    for contract in contracts {
        let state = mirror.state(&contract).await;
        assert_eq!(state.verified_block, Some(local.newest().await), "confirmed by the contract");
    }
}

#[tokio::test]
async fn followed_live_the_mirror_is_a_replay() {
    let (local, mirror) = (Local::start().await, TestMirror::new().await);
    let config = local.config(&local.contracts());
    let running = Running::start(&mirror, &config);
    local.create(1, local.time().await + 3_600).await;
    until("the grant", || mirror.stands(1)).await;
    local.revoke_in_vain(1).await;
    local.advance(3_700).await;
    local.create(2, 0).await;
    local.revoke(1).await;
    until("the revocation", || async { !mirror.stands(1).await }).await;
    local.close(3).await;
    local.set_status(1, Status::Revoked).await;
    running.end().await;
    level(&mirror, &config).await;
    let fresh = TestMirror::new().await;
    level(&fresh, &config).await;
    assert_eq!(mirror.rows().await, fresh.rows().await);
    assert_eq!(mirror.rows().await.len(), 3);
}

#[tokio::test]
async fn an_archived_grant_is_not_revoked_and_restored_it_still_opens_the_gate() {
    let (local, mirror) = (Local::start().await, TestMirror::new().await);
    let contracts = local.contracts();
    let config = local.config(&contracts);
    local.create(1, 0).await;
    local.create(2, 0).await;
    level(&mirror, &config).await;
    let rows = mirror.rows().await;
    let opens = async |moment: &str| {
        level(&mirror, &config).await;
        let grant = mirror.grants(1).await.pop().unwrap();
        assert!(grant.is_standing() && grant.is_final(), "{moment}");
        let state = mirror.state(&contracts[0]).await;
        assert_eq!((state.verified_block, state.broken), (Some(local.newest().await), None), "{moment}");
    };
    local.skip(ARCHIVED_AFTER).await;
    assert!(local.is_archived(1).await);
    opens("archived").await;
    local.close(3).await;
    opens("evicted").await;
    local.extend_ttl(1).await;
    assert!(!local.is_archived(1).await && local.is_archived(2).await);
    opens("restored").await;
    assert_eq!(mirror.rows().await, rows, "neither archival nor restoring is an event");
    local.revoke(2).await;
    opens("after a call that restores what it needs by itself").await;
    assert!(!mirror.stands(2).await);

    let fresh = TestMirror::new().await;
    level(&fresh, &config).await;
    assert_eq!(mirror.rows().await, fresh.rows().await);
}

#[tokio::test]
async fn ledgers_that_the_server_dropped_unread_are_named() {
    let (local, mirror) = (Local::keeping(50).await, TestMirror::new().await);
    let config = local.config(&local.contracts());
    local.create(1, 0).await;
    level(&mirror, &config).await;
    let seen = local.newest().await;
    local.revoke(1).await;
    local.close(100).await;
    let mut indexer = Indexer::new(config, mirror.writer(), now).unwrap();
    let ended = indexer.run_until_level().await.unwrap_err();
    let oldest = local.newest().await - 49;
    let expected = SourceError::BlocksMissing { from: seen + 1, to: oldest - 1 };
    assert!(matches!(&ended, IndexerError::Source(error) if *error == expected), "{ended}, not {expected}");
    assert!(mirror.is_broken(&local.contracts()[0]).await || mirror.is_broken(&local.contracts()[1]).await);
}
