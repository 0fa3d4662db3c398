//! `POST /v1/relay` under a session: who may, what is counted, and a node that relays nothing.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request},
};
use idos_api::{
    ErrorCode,
    relay::{RelayCall, SignedCall, Submission},
    usage::{UsageItem, UsageReport},
};
use idos_testdb::{TestDatabase, each, fill_up, make_room};

use crate::support::{Answer, Desk, House, Person, Stop, grants_contract, signed_call as call};

/// A node with a relay.
async fn build(database: TestDatabase) -> (House, Desk) {
    let desk = Desk::default();
    let house = House::build_with(database, |config| config.relay = Arc::new(desk.clone())).await;
    (house, desk)
}

/// What a person was counted.
async fn used(house: &House, person: &Person) -> Vec<(UsageItem, u64)> {
    let report: UsageReport = person.get(house, "/v1/usage").await.json();
    report.rows.iter().map(|row| (row.item, row.uses)).collect()
}

/// A request as it was once signed, sent as often as one likes.
struct Signed(axum::http::request::Parts, Vec<u8>);

impl Signed {
    fn by(person: &Person, house: &House, call: &RelayCall) -> Self {
        let body = serde_json::to_vec(call).unwrap();
        let request = person.signed(house, Method::POST, "/v1/relay", body.clone());
        Self(request.into_parts().0, body)
    }

    async fn send(&self, house: &House) -> Answer {
        house.ask(Request::from_parts(self.0.clone(), Body::from(self.1.clone()))).await
    }
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
        let third = Person::new(&house, 3).await;
        assert_eq!(third.post(&house, "/v1/relay", &another).await.status, 200, "who brings it, too");
        assert_eq!(third.get(&house, &path).await.json::<Submission>().digest, another.digest());
        assert_eq!(used(&house, &third).await, [], "it was taken for somebody else");

        assert_eq!(used(&house, &app).await, [(UsageItem::CallsRelayed, 1)]);
        assert_eq!(used(&house, &owner).await, []);
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

#[tokio::test]
async fn a_request_hands_in_a_call_once_whatever_it_was_answered() {
    each(async |database| {
        let (house, desk) = build(database).await;
        let (owner, app) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let call = call(owner.account);
        let refused = Signed::by(&app, &house, &call);
        desk.refuse(Some(ErrorCode::ChainUnavailable));
        assert_eq!(refused.send(&house).await.status, 503);
        desk.refuse(None);
        assert_eq!(refused.send(&house).await.error(), (409, ErrorCode::NonceInvalid));
        assert!(desk.taken().is_empty(), "nothing is relayed by a request that was used");
        let taken = Signed::by(&app, &house, &call);
        assert_eq!(taken.send(&house).await.status, 202);
        assert_eq!(
            taken.send(&house).await.error(),
            (409, ErrorCode::NonceInvalid),
            "nor is it told anything"
        );
        assert_eq!(Signed::by(&app, &house, &call).send(&house).await.status, 200, "a new one is told");
        assert_eq!(used(&house, &app).await, [(UsageItem::CallsRelayed, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_counted_once_wherever_the_node_is_killed() {
    for stop in [Stop::BeforeTaking, Stop::AfterTaking] {
        each(async |database| {
            let (mut house, desk) = build(database).await;
            let (owner, app) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
            let call = call(owner.account);
            desk.stop_at(Some(stop));
            let handed_in = app.post(&house, "/v1/relay", &call);
            assert!(tokio::time::timeout(Duration::from_millis(500), handed_in).await.is_err(), "{stop:?}");
            desk.stop_at(None);
            house.reopen().await;
            assert_eq!(desk.taken().len(), usize::from(stop == Stop::AfterTaking));
            assert_eq!(
                used(&house, &app).await,
                [(UsageItem::CallsRelayed, 1)],
                "{stop:?}: before it is taken"
            );
            assert!([200, 202].contains(&app.post(&house, "/v1/relay", &call).await.status));
            assert_eq!(desk.taken(), [call.digest()], "{stop:?}");
            assert_eq!(used(&house, &app).await, [(UsageItem::CallsRelayed, 1)], "{stop:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_not_taken() {
    const BYTES_MAX: u64 = 1024 * 1024;
    each(async |database| {
        let desk = Desk::default();
        let house = House::build_with(database, |config| {
            config.relay = Arc::new(desk.clone());
            config.database_bytes_max = Some(BYTES_MAX);
        });
        let house = house.await;
        let (owner, app) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let tables = ["store_relayed", "store_usage"];
        fill_up(house.store_url(), BYTES_MAX, &tables).await;
        let mut taken = 0;
        loop {
            let answer = app.post(&house, "/v1/relay", &call(owner.account)).await;
            if answer.status != 202 {
                assert_eq!(answer.error(), (507, ErrorCode::StorageFull));
                break;
            }
            taken += 1;
            assert!(taken < 200, "the disk was never full");
        }
        assert_eq!(desk.taken().len(), taken);
        make_room(house.store_url(), &tables).await;
        let counted = if taken == 0 { vec![] } else { vec![(UsageItem::CallsRelayed, taken as u64)] };
        assert_eq!(used(&house, &app).await, counted);
    })
    .await;
}

#[tokio::test]
async fn a_relay_forgets_a_profile_that_is_deleted() {
    each(async |database| {
        let (house, desk) = build(database).await;
        let (owner, first) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let second = Person::new(&house, 3).await;
        let call = call(owner.account);
        for person in [&first, &second] {
            person.post(&house, "/v1/relay", &call).await.json::<Submission>();
        }
        let delete = async |person: &Person| {
            person.delete(&house, &format!("/v1/profile?profile_id={}", person.profile_id)).await
        };
        assert_eq!(delete(&first).await.status, 200);
        assert_eq!(desk.apps_of(&call.digest()), [format!("profile:{}", second.profile_id)]);
        assert_eq!(desk.taken(), [call.digest()], "it is sent all the same");

        desk.refuse(Some(ErrorCode::StorageFull));
        assert_eq!(delete(&second).await.error(), (507, ErrorCode::StorageFull));
        desk.refuse(None);
        assert_eq!(second.post(&house, "/v1/relay", &call).await.error(), (403, ErrorCode::ProfileRequired));
        house.housekeeping().await;
        assert!(desk.apps_of(&call.digest()).is_empty(), "what was interrupted is done by housekeeping");
        assert_eq!(delete(&second).await.status, 200, "and the receipt is given out");
        let rows = house.rows().await;
        assert!(rows.iter().all(|(table, _)| table != "store_leavers"), "{rows:?}");
    })
    .await;
}
