//! A batch is applied whole, where the last one ended, or not at all.

use idos_grants::{GrantChange, Purpose, status::Word};
use idos_mirror::{Contract, Impossible, MirrorError};

use crate::support::*;

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
