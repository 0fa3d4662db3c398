//! The life of a grant, and what the gate is told of it.

use idos_grants::{GrantChange, HistoryHead};
use idos_mirror::{Checkpoint, GrantState, MAX_ACCOUNTS, MirrorError};

use crate::support::*;

#[tokio::test]
async fn a_grant_stands_from_its_creation_to_its_revocation() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        assert!(access(&mirror, 1, 2, 3).await.is_empty());

        chain.extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        let [grant] = &access(&mirror, 1, 2, 3).await[..] else { panic!("one grant") };
        assert_eq!((grant.created_block, grant.created_at, grant.locked_until), (11, 110, 0));
        assert_eq!((grant.owner.address(), grant.grantee.address()), (person(1), person(2)));
        assert_eq!(grant.contract.account, grants_contract().account);
        assert_eq!(grant.state, GrantState::Standing);

        chain.extend(&writer, 12, &[(12, extended(1, 2, 3, 125))]).await;
        let [grant] = &access(&mirror, 1, 2, 3).await[..] else { panic!("one grant") };
        assert_eq!((grant.created_block, grant.created_at, grant.locked_until), (11, 110, 125));

        chain.extend(&writer, 13, &[(13, revoked(1, 2, 3, 125))]).await;
        assert_eq!(states(&access(&mirror, 1, 2, 3).await), [GrantState::Revoked { block: 13 }]);

        chain.extend(&writer, 14, &[(14, created(1, 2, 3))]).await;
        let again = access(&mirror, 1, 2, 3).await;
        assert_eq!(states(&again), [GrantState::Standing, GrantState::Revoked { block: 13 }]);
        assert_eq!(again[0].created_block, 14);
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_another_for_another_owner_grantee_or_data_id() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        Chain::of(grants_contract()).extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        for (owner, grantee, id) in [(9, 2, 3), (1, 9, 3), (1, 2, 9), (2, 1, 3)] {
            assert!(access(&mirror, owner, grantee, id).await.is_empty(), "{owner} {grantee} {id}");
        }
        let reader = mirror.reader();
        assert!(reader.access(&data(3), &[], &[person(2)]).await.unwrap().is_empty());
        let found = reader.access(&data(3), &[person(9), person(1)], &[person(8), person(2)]).await.unwrap();
        assert_eq!(found.len(), 1);
        let many = vec![person(1); MAX_ACCOUNTS + 1];
        assert!(matches!(
            reader.access(&data(3), &many, &[person(2)]).await,
            Err(MirrorError::TooManyAccounts { max: MAX_ACCOUNTS })
        ));
    })
    .await;
}

#[tokio::test]
async fn changes_of_one_grant_in_one_block_and_batch_all_count() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        let life = [
            (11, created(1, 2, 3)),
            (11, revoked(1, 2, 3, 0)),
            (11, created(1, 2, 3)),
            (11, extended(1, 2, 3, 200)),
        ];
        let head = chain.extend(&writer, 11, &life).await;
        let found = access(&mirror, 1, 2, 3).await;
        assert_eq!(states(&found), [GrantState::Standing, GrantState::Revoked { block: 11 }]);
        assert_eq!(found[0].locked_until, 200);
        let expected =
            life.iter().fold(HistoryHead::EMPTY, |head, (_, event)| head.after(&event_at(event, 110)));
        assert_eq!(head, expected);
        assert_eq!(rows(database.url()).await.len(), 3, "each change is a version");
    })
    .await;
}

#[tokio::test]
async fn a_grant_opens_the_gate_once_it_is_final_and_confirmed() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let account = grants_contract().account;
        let mut chain = Chain::of(grants_contract());
        let is_final = async || access(&mirror, 1, 2, 3).await[0].is_final();

        let head = chain.extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        assert!(!is_final().await, "neither final nor confirmed");
        writer.polled(&account, &block(11, 0), 11, 200).await.unwrap();
        assert!(!is_final().await, "final, but not confirmed");
        writer.verified(&account, &Checkpoint { block: block(11, 0), head }).await.unwrap();
        assert!(is_final().await, "both");
        writer.polled(&account, &block(11, 0), 10, 201).await.unwrap();
        assert!(is_final().await, "a source that lags takes no finality back");

        chain.extend(&writer, 12, &[(12, created(1, 2, 4))]).await;
        assert!(is_final().await);
        assert!(!access(&mirror, 1, 2, 4).await[0].is_final());
    })
    .await;
}

#[tokio::test]
async fn the_longest_lock_is_found_by_owner_and_by_data_id() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let lock = |owner, grantee, id, until| (11, grant(GrantChange::Created, owner, grantee, id, until));
        let mut chain = Chain::of(grants_contract());
        chain
            .extend(
                &writer,
                11,
                &[
                    lock(1, 2, 3, 200),
                    lock(1, 4, 3, 300),
                    lock(1, 2, 5, 400),
                    lock(7, 2, 3, 900),
                    lock(8, 2, 3, 0),
                ],
            )
            .await;
        let longest = async |owners: &[u8], id: Option<u8>| {
            let owners: Vec<_> = owners.iter().map(|owner| person(*owner)).collect();
            let locks = mirror.reader().locks(&owners, id.map(data).as_ref()).await.unwrap();
            locks.iter().map(|lock| lock.locked_until).collect::<Vec<_>>()
        };
        assert_eq!(longest(&[1], Some(3)).await, [300]);
        assert_eq!(longest(&[1], None).await, [400]);
        assert_eq!(longest(&[1, 7], Some(3)).await, [300, 900]);
        assert!(longest(&[8], None).await.is_empty(), "no timelock");
        assert!(longest(&[2], Some(3)).await.is_empty(), "a grantee's");
        assert!(longest(&[], None).await.is_empty());
        chain.extend(&writer, 41, &[(41, revoked(1, 4, 3, 300))]).await;
        assert_eq!(longest(&[1], Some(3)).await, [200], "ended with its grant");
    })
    .await;
}
