//! `GET /v1/grants/received` and `GET /v1/grants/given`.

use idos_api::{
    ErrorCode,
    grants::{GrantState, OwnGrant, OwnGrantPage},
};
use idos_grants::GrantChange;
use idos_testdb::each;

use crate::support::{House, Issuer, Person, data_id, grant};

async fn list(house: &House, person: &Person, path: &str) -> Vec<OwnGrant> {
    let (mut all, mut next) = (Vec::new(), path.to_owned());
    loop {
        let page: OwnGrantPage = person.get(house, &next).await.json();
        all.extend(page.grants);
        let Some(cursor) = page.next_cursor else { return all };
        let separator = if path.contains('?') { '&' } else { '?' };
        next = format!("{path}{separator}cursor={cursor}");
    }
}

#[tokio::test]
async fn grants_are_listed_for_both_sides_newest_first() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let other = Person::new(&house, 3).await;
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        let begin = house.now();
        house.grants.create(begin + 10, owner.account, reader.account, copy, begin + 500).await;
        let foreign = data_id();
        house.grants.create(begin + 20, other.account, reader.account, foreign, 0).await;
        // Over what is not the granter's own: that it is stored is nobody's business.
        house.grants.create(begin + 30, other.account, reader.account, copy, 0).await;
        house.grants.revoke(begin + 40, other.account, reader.account, foreign).await;
        let pending = data_id();
        let event = grant(GrantChange::Created, owner.account, reader.account, pending, 0);
        house.grants.block(begin + 50, &[event], 1).await;

        let received = list(&house, &reader, "/v1/grants/received?limit=1").await;
        let shown: Vec<_> = received
            .iter()
            .map(|own| {
                (own.grant.owner, own.grant.data_id, own.grant.state, own.grant.locked_until, own.stored)
            })
            .collect();
        let expected = [
            (owner.account, pending, GrantState::Pending, 0, false),
            (other.account, copy, GrantState::Final, 0, false),
            (other.account, foreign, GrantState::Revoked, 0, false),
            (owner.account, copy, GrantState::Final, begin + 500, true),
        ];
        assert_eq!(shown, expected);

        let by_owner = format!("/v1/grants/received?owner={}", owner.account);
        assert_eq!(list(&house, &reader, &by_owner).await, [received[0].clone(), received[3].clone()]);
        let elsewhere = by_owner.replace("31337", "1");
        assert_eq!(list(&house, &reader, &elsewhere).await, [], "an address on another chain");
        let between = format!("/v1/grants/received?since={}&until={}", begin + 20, begin + 30);
        assert_eq!(list(&house, &reader, &between).await, received[1..3]);
        assert_eq!(list(&house, &owner, "/v1/grants/received").await, []);
        assert_eq!(
            list(&house, &owner, "/v1/grants/given").await,
            [received[0].clone(), received[3].clone()]
        );
        let given = format!("/v1/grants/given?grantee={}", other.account);
        assert_eq!(list(&house, &owner, &given).await, []);
        let given = format!("/v1/grants/given?grantee={}", reader.account);
        assert_eq!(list(&house, &owner, &given).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn lists_of_grants_refuse_what_is_not_theirs() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let guest = Person::without_profile(&house, 2).await;
        for route in ["received", "given"] {
            let path = format!("/v1/grants/{route}");
            assert_eq!(house.get(&path).await.error(), (401, ErrorCode::Unauthenticated), "{route}");
            assert_eq!(guest.get(&house, &path).await.error(), (403, ErrorCode::ProfileRequired), "{route}");
            let table = [
                ("an unknown field", "account=x"),
                ("no account", "owner=alice&grantee=alice"),
                (
                    "the field of the other list",
                    if route == "given" { "owner=eip155:1:0x" } else { "grantee=x" },
                ),
                ("a time that is none", "since=yesterday"),
                ("a negative time", "until=-1"),
                ("another list's cursor", "cursor=1-2-3"),
                ("no rows", "limit=0"),
                ("too many rows", "limit=101"),
            ];
            for (name, query) in table {
                let answer = person.get(&house, &format!("{path}?{query}")).await;
                assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{route}: {name}");
            }
            let far = person.get(&house, &format!("{path}?since={}", u64::MAX)).await;
            assert_eq!(far.json::<OwnGrantPage>().grants, []);
        }
    })
    .await;
}
