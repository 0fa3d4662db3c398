//! `GET /v1/audit`, and that a read is in the log before it is answered.

use idos_api::{
    ErrorCode,
    audit::{AuditPage, LogHash, LogLine, Read, ReadPart, SignedLogHead},
};
use idos_credentials::IssuerDid;
use idos_testdb::each;
use idos_wallets::Wallet;
use sqlx::{AnyConnection, Connection};
use tower::ServiceExt;

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

        let read = |number, part, read_at, before| {
            let line = LogLine {
                owner: owner.profile_id,
                data_id: copy,
                part,
                reader_profile_id: reader.profile_id,
                reader_wallet: Wallet::by_key(reader.account.address()),
                read_at,
            };
            Read {
                number,
                data_id: copy,
                part,
                reader_profile_id: line.reader_profile_id,
                reader_wallet: line.reader_wallet,
                read_at,
                hash: line.hash_after(&before, number),
            }
        };
        let log: AuditPage = owner.get(&house, "/v1/audit").await.json();
        let first = read(1, ReadPart::Content, now, LogHash::EMPTY);
        let second = read(2, ReadPart::Metadata, now + 1, first.hash);
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
async fn whole_log(house: &House, owner: &Person) -> (Vec<Read>, SignedLogHead) {
    let mut page: AuditPage = owner.get(house, "/v1/audit?limit=100").await.json();
    let (head, mut reads) = (page.head, page.reads);
    while let Some(cursor) = page.next_cursor {
        page = owner.get(house, &format!("/v1/audit?limit=100&cursor={cursor}")).await.json();
        reads.append(&mut page.reads);
    }
    (reads, head)
}

/// Asserts that the log is of one piece, up to the head, which the node has signed.
fn check(owner: &Person, reads: &[Read], head: &SignedLogHead) {
    let mut before = LogHash::EMPTY;
    for (read, number) in reads.iter().rev().zip(1..) {
        assert_eq!(read.number, number);
        assert!(read.follows(owner.profile_id, &before), "{number}");
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
        let (key, _) = owner.profile_id.as_u64_pair();
        for number in 0..300 {
            let sql = format!(
                "INSERT INTO store_reads SELECT {}, {now}, {number}, reader_id FROM store_readers",
                key as i64
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        for _ in 0..2 {
            house.reopen().await;
            let (reads, head) = whole_log(&house, &owner).await;
            assert_eq!(reads.len(), 301);
            check(&owner, &reads, &head);
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
