//! Who read is erased from others' audit logs, when the reader leaves or the term is over; the logs stay whole.

use idos_api::audit::{ErasedBecause, LogReader, Read, SignedLogHead};
use idos_grants::DataId;
use idos_testdb::each;

use crate::{
    audit::{check, whole_log},
    support::{House, Issuer, Person},
};

const DAY: u64 = 24 * 60 * 60;

/// A copy of `owner` that `reader` has read so often, and somebody else once.
async fn read_by(house: &mut House, owner: &Person, reader: &Person, times: usize) -> DataId {
    let other = Person::new(house, 77).await;
    let (original, _) = owner.store(house, &Issuer::number(1)).await;
    let (copy, _) = owner.share(house, original, reader).await;
    for grantee in [reader, &other] {
        house.grants.create(house.now(), owner.account, grantee.account, copy, 0).await;
    }
    for _ in 0..times {
        assert_eq!(reader.read(house, copy).await.status, 200);
    }
    assert_eq!(other.read(house, copy).await.status, 200);
    copy
}

fn erased(because: ErasedBecause) -> LogReader {
    LogReader::Erased { because }
}

/// As somebody sees it who kept `head` and knows that the lines under it were `before`.
fn goes_on(reads: &[Read], before: &[Read], head: &SignedLogHead) {
    let hashes = |reads: &[Read]| reads.iter().rev().map(|read| read.hash).collect::<Vec<_>>();
    assert_eq!(hashes(reads)[..before.len()], hashes(before));
    assert_eq!(hashes(reads)[before.len() - 1], head.head.hash);
}

#[tokio::test]
async fn a_reader_who_leaves_is_in_no_table_and_no_file_and_the_log_is_what_it_was() {
    each(async |database| {
        let in_files = database.name() == "sqlite";
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        read_by(&mut house, &owner, &reader, 3).await;
        let (before, kept) = whole_log(&house, &owner).await;
        check(&owner, &before, &kept);
        let LogReader::Shown { profile_id, wallet, salt } = before[3].reader else { panic!("erased") };
        assert_eq!(profile_id, reader.profile_id);
        let address = reader.account.address().to_string();
        assert!(wallet.to_string().contains(&address));
        let traces = [address.clone(), salt.to_string()];
        for trace in &traces {
            assert!(house.rows().await.iter().any(|(_, row)| row.contains(trace)), "the search finds it");
            assert!(!in_files || house.holds(trace.as_bytes()));
        }

        let path = format!("/v1/profile?profile_id={}", reader.profile_id);
        assert_eq!(reader.delete(&house, &path).await.status, 200);
        let (after, head) = whole_log(&house, &owner).await;
        check(&owner, &after, &head);
        goes_on(&after, &before, &kept);
        assert_eq!((head.head.reads, head.head.hash), (kept.head.reads, kept.head.hash));
        assert_eq!(after[0], before[0], "who did not leave is shown as before");
        for (after, before) in after[1..].iter().zip(&before[1..]) {
            assert_eq!(after.reader, erased(ErasedBecause::ProfileDeleted));
            assert_eq!(after.reader_commitment, before.reader_commitment);
        }
        for (table, row) in house.rows().await {
            let is_found = traces.iter().any(|trace| row.contains(trace));
            assert!(!is_found || table == "store_sessions", "until it ends, the session that asked: {table}");
        }

        house.pass_with_chain(2 * DAY).await;
        house.housekeeping().await;
        for trace in &traces {
            assert!(!house.rows().await.iter().any(|(_, row)| row.contains(trace)));
            assert!(!in_files || !house.holds(trace.as_bytes()), "no table, no log, no blob");
        }
        house.reopen().await;
        let owner = owner.back(&house, 1).await;
        let (reads, head) = whole_log(&house, &owner).await;
        check(&owner, &reads, &head);
        goes_on(&reads, &after, &kept);
    })
    .await;
}

#[tokio::test]
async fn who_comes_back_with_the_same_wallet_is_somebody_new() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let copy = read_by(&mut house, &owner, &reader, 1).await;
        let path = format!("/v1/profile?profile_id={}", reader.profile_id);
        assert_eq!(reader.delete(&house, &path).await.status, 200);
        let reader = Person::new(&house, 2).await;
        assert_eq!(reader.read(&house, copy).await.status, 200, "the grant is to the wallet");
        let (reads, head) = whole_log(&house, &owner).await;
        check(&owner, &reads, &head);
        assert!(
            matches!(reads[0].reader, LogReader::Shown { profile_id, .. } if profile_id == reader.profile_id)
        );
        assert_eq!(
            reads[2].reader,
            erased(ErasedBecause::ProfileDeleted),
            "nothing tells that it is the same"
        );
        assert_ne!(reads[0].reader_commitment, reads[2].reader_commitment);
    })
    .await;
}

#[tokio::test]
async fn readers_are_kept_for_the_term_and_no_longer() {
    each(async |database| {
        let mut house = House::build_with(database, |config| config.readers_kept_days = Some(60)).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let copy = read_by(&mut house, &owner, &reader, 2).await;
        let (before, kept) = whole_log(&house, &owner).await;
        house.pass_with_chain(59 * DAY).await;
        house.housekeeping().await;
        let (owner, reader) = (owner.back(&house, 1).await, reader.back(&house, 2).await);
        assert_eq!(whole_log(&house, &owner).await.0, before, "not before its end");
        assert_eq!(reader.read(&house, copy).await.status, 200);

        // A salt serves up to 30 days, and its reads go together.
        house.pass_with_chain(32 * DAY).await;
        house.housekeeping().await;
        let owner = owner.back(&house, 1).await;
        let (reads, head) = whole_log(&house, &owner).await;
        check(&owner, &reads, &head);
        goes_on(&reads, &before, &kept);
        assert!(matches!(reads[0].reader, LogReader::Shown { .. }), "the later one");
        assert!(reads[1..].iter().all(|read| read.reader == erased(ErasedBecause::TermOver)));
    })
    .await;
}
