//! `GET /v1/usage`: what is counted, for whom, and that owners are never charged.

use idos_api::{
    ErrorCode,
    usage::{Prices, UsageItem, UsageReport, UsageRow, day_of},
};
use idos_storage::UsageLog;
use idos_testdb::each;

use crate::support::{House, Issuer, Person};

fn prices() -> Prices {
    Prices { currency: "EUR".into(), copies_read: 100_000, ..Prices::default() }
}

#[tokio::test]
async fn copies_read_by_grant_are_counted_and_nothing_that_an_owner_does() {
    each(async |database| {
        let mut house = House::build_with(database, |config| config.prices = prices()).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, content) = owner.share(&house, original, &reader).await;
        reader.read(&house, copy).await;
        let first = house.now();
        house.grants.create(first, owner.account, reader.account, copy, 0).await;
        let answers = futures::future::join_all((0..7).map(|_| reader.read(&house, copy))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        reader.get(&house, &format!("/v1/credentials/{copy}")).await;
        owner.read(&house, copy).await;
        owner.read(&house, original).await;
        house.pass_with_chain(86_400).await;
        // The sessions have ended with the day.
        let reader = Person::signed_in(&house, crate::support::Key::number(2), reader.account).await;
        assert_eq!(reader.read(&house, copy).await.status, 200);

        let profile_id = {
            let profile: idos_api::profiles::ProfileAnswer = reader.get(&house, "/v1/profile").await.json();
            profile.profile.unwrap().id
        };
        let bytes = content.len() as u64;
        let row =
            |day, uses| UsageRow { day, profile_id, item: UsageItem::CopiesRead, uses, bytes: uses * bytes };
        let rows = [row(day_of(first), 7), row(day_of(house.now()), 1)];
        let report: UsageReport = reader.get(&house, "/v1/usage").await.json();
        assert_eq!(report.rows, rows);
        assert_eq!((report.bill.currency.as_str(), report.bill.total), ("EUR", 800));
        let path = format!("/v1/usage?from={first}&to={first}");
        assert_eq!(reader.get(&house, &path).await.json::<UsageReport>().rows, rows[..1]);
        let owner = Person::signed_in(&house, crate::support::Key::number(1), owner.account).await;
        assert_eq!(owner.get(&house, "/v1/usage").await.json::<UsageReport>().rows, []);

        // The operator reads it beside the running node.
        let log = UsageLog::open(house.store_url()).await.unwrap();
        assert_eq!(log.of_day(day_of(first)).await.unwrap(), rows[..1]);
        log.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_period_is_bounded_and_in_order() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let now = house.now();
        let table = [
            ("one day", format!("from={now}&to={now}"), 200),
            ("400 days", format!("from={}&to={now}", now - 399 * 86_400), 200),
            ("more days", format!("from={}&to={now}", now - 400 * 86_400), 400),
            ("all of time", format!("from=0&to={}", u64::MAX), 400),
            ("backwards", format!("from={now}&to={}", now - 86_400), 400),
            ("no number", "from=today".to_owned(), 400),
            ("unknown", "since=1".to_owned(), 400),
            ("twice", format!("from={now}&from={now}"), 400),
        ];
        for (name, query, status) in table {
            assert_eq!(person.get(&house, &format!("/v1/usage?{query}")).await.status, status, "{name}");
        }
        let nobody = Person::without_profile(&house, 2).await;
        assert_eq!(nobody.get(&house, "/v1/usage").await.error(), (403, ErrorCode::ProfileRequired));
        assert_eq!(house.get("/v1/usage").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_none_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    assert!(UsageLog::open(&format!("sqlite:{}", path.display())).await.is_err());
    assert!(!path.exists());
}
