//! One suite, on both databases.

use crate::support::*;
use idos_grants::{Account, GrantChange, HistoryHead, Purpose, Status, status::Word};
use idos_mirror::{
    Broken, Checkpoint, Contract, ContractKind, GrantFilter, GrantState, Impossible, MAX_ACCOUNTS, Mirror,
    MirrorError, MirrorReader, MirroredGrant, PAGE_SIZE,
};

async fn access(mirror: &Mirror, owner: u8, grantee: u8, id: u8) -> Vec<MirroredGrant> {
    mirror.reader().access(&data(id), &[person(owner)], &[person(grantee)]).await.unwrap()
}

fn states(grants: &[MirroredGrant]) -> Vec<GrantState> {
    grants.iter().map(|grant| grant.state).collect()
}

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
async fn what_cannot_follow_is_refused_and_writes_nothing() {
    idos_testdb::each(async |database| {
        let (_mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        chain
            .extend(&writer, 11, &[(11, created(1, 2, 3)), (11, grant(GrantChange::Created, 1, 2, 4, 200))])
            .await;
        let table = [
            ("created twice", vec![(12, created(1, 2, 3))]),
            ("revoked, never created", vec![(12, revoked(1, 2, 9, 0))]),
            ("extended, never created", vec![(12, extended(1, 2, 9, 300))]),
            ("revoked while locked", vec![(12, revoked(1, 2, 4, 200))]),
            ("revoked with another lock", vec![(12, revoked(1, 2, 3, 7))]),
            ("extended to an earlier time", vec![(12, extended(1, 2, 4, 199))]),
            ("locked in milliseconds", vec![(12, grant(GrantChange::Created, 1, 2, 5, 1_700_000_000_000))]),
            ("to oneself", vec![(12, created(1, 1, 5))]),
            ("before the batch", vec![(11, created(1, 2, 5))]),
            ("after the batch", vec![(14, created(1, 2, 5))]),
            ("out of order", vec![(13, created(1, 2, 5)), (12, created(1, 2, 6))]),
            ("of another contract", vec![(12, word(1, 0, Purpose::Revocation, 0, Word([1; 32])))]),
            ("good, then bad", vec![(12, created(1, 2, 5)), (12, created(1, 2, 5))]),
        ];
        let before = everything(database.url()).await;
        for (name, events) in table {
            let batch = Chain { after: chain.after, ..Chain::of(grants_contract()) }.batch(13, &events);
            let result = writer.apply(&batch).await;
            assert!(matches!(result, Err(MirrorError::Inconsistent(_))), "{name}: {result:?}");
            assert_eq!(everything(database.url()).await, before, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_write_that_fails_half_way_leaves_everything_as_it_was() {
    idos_testdb::each(async |database| {
        let (_mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        chain.extend(&writer, 11, &[(11, created(1, 2, 3))]).await;
        // The last thing that a batch writes is a checkpoint: one that is there already makes it fail.
        let pool = sqlx::AnyPool::connect(database.url()).await.unwrap();
        let obstacle = "INSERT INTO mirror_checkpoints VALUES (1, 12, 'x', 0, 'x', 1)";
        sqlx::query(obstacle).execute(&pool).await.unwrap();
        let before = everything(database.url()).await;
        let batch = chain.batch(12, &[(12, created(4, 5, 6)), (12, revoked(1, 2, 3, 0))]);
        assert!(matches!(writer.apply(&batch).await, Err(MirrorError::Database(_))));
        assert_eq!(everything(database.url()).await, before);

        sqlx::query("DELETE FROM mirror_checkpoints WHERE hash = 'x'").execute(&pool).await.unwrap();
        pool.close().await;
        writer.apply(&batch).await.unwrap();
        assert_ne!(everything(database.url()).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_begins_elsewhere_is_refused() {
    idos_testdb::each(async |database| {
        let (_mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        let first = chain.batch(11, &[]);
        let second = chain.batch(12, &[]);
        assert!(matches!(writer.apply(&second).await, Err(MirrorError::Moved(_))), "a gap");
        writer.apply(&first).await.unwrap();
        assert!(matches!(writer.apply(&first).await, Err(MirrorError::Moved(_))), "twice");
        let mut other = Chain { after: Some(block(11, 7)), fork: 7, ..Chain::of(grants_contract()) };
        assert!(
            matches!(writer.apply(&other.batch(12, &[])).await, Err(MirrorError::Moved(_))),
            "another fork"
        );
        writer.apply(&second).await.unwrap();
        let unknown = Contract { account: idos_grants::Account::evm(1, [1; 20]), ..grants_contract() };
        let batch = Chain::of(unknown).batch(11, &[]);
        assert!(matches!(writer.apply(&batch).await, Err(MirrorError::UnknownContract(_))));
    })
    .await;
}

#[tokio::test]
async fn a_rollback_undoes_exactly_what_came_after() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let account = grants_contract().account;
        let mut chain = Chain::of(grants_contract());
        chain.extend(&writer, 11, &[(11, created(1, 2, 3)), (11, created(1, 2, 4))]).await;
        let head = chain.extend(&writer, 12, &[(12, created(1, 2, 5))]).await;
        writer.verified(&account, &Checkpoint { block: block(12, 0), head }).await.unwrap();
        let before = rows(database.url()).await;
        let after = [
            (13, revoked(1, 2, 3, 0)),
            (13, extended(1, 2, 4, 900)),
            (13, created(1, 2, 6)),
            (13, revoked(1, 2, 5, 0)),
        ];
        let head = chain.extend(&writer, 13, &after).await;
        writer.verified(&account, &Checkpoint { block: block(13, 0), head }).await.unwrap();
        assert_ne!(rows(database.url()).await, before);

        writer.roll_back(&account, Some(12)).await.unwrap();
        assert_eq!(rows(database.url()).await, before);
        let progress = writer.progress(&account).await.unwrap();
        assert_eq!(progress.seen.unwrap().block, block(12, 0));
        assert_eq!(progress.verified, progress.seen, "what was confirmed later was confirmed then");
        let state = mirror.reader().contract(&account).await.unwrap().unwrap();
        assert!(!state.is_fresh(130, 1_000), "not before the next poll");

        let nowhere = writer.roll_back(&account, Some(10)).await;
        assert!(matches!(nowhere, Err(MirrorError::UnknownCheckpoint { block: 10, .. })));
        writer.roll_back(&account, None).await.unwrap();
        assert!(rows(database.url()).await.is_empty());
        assert_eq!(writer.progress(&account).await.unwrap().seen, None);
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
async fn lists_are_paged_and_bounded() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(grants_contract());
        let many: Vec<_> = (0..=249).map(|id| (11, created(1, 2 + id % 2, id))).collect();
        chain.extend(&writer, 11, &many).await;
        chain
            .extend(
                &writer,
                12,
                &[(12, extended(1, 2, 0, 900)), (12, revoked(1, 3, 1, 0)), (12, created(5, 6, 0))],
            )
            .await;
        let table = [
            ("owner", GrantFilter { owner: Some(person(1)), ..Default::default() }, 250),
            ("grantee", GrantFilter { grantee: Some(person(3)), ..Default::default() }, 125),
            (
                "both",
                GrantFilter { owner: Some(person(1)), grantee: Some(person(2)), ..Default::default() },
                125,
            ),
            ("data id", GrantFilter { data_id: Some(data(0)), ..Default::default() }, 2),
            (
                "all three",
                GrantFilter { owner: Some(person(1)), grantee: Some(person(2)), data_id: Some(data(0)) },
                1,
            ),
            ("nobody", GrantFilter { owner: Some(person(99)), ..Default::default() }, 0),
            ("everything", GrantFilter::default(), 251),
        ];
        for (name, filter, expected) in table {
            for limit in [7, 1_000] {
                let listed = list(&mirror.reader(), &filter, limit).await;
                assert_eq!(listed.len(), expected, "{name}");
                let mut ids: Vec<_> =
                    listed.iter().map(|grant| (grant.owner, grant.grantee, grant.data_id)).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), expected, "{name}: none twice");
            }
        }
        let revoked =
            list(&mirror.reader(), &GrantFilter { data_id: Some(data(1)), ..Default::default() }, 9).await;
        assert_eq!(states(&revoked), [GrantState::Revoked { block: 12 }]);
    })
    .await;
}

async fn list(reader: &MirrorReader, filter: &GrantFilter, limit: u32) -> Vec<MirroredGrant> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = reader.grants(filter, cursor.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= limit.min(PAGE_SIZE) as usize);
        all.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => return all,
        }
    }
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

#[tokio::test]
async fn statuses_are_read_by_position_and_by_word() {
    idos_testdb::each(async |database| {
        let (mirror, writer) = open(database.url()).await;
        let account = status_contract().account;
        let mut chain = Chain::of(status_contract());
        let status = async |issuer, list, index| {
            mirror.reader().status_of(&account, &person(issuer), list, index).await.unwrap().unwrap().status
        };
        let bits = |bits: &[u32]| bits.iter().fold(Word::default(), |word, bit| word.with_bit(*bit, true));
        let suspended = |indexes: &[u32]| word(1, 2, Purpose::Suspension, 1, bits(indexes));
        let revoked = |indexes: &[u32]| word(1, 2, Purpose::Revocation, 1, bits(indexes));
        chain.extend(&writer, 11, &[(11, suspended(&[300])), (11, revoked(&[301]))]).await;
        assert_eq!(status(1, 2, 300).await, Status::Suspended);
        assert_eq!(status(1, 2, 301).await, Status::Revoked);
        for (issuer, list, index) in [(1, 2, 302), (1, 2, 44), (1, 3, 301), (9, 2, 301)] {
            assert_eq!(status(issuer, list, index).await, Status::Valid);
        }
        chain
            .extend(&writer, 12, &[(12, suspended(&[])), (12, revoked(&[301, 300])), (12, suspended(&[300]))])
            .await;
        assert_eq!(status(1, 2, 300).await, Status::Revoked, "which hides a suspension");
        let list = async |contract: &Account, list| {
            mirror.reader().status_list(contract, &person(1), list, Purpose::Revocation).await.unwrap()
        };
        let found = list(&account, 2).await.unwrap();
        assert_eq!(found.words, [(1, bits(&[300, 301]))]);
        assert_eq!(found.contract.seen.unwrap().number, 12);
        assert_eq!(list(&account, 3).await.unwrap().words, [], "never written");
        assert_eq!(list(&grants_contract().account, 2).await, None, "of another kind");

        writer.roll_back(&account, Some(11)).await.unwrap();
        assert_eq!(status(1, 2, 300).await, Status::Suspended);
        let reader = mirror.reader();
        assert_eq!(reader.status_of(&grants_contract().account, &person(1), 2, 3).await.unwrap(), None);
        let beyond = reader.status_of(&account, &person(1), 2, 131_072).await;
        assert!(matches!(beyond, Err(MirrorError::OutOfRange { value: 131_072, .. })));
    })
    .await;
}

#[tokio::test]
async fn status_events_that_cannot_follow_are_refused() {
    idos_testdb::each(async |database| {
        let (_mirror, writer) = open(database.url()).await;
        let mut chain = Chain::of(status_contract());
        let one = Word::default().with_bit(1, true);
        chain.extend(&writer, 11, &[(11, word(1, 0, Purpose::Revocation, 0, one))]).await;
        let table = [
            ("a revocation undone", word(1, 0, Purpose::Revocation, 0, Word::default().with_bit(2, true))),
            ("nothing changed", word(1, 0, Purpose::Revocation, 0, one)),
            ("beyond the list", word(1, 0, Purpose::Revocation, 512, one)),
            ("of another contract", created(1, 2, 3)),
        ];
        for (name, event) in table {
            let batch =
                Chain { after: chain.after, ..Chain::of(status_contract()) }.batch(12, &[(12, event)]);
            let result = writer.apply(&batch).await;
            assert!(matches!(result, Err(MirrorError::Inconsistent(_))), "{name}: {result:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_impossible_event_is_named() {
    idos_testdb::each(async |database| {
        let (_mirror, writer) = open(database.url()).await;
        let batch = Chain::of(grants_contract()).batch(12, &[(11, created(1, 2, 3)), (12, created(1, 2, 3))]);
        let Err(MirrorError::Inconsistent(found)) = writer.apply(&batch).await else { panic!("refused") };
        assert_eq!((found.block, found.log_index), (12, 0));
        assert_eq!(found.why, Impossible::Grant(idos_grants::GrantError::GrantExists));
    })
    .await;
}

#[tokio::test]
async fn checkpoints_reach_back_to_the_start_and_stay_few() {
    idos_testdb::each(async |database| {
        let (_mirror, writer) = open(database.url()).await;
        let account = grants_contract().account;
        let mut chain = Chain::of(grants_contract());
        for upto in (1..=60).map(|n| n * 100) {
            chain.final_block = upto - 50;
            chain
                .extend(
                    &writer,
                    upto,
                    &[
                        (upto - 60, created(1, 2, (upto / 100) as u8)),
                        (upto - 20, created(1, 3, (upto / 100) as u8)),
                    ],
                )
                .await;
        }
        let found = writer.checkpoints_below(&account, u64::MAX >> 1, 1_000).await.unwrap();
        let blocks: Vec<u64> = found.iter().map(|found| found.block.number).collect();
        // The last block, the block above the final one that had an event, the newest that is final; then one a stride.
        assert_eq!(blocks, [6_000, 5_980, 5_900, 5_180, 4_100, 3_080, 2_080, 1_080, 80]);
        for checkpoint in found.iter().skip(1) {
            writer.roll_back(&account, Some(checkpoint.block.number)).await.unwrap();
            assert_eq!(writer.progress(&account).await.unwrap().seen.unwrap(), *checkpoint);
        }
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
