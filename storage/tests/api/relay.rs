//! `POST /v1/relay` under a session: who may, what is counted, and a node that relays nothing.

use std::sync::Arc;

use idos_api::{
    ErrorCode,
    relay::{RelayCall, SignedCall, Submission},
    usage::{UsageItem, UsageReport},
};
use idos_testdb::{TestDatabase, each};

use crate::support::{Desk, House, Person, grants_contract, signed_call as call};

/// A node with a relay.
async fn build(database: TestDatabase) -> (House, Desk) {
    let desk = Desk::default();
    let house = House::build_with(database, |config| config.relay = Arc::new(desk.clone())).await;
    (house, desk)
}

#[tokio::test]
async fn calls_of_others_are_counted_once_and_an_owners_own_are_not() {
    each(async |database| {
        let (house, _) = build(database).await;
        let (owner, app) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let (of_owner, another) = (call(owner.account), call(owner.account));
        assert_eq!(owner.post(&house, "/v1/relay", &of_owner).await.status, 202);
        for status in [202, 200] {
            assert_eq!(app.post(&house, "/v1/relay", &another).await.status, status);
        }
        let path = format!("/v1/relay/{}", another.digest());
        assert_eq!(app.get(&house, &path).await.json::<Submission>().digest, another.digest());
        assert_eq!(owner.get(&house, &path).await.error(), (404, ErrorCode::NotFound), "another's");

        let used = async |person: &Person| {
            let report: UsageReport = person.get(&house, "/v1/usage").await.json();
            report.rows.iter().map(|row| (row.item, row.uses)).collect::<Vec<_>>()
        };
        assert_eq!(used(&app).await, [(UsageItem::CallsRelayed, 1)]);
        assert_eq!(used(&owner).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_order_is_refused() {
    each(async |database| {
        let (house, _) = build(database).await;
        let person = Person::new(&house, 1).await;
        let action = SignedCall::DelegateAction { contract: grants_contract(), signed: "AAAA".into() };
        let refused = person.post(&house, "/v1/relay", &RelayCall::SignedCall(action)).await;
        assert_eq!(refused.error(), (422, ErrorCode::CallRefused));
        let mut unknown = serde_json::to_value(call(person.account)).unwrap();
        unknown["signed_call"]["gas"] = 1.into();
        let table = [
            ("an unknown field", unknown),
            ("any transaction", serde_json::json!({ "to": "0x", "data": "0x" })),
            ("nothing", serde_json::json!({})),
        ];
        for (name, body) in table {
            assert_eq!(
                person.post(&house, "/v1/relay", &body).await.error(),
                (400, ErrorCode::Malformed),
                "{name}"
            );
        }
        for digest in ["x", &"F".repeat(64), &"f".repeat(63)] {
            let answer = person.get(&house, &format!("/v1/relay/{digest}")).await;
            assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{digest}");
        }
        assert_eq!(house.post("/v1/relay", &call(person.account)).await.status, 401);
        let nobody = Person::without_profile(&house, 2).await;
        let answer = nobody.post(&house, "/v1/relay", &call(nobody.account)).await;
        assert_eq!(answer.error(), (403, ErrorCode::ProfileRequired));
    })
    .await;
}

#[tokio::test]
async fn a_node_that_relays_nothing_says_what_to_do() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let call = call(person.account);
        let answer = person.post(&house, "/v1/relay", &call).await;
        assert_eq!(answer.error(), (404, ErrorCode::RelayUnavailable));
        assert!(answer.text().contains("give it to a relay"));
        let path = format!("/v1/relay/{}", call.digest());
        assert_eq!(person.get(&house, &path).await.error(), (404, ErrorCode::RelayUnavailable));
    })
    .await;
}

#[tokio::test]
async fn a_relay_whose_disk_is_full_is_answered_as_one() {
    each(async |database| {
        let (house, desk) = build(database).await;
        let person = Person::new(&house, 1).await;
        let call = call(person.account);
        desk.refuse(Some(ErrorCode::StorageFull));
        assert_eq!(person.post(&house, "/v1/relay", &call).await.error(), (507, ErrorCode::StorageFull));
        let path = format!("/v1/relay/{}", call.digest());
        assert_eq!(person.get(&house, &path).await.error(), (507, ErrorCode::StorageFull));
        desk.refuse(None);
        assert_eq!(person.post(&house, "/v1/relay", &call).await.status, 202);
    })
    .await;
}
