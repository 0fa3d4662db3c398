//! Which contracts are mirrored, how fresh and how trusted.

use idos_grants::HistoryHead;
use idos_mirror::{Broken, Checkpoint, Contract, ContractKind, MirrorError, MirrorReader};

use crate::support::*;

#[tokio::test]
async fn a_mirror_is_fresh_while_its_chain_answers_even_without_new_blocks() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let account = grants_contract().account;
        let state = async || mirror.reader().contract(&account).await.unwrap().unwrap();
        assert!(!state().await.is_fresh(0, 60), "nothing was seen");
        Chain::of(grants_contract()).extend(&writer, 11, &[]).await;
        assert!(state().await.is_fresh(170, 60) && !state().await.is_fresh(171, 60));
        writer.polled(&account, &block(11, 0), 0, 500).await.unwrap();
        assert!(state().await.is_fresh(560, 60));
        assert_eq!(state().await.seen.map(|seen| (seen.number, seen.time)), Some((11, 110)));
        let elsewhere = writer.polled(&account, &block(11, 7), 0, 900).await;
        assert!(matches!(elsewhere, Err(MirrorError::Moved(_))), "a poll of another fork refreshes nothing");
    })
    .await;
}

#[tokio::test]
async fn a_broken_contract_says_so_until_its_history_is_confirmed() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let account = grants_contract().account;
        let head = Chain::of(grants_contract()).extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        let broken = Broken { from_block: 10, to_block: 11, reason: "the head differs".into() };
        writer.mark_broken(&account, &broken).await.unwrap();
        assert_eq!(access(&mirror, 1, 2, 3).await[0].contract.broken, Some(broken));
        let other = HistoryHead([1; 32]);
        let wrong = writer.verified(&account, &Checkpoint { block: block(11, 0), head: other }).await;
        assert!(matches!(wrong, Err(MirrorError::Moved(_))), "another head confirms nothing");
        writer.verified(&account, &Checkpoint { block: block(11, 0), head }).await.unwrap();
        assert_eq!(access(&mirror, 1, 2, 3).await[0].contract.broken, None);
    })
    .await;
}

#[tokio::test]
async fn a_contract_is_registered_once_and_as_one_thing() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        Chain::of(grants_contract()).extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        let progress = writer.register(&grants_contract()).await.unwrap();
        assert_eq!(progress.seen.unwrap().block, block(11, 0), "it continues");
        let later = Contract { start_block: START + 1, ..grants_contract() };
        assert_eq!(writer.register(&later).await.unwrap().contract, grants_contract());
        for changed in [
            Contract { start_block: START - 1, ..grants_contract() },
            Contract { kind: ContractKind::CredentialStatus, ..grants_contract() },
        ] {
            assert!(matches!(writer.register(&changed).await, Err(MirrorError::ContractChanged(_))));
        }
        let known: Vec<_> =
            mirror.reader().contracts().await.unwrap().iter().map(|state| state.account).collect();
        assert_eq!(known, [grants_contract().account, status_contract().account]);

        writer.retain(&[status_contract().account]).await.unwrap();
        assert!(access(&mirror, 1, 2, 3).await.is_empty(), "a contract no longer followed opens nothing");
        assert_eq!(mirror.reader().contracts().await.unwrap().len(), 1);
        assert_eq!(writer.register(&grants_contract()).await.unwrap().seen, None);
    })
    .await;
}

#[tokio::test]
async fn a_mirror_is_found_again_as_it_was_left() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let head = Chain::of(grants_contract()).extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        mirror.close().await;
        let (mirror, writer) = open(database.url()).await;
        let seen = writer.progress(&grants_contract().account).await.unwrap().seen;
        assert_eq!(seen, Some(Checkpoint { block: block(11, 0), head }));
        assert_eq!(access(&mirror, 1, 2, 3).await.len(), 1);
        let only_reader = MirrorReader::open(database.url()).await.unwrap();
        assert_eq!(only_reader.seen(&grants_contract().account).await.unwrap(), seen);
        assert_eq!(only_reader.seen(&status_contract().account).await.unwrap(), None);
        assert_eq!(only_reader.contracts().await.unwrap().len(), 2);
    })
    .await;
}
