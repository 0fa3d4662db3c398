//! Back to a checkpoint.

use idos_mirror::{Checkpoint, MirrorError};

use crate::support::*;

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
