//! What is decided before a profile is deleted, and written down after: nothing of the profile comes back.

#![allow(clippy::unwrap_used, reason = "what fails here is a failed test")]

use std::time::Duration;

use idos_api::profiles::DeletedCounts;
use idos_grants::DataId;
use idos_testdb::each;

use super::*;
use crate::db::purges::PURGES;

const NOW: u64 = 1_800_000_000;
const OWNER: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const READER: Uuid = Uuid::from_u128(3);

fn read_of(owner: Uuid) -> LoggedRead {
    let wallet = format!("eip155:0x{}", "ab".repeat(20)).parse().unwrap();
    let reader = Reader { owner, data_id: DataId([1; 32]), part: ReadPart::Content, profile: READER, wallet };
    LoggedRead { reader, read_at: NOW, bytes: 10 }
}

async fn house(url: &str) -> Arc<Db> {
    let db = Arc::new(crate::db::open(url, None).await.unwrap());
    let mut tx = db.command().await.unwrap();
    for profile in [OWNER, OTHER, READER] {
        table::profiles::insert(&mut tx, profile, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    db
}

/// As the command does it, but for the commit.
async fn deleting(db: &Db, profile: Uuid) -> Transaction {
    let mut tx = db.command().await.unwrap();
    for purge in PURGES {
        purge(&mut tx, profile, &mut DeletedCounts::default()).await.unwrap();
    }
    tx
}

async fn rows_of(url: &str, tables: &[&str]) -> Vec<String> {
    let tables: Vec<_> = tables.iter().map(|table| (*table, "1")).collect();
    idos_testdb::dump(url, &tables).await
}

const LOG: [&str; 3] = ["store_audit_chains", "store_audit_log", "store_log_readers"];

#[tokio::test]
async fn a_line_of_a_deleted_owner_is_not_written_and_brings_nothing_back() {
    for is_known in [true, false] {
        each(async |database| {
            let db = house(database.url()).await;
            let log = AuditLog::new(db.clone());
            if is_known {
                assert_eq!(log.record(&[read_of(OWNER), read_of(OTHER)]).await.unwrap(), [true, true]);
            }
            deleting(&db, OWNER).await.commit().await.unwrap();
            let reads = [read_of(OWNER), read_of(OTHER), read_of(OWNER)];
            assert_eq!(log.record(&reads).await.unwrap(), [false, true, false]);
            let rows = rows_of(database.url(), &LOG).await;
            assert!(!rows.iter().any(|row| row.contains(&OWNER.to_string())), "{rows:?}");
            let lines = if is_known { 2 } else { 1 };
            assert_eq!(rows_of(database.url(), &["store_audit_log"]).await.len(), lines, "the other's");
            let usage = rows_of(database.url(), &["store_usage"]).await;
            let uses = if is_known { 3 } else { 1 };
            assert!(usage[0].contains(&format!("uses={uses}")), "what was not read costs nothing: {usage:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_line_by_a_deleted_reader_does_not_name_her() {
    for is_known in [true, false] {
        each(async |database| {
            let db = house(database.url()).await;
            let log = AuditLog::new(db.clone());
            if is_known {
                log.record(&[read_of(OWNER)]).await.unwrap();
            }
            deleting(&db, READER).await.commit().await.unwrap();
            // Whom the node knows it still writes down, without her name; whom it does not, it does not get to know.
            assert_eq!(log.record(&[read_of(OWNER), read_of(OWNER)]).await.unwrap(), [is_known; 2]);
            let rows = rows_of(database.url(), &LOG).await;
            let traces = [READER.to_string(), "ab".repeat(20)];
            assert!(!rows.iter().any(|row| traces.iter().any(|trace| row.contains(trace))), "{rows:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn whichever_comes_first_a_deletion_and_a_line_beside_it_leave_nothing() {
    each(async |database| {
        let db = house(database.url()).await;
        let log = Arc::new(AuditLog::new(db.clone()));
        log.record(&[read_of(OWNER)]).await.unwrap();
        let tx = deleting(&db, OWNER).await;
        let late = tokio::spawn({
            let log = log.clone();
            async move { log.record(&[read_of(OWNER)]).await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!late.is_finished(), "it waits for the deletion");
        tx.commit().await.unwrap();
        assert_eq!(late.await.unwrap().unwrap(), [false]);
        assert_eq!(rows_of(database.url(), &LOG).await, [""; 0]);
    })
    .await;
}

/// On PostgreSQL, where lines are written beside commands: a line that is not committed yet goes with its chain.
#[tokio::test]
async fn a_deletion_waits_for_a_line_that_is_being_written() {
    each(async |database| {
        let db = house(database.url()).await;
        if !db.is_shared() {
            return;
        }
        let log = AuditLog::new(db.clone());
        log.record(&[read_of(OWNER)]).await.unwrap();
        let chain_id = log.chain(OWNER).await.unwrap().unwrap();
        let reader = log.reader(&read_of(OWNER)).await.unwrap().unwrap();
        let mut writing = db.begin().await.unwrap();
        let mut ends =
            BTreeMap::from([(chain_id, table::audit::end_of(&mut writing, chain_id).await.unwrap())]);
        let row = chained(&entry(chain_id, reader, &read_of(OWNER)), &mut ends).unwrap();
        assert!(table::audit::insert(&mut writing, true, &[row]).await.unwrap());
        let deletion = tokio::spawn({
            let db = db.clone();
            async move { deleting(&db, OWNER).await.commit().await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!deletion.is_finished(), "it waits for the line");
        writing.commit().await.unwrap();
        deletion.await.unwrap().unwrap();
        assert_eq!(rows_of(database.url(), &LOG).await, [""; 0]);
    })
    .await;
}
