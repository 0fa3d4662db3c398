//! `GET /v1/audit`, and that a read is in the log before it is answered.

use idos_api::{
    ErrorCode,
    audit::{
        AuditPage, ErasedBecause, LogHash, LogLine, LogReader, Read, ReadPart, ReaderCommitment,
        SignedLogHead,
    },
};
use idos_credentials::IssuerDid;
use idos_testdb::each;
use idos_wallets::Wallet;
use sqlx::{AnyConnection, Connection};
use tower::ServiceExt;
use uuid::Uuid;

use crate::support::{House, Issuer, Person};

#[tokio::test]
async fn every_read_by_another_is_in_the_owners_log_and_no_other() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        let now = house.now();
        reader.read(&house, copy).await;
        house.grants.create(now, owner.account, reader.account, copy, 0).await;
        assert_eq!(reader.read(&house, copy).await.status, 200);
        house.pass(1);
        assert_eq!(reader.get(&house, &format!("/v1/credentials/{copy}")).await.status, 200);
        owner.read(&house, copy).await;

        let log: AuditPage = owner.get(&house, "/v1/audit").await.json();
        let (profile_id, wallet) = (reader.profile_id, Wallet::by_key(reader.account.address()));
        let read = |number, part, read_at, before| {
            let salt = log.reads.iter().find_map(|read| match read.reader {
                LogReader::Shown { salt, .. } if read.number == number => Some(salt),
                _ => None,
            });
            let salt = salt.unwrap();
            let commitment = ReaderCommitment::of(&salt, profile_id, &wallet);
            let line = LogLine { owner: owner.profile_id, data_id: copy, part, reader: commitment, read_at };
            Read {
                number,
                data_id: copy,
                part,
                reader_commitment: commitment,
                reader: LogReader::Shown { profile_id, wallet, salt },
                read_at,
                hash: line.hash_after(&before, number),
            }
        };
        let first = read(1, ReadPart::Content, now, LogHash::EMPTY);
        let second = read(2, ReadPart::Metadata, now + 1, first.hash);
        assert_ne!(first.reader_commitment, second.reader_commitment, "a salt for each thing that is read");
        assert_eq!((log.head.head.reads, log.head.head.hash), (2, second.hash));
        assert_eq!(log.reads, [second, first]);
        check(&owner, &log.reads, &log.head);
        assert_eq!(reader.get(&house, "/v1/audit").await.json::<AuditPage>().reads, []);
        house.reopen().await;
        assert_eq!(owner.get(&house, "/v1/audit").await.json::<AuditPage>(), log);
    })
    .await;
}

#[tokio::test]
async fn many_reads_at_once_are_all_in_the_log_and_paged() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, content) = owner.share(&house, original, &reader).await;
        let now = house.now();
        house.grants.create(now, owner.account, reader.account, copy, 0).await;
        let answers = futures::future::join_all((0..150).map(|_| reader.read(&house, copy))).await;
        assert!(answers.iter().all(|answer| answer.body == content));

        let (reads, head) = whole_log(&house, &owner).await;
        assert_eq!(reads.len(), 150);
        check(&owner, &reads, &head);
        for cursor in ["x", "0", "-1", "99999999999999999999"] {
            let answer = owner.get(&house, &format!("/v1/audit?cursor={cursor}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{cursor}");
        }
        house.reopen().await;
        reader.read(&house, copy).await;
        let (reads, head) = whole_log(&house, &owner).await;
        assert_eq!(reads.len(), 151);
        check(&owner, &reads, &head);
    })
    .await;
}

/// Every page, newest line first, and the head of the first page.
pub async fn whole_log(house: &House, owner: &Person) -> (Vec<Read>, SignedLogHead) {
    let mut page: AuditPage = owner.get(house, "/v1/audit?limit=100").await.json();
    let (head, mut reads) = (page.head, page.reads);
    while let Some(cursor) = page.next_cursor {
        page = owner.get(house, &format!("/v1/audit?limit=100&cursor={cursor}")).await.json();
        reads.append(&mut page.reads);
    }
    (reads, head)
}

/// Asserts that the log is of one piece, about the readers that it shows, up to the head, which the node has signed.
pub fn check(owner: &Person, reads: &[Read], head: &SignedLogHead) {
    let mut before = LogHash::EMPTY;
    for (read, number) in reads.iter().rev().zip(1..) {
        assert_eq!(read.number, number);
        assert!(read.follows(owner.profile_id, &before) && read.shows_its_reader(), "{number}");
        before = read.hash;
    }
    assert_eq!((head.head.reads, head.head.hash), (reads.len() as u64, before));
    assert_eq!(head.head.profile_id, owner.profile_id);
    let node: IssuerDid = head.node.parse().unwrap();
    let mut signature = [0; 64];
    hex::decode_to_slice(head.signature.strip_prefix("0x").unwrap(), &mut signature).unwrap();
    assert!(node.verifies(head.head.text(&head.node).as_bytes(), &signature));
}

#[tokio::test]
async fn several_nodes_write_one_chain() {
    each(async |database| {
        let mut house = House::build(database).await;
        let owners = [Person::new(&house, 1).await, Person::new(&house, 2).await];
        let reader = Person::new(&house, 3).await;
        let mut copies = Vec::new();
        for owner in &owners {
            let (original, _) = owner.store(&house, &Issuer::number(1)).await;
            let (copy, _) = owner.share(&house, original, &reader).await;
            let now = house.now();
            house.grants.create(now, owner.account, reader.account, copy, 0).await;
            copies.push(copy);
        }
        let nodes = [house.second_node().await, house.second_node().await, house.second_node().await];
        let read = |number: usize| {
            let copy = copies[number % 2];
            let path = format!("/v1/credentials/{copy}/content");
            let request = reader.signed(&house, axum::http::Method::GET, &path, Vec::new());
            nodes[number % 3].clone().oneshot(request)
        };
        for round in 0..4 {
            let answers = futures::future::join_all((0..30).map(|number| read(number + round))).await;
            assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
        }
        for owner in &owners {
            let (reads, head) = whole_log(&house, owner).await;
            assert_eq!(reads.len(), 60);
            check(owner, &reads, &head);
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_from_before_there_were_chains_is_chained_when_the_node_opens() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        let now = house.now();
        house.grants.create(now, owner.account, reader.account, copy, 0).await;
        reader.read(&house, copy).await;
        let mut connection = AnyConnection::connect(house.store_url()).await.unwrap();
        let wallet = Wallet::by_key(reader.account.address());
        let (gone, nobody) = (Uuid::new_v4(), Uuid::new_v4());
        let readers = [(owner.profile_id, reader.profile_id), (owner.profile_id, gone), (nobody, gone)];
        for (number, (owner, reader)) in (1..).zip(readers) {
            let sql = format!(
                "INSERT INTO store_readers VALUES ({number}, '{owner}', '{copy}', 'content', '{reader}', '{wallet}')"
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        // 300 by one who is there, one by one who is not, and one of the data of somebody who is not.
        for number in 0..302 {
            let reader = number.max(299) - 298;
            let sql = format!("INSERT INTO store_reads VALUES (77, {now}, {number}, {reader})");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        for _ in 0..2 {
            house.reopen().await;
            let (reads, head) = whole_log(&house, &owner).await;
            assert_eq!(reads.len(), 302);
            check(&owner, &reads, &head);
            let erased = LogReader::Erased { because: ErasedBecause::ProfileDeleted };
            assert_eq!(reads.iter().filter(|read| read.reader == erased).count(), 1);
            let is_old = |table: &str| ["store_readers", "store_reads"].contains(&table);
            assert!(!house.rows().await.iter().any(|(table, row)| {
                is_old(table) || row.contains(&gone.to_string()) || row.contains(&nobody.to_string())
            }));
        }
    })
    .await;
}

#[tokio::test]
async fn a_read_that_cannot_be_logged_is_not_answered() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, content) = owner.share(&house, original, &reader).await;
        let now = house.now();
        house.grants.create(now, owner.account, reader.account, copy, 0).await;
        assert_eq!(reader.read(&house, copy).await.status, 200);

        let mut connection = AnyConnection::connect(house.store_url()).await.unwrap();
        sqlx::raw_sql("DROP TABLE store_audit_log").execute(&mut connection).await.unwrap();
        let answer = reader.read(&house, copy).await;
        assert_eq!(answer.error(), (500, ErrorCode::Internal));
        assert!(!answer.body.windows(16).any(|window| window == &content[..16]));
        assert!(!answer.text().contains("store_audit_log"), "what failed is for the log only");
        assert_eq!(owner.read(&house, copy).await.status, 200, "the owner's own reads are not logged");
    })
    .await;
}
