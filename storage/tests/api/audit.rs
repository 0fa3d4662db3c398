//! `GET /v1/audit`, and that a read is in the log before it is answered.

use idos_api::{
    ErrorCode,
    audit::{AuditPage, Read, ReadPart},
};
use idos_testdb::each;
use idos_wallets::Wallet;
use sqlx::{AnyConnection, Connection};

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

        let read = |part, read_at| Read {
            data_id: copy,
            part,
            reader_profile_id: reader.profile_id,
            reader_wallet: Wallet::by_key(reader.account.address()),
            read_at,
        };
        let log: AuditPage = owner.get(&house, "/v1/audit").await.json();
        assert_eq!(log.reads, [read(ReadPart::Metadata, now + 1), read(ReadPart::Content, now)]);
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

        let (mut path, mut reads, mut pages) = ("/v1/audit?limit=100".to_owned(), 0, 0);
        loop {
            let page: AuditPage = owner.get(&house, &path).await.json();
            (reads, pages) = (reads + page.reads.len(), pages + 1);
            let Some(cursor) = page.next_cursor else { break };
            path = format!("/v1/audit?limit=100&cursor={cursor}");
        }
        assert_eq!((reads, pages), (150, 2));
        assert_eq!(owner.get(&house, "/v1/audit?cursor=x").await.error(), (400, ErrorCode::Malformed));
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
        sqlx::raw_sql("DROP TABLE store_reads").execute(&mut connection).await.unwrap();
        let answer = reader.read(&house, copy).await;
        assert_eq!(answer.error(), (500, ErrorCode::Internal));
        assert!(!answer.body.windows(16).any(|window| window == &content[..16]));
        assert!(!answer.text().contains("store_reads"), "what failed is for the log only");
        assert_eq!(owner.read(&house, copy).await.status, 200, "the owner's own reads are not logged");
    })
    .await;
}
