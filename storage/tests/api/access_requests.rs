//! `/v1/requests`: what consumers ask for, who sees it, and what owners answer.

use idos_api::{
    ErrorCode,
    requests::{AccessRequest, AnswerKind, AnswerPage, OwnRequestPage, PublishedRequest, RequestPage},
};
use idos_grants::Account;
use idos_testdb::each;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, CHAIN, House, Issuer, Key, Person, access_request, sign_request};

const DAY: u64 = 24 * 60 * 60;

async fn publish(house: &House, consumer: &Person, to: Option<Account>) -> AccessRequest {
    let signed = sign_request(access_request(house, consumer, to), &consumer.key);
    let answer = consumer.post(house, "/v1/requests", &signed).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    signed.request
}

async fn listed(house: &House, owner: &Person) -> Vec<Uuid> {
    let (mut ids, mut path) = (Vec::new(), "/v1/requests?limit=2".to_owned());
    loop {
        let page: RequestPage = owner.get(house, &path).await.json();
        ids.extend(page.requests.iter().map(|row| row.request.id));
        let Some(cursor) = page.next_cursor else { return ids };
        path = format!("/v1/requests?limit=2&cursor={cursor}");
    }
}

async fn decline(house: &House, owner: &Person, id: Uuid) -> Answer {
    owner.post(house, &format!("/v1/requests/{id}/decline"), &json!({})).await
}

async fn accept(house: &House, owner: &Person, id: Uuid, data_id: &impl ToString) -> Answer {
    owner.post(house, &format!("/v1/requests/{id}/accept"), &json!({"data_id": data_id.to_string()})).await
}

const NOT_FOUND: (u16, ErrorCode) = (404, ErrorCode::NotFound);
const INVALID: (u16, ErrorCode) = (422, ErrorCode::RequestInvalid);

#[tokio::test]
async fn a_request_reaches_the_wallet_it_names_and_nobody_else() {
    each(async |database| {
        let house = House::build(database).await;
        let (consumer, owner) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let stranger = Person::new(&house, 3).await;
        let mut expected = Vec::new();
        for _ in 0..5 {
            house.pass(1);
            expected.insert(0, publish(&house, &consumer, Some(owner.account)).await.id);
        }
        assert_eq!(listed(&house, &owner).await, expected, "newest first, over pages");
        assert!(listed(&house, &stranger).await.is_empty());
        assert!(listed(&house, &consumer).await.is_empty());
        let path = format!("/v1/requests/{}", expected[0]);
        let seen: PublishedRequest = owner.get(&house, &path).await.json();
        assert_eq!((seen.published_at, seen.answer), (house.now(), None));
        let statement = seen.request.statement().unwrap().message().unwrap();
        assert!(
            idos_wallets::verify_message(&consumer.account, &statement, seen.signature.as_bytes()).is_ok(),
            "it can be checked without the node"
        );
        assert_eq!(consumer.get(&house, &path).await.status, 200, "its own");
        let missing = format!("/v1/requests/{}", Uuid::new_v4());
        assert_eq!(
            stranger.get(&house, &path).await.comparable(),
            stranger.get(&house, &missing).await.comparable(),
            "a stranger cannot tell it from none"
        );

        // To nobody: whoever is told the id.
        let open = publish(&house, &consumer, None).await.id;
        assert_eq!(stranger.get(&house, &format!("/v1/requests/{open}")).await.status, 200);
        assert!(listed(&house, &stranger).await.is_empty());

        // The same address on another chain is the same wallet if its key proves it.
        let elsewhere = Account::new(idos_grants::ChainId::Eip155(1), stranger.account.address()).unwrap();
        let id = publish(&house, &consumer, Some(elsewhere)).await.id;
        assert_eq!(listed(&house, &stranger).await, [id]);
    })
    .await;
}

#[tokio::test]
async fn publishing_tells_nothing_of_the_one_who_is_asked() {
    each(async |database| {
        let house = House::build(database).await;
        let (consumer, owner) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let nobody = Key::number(77).account(CHAIN);
        let mut answers = Vec::new();
        for to in [owner.account, nobody] {
            let signed = sign_request(access_request(&house, &consumer, Some(to)), &consumer.key);
            let answer = consumer.post(&house, "/v1/requests", &signed).await;
            let mut body: Value = answer.json();
            body["request"]["id"] = "-".into();
            body["request"]["to"] = "-".into();
            body["signature"] = "-".into();
            answers.push((answer.status, body));
        }
        assert_eq!(answers[0], answers[1]);
        // Nor do the ways in which it is counted.
        for to in [owner.account, nobody] {
            for _ in 0..4 {
                publish(&house, &consumer, Some(to)).await;
            }
            let signed = sign_request(access_request(&house, &consumer, Some(to)), &consumer.key);
            let answer = consumer.post(&house, "/v1/requests", &signed).await;
            assert_eq!(answer.error(), (429, ErrorCode::LimitReached), "five to one wallet");
        }
    })
    .await;
}

#[tokio::test]
async fn an_owner_accepts_with_a_copy_for_the_consumer_or_declines() {
    each(async |database| {
        let house = House::build(database).await;
        let (consumer, owner) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let other = Person::new(&house, 3).await;
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &consumer).await;
        let (foreign, _) = owner.share(&house, original, &other).await;
        let (others, _) = other.store(&house, &Issuer::number(1)).await;
        let (others_copy, _) = other.share(&house, others, &consumer).await;
        let id = publish(&house, &consumer, Some(owner.account)).await.id;
        let table = [
            ("the original itself", &owner, original.to_string(), INVALID),
            ("a copy for somebody else", &owner, foreign.to_string(), INVALID),
            ("somebody else's copy", &owner, others_copy.to_string(), NOT_FOUND),
            ("no copy", &owner, format!("0x{}", "00".repeat(32)), NOT_FOUND),
            ("a stranger", &other, others_copy.to_string(), NOT_FOUND),
            ("the consumer itself", &consumer, copy.to_string(), NOT_FOUND),
            ("no data id", &owner, "copy".into(), (400, ErrorCode::Malformed)),
        ];
        for (name, person, data_id, error) in table {
            assert_eq!(accept(&house, person, id, &data_id).await.error(), error, "{name}");
        }
        assert_eq!(decline(&house, &other, id).await.error(), NOT_FOUND);

        let declined: PublishedRequest = decline(&house, &owner, id).await.json();
        assert_eq!(declined.answer.unwrap().kind, AnswerKind::Declined);
        assert!(listed(&house, &owner).await.is_empty(), "an answered one is no longer listed");
        house.pass(5);
        let accepted: PublishedRequest = accept(&house, &owner, id, &copy).await.json();
        let answer = accepted.answer.clone().unwrap();
        assert_eq!(
            (answer.kind, answer.data_id, answer.answered_at),
            (AnswerKind::Accepted, Some(copy), house.now())
        );
        house.pass(5);
        let again: PublishedRequest = accept(&house, &owner, id, &copy).await.json();
        assert_eq!(again, accepted, "the same answer, sent again");
        let (second, _) = owner.share(&house, original, &consumer).await;
        assert_eq!(accept(&house, &owner, id, &second).await.error(), (409, ErrorCode::Exists));
        assert_eq!(
            decline(&house, &owner, id).await.error(),
            (409, ErrorCode::Exists),
            "what is accepted is revoked on chain"
        );

        let published: OwnRequestPage = consumer.get(&house, "/v1/requests/published").await.json();
        let counts: Vec<_> =
            published.requests.iter().map(|own| (own.request.id, own.accepted, own.declined)).collect();
        assert_eq!(counts, [(id, 1, 0)]);
        let answers = format!("/v1/requests/{id}/answers");
        assert_eq!(consumer.get(&house, &answers).await.json::<AnswerPage>().answers, [answer]);
        assert_eq!(owner.get(&house, &answers).await.error(), NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn answers_to_an_open_request_are_paged_and_name_nobody() {
    each(async |database| {
        let house = House::build(database).await;
        let consumer = Person::new(&house, 1).await;
        let id = publish(&house, &consumer, None).await.id;
        let mut names = Vec::new();
        for n in 2..7 {
            let owner = Person::new(&house, n).await;
            assert_eq!(decline(&house, &owner, id).await.status, 200);
            names.extend([owner.profile_id.to_string(), owner.account.address().to_string()]);
        }
        let (mut path, mut count) = (format!("/v1/requests/{id}/answers?limit=2"), 0);
        loop {
            let answer = consumer.get(&house, &path).await;
            assert!(!names.iter().any(|name| answer.text().contains(name)));
            let page: AnswerPage = answer.json();
            count += page.answers.len();
            let Some(cursor) = page.next_cursor else { break };
            path = format!("/v1/requests/{id}/answers?limit=2&cursor={cursor}");
        }
        assert_eq!(count, 5);
    })
    .await;
}

#[tokio::test]
async fn a_request_ends_when_it_is_withdrawn_or_expires() {
    each(async |database| {
        let house = House::build(database).await;
        let (consumer, owner) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let signed = sign_request(access_request(&house, &consumer, Some(owner.account)), &consumer.key);
        assert_eq!(consumer.post(&house, "/v1/requests", &signed).await.status, 201);
        let first = signed.request.id;
        let second = publish(&house, &consumer, Some(owner.account)).await.id;
        let path = format!("/v1/requests/{first}");
        assert_eq!(owner.delete(&house, &path).await.error(), NOT_FOUND, "not hers");
        assert_eq!(consumer.delete(&house, &path).await.status, 204);
        assert_eq!(consumer.delete(&house, &path).await.error(), NOT_FOUND);
        assert_eq!(owner.get(&house, &path).await.error(), NOT_FOUND);
        assert_eq!(listed(&house, &owner).await, [second]);
        let again = consumer.post(&house, "/v1/requests", &signed).await;
        assert_eq!(again.error(), (409, ErrorCode::Exists), "what was taken back does not come again");

        assert_eq!(decline(&house, &owner, second).await.status, 200);
        // Sessions of tests last an hour.
        let short = AccessRequest {
            expires_at: house.now() + 60,
            ..access_request(&house, &consumer, Some(owner.account))
        };
        let signed = sign_request(short, &consumer.key);
        assert_eq!(consumer.post(&house, "/v1/requests", &signed).await.status, 201);
        let short = signed.request.id;
        house.pass(59);
        assert_eq!(listed(&house, &owner).await, [short]);
        house.pass(1);
        assert!(listed(&house, &owner).await.is_empty());
        assert_eq!(decline(&house, &owner, short).await.error(), NOT_FOUND, "its time is over");
        assert_eq!(owner.get(&house, &format!("/v1/requests/{short}")).await.error(), NOT_FOUND);
        house.housekeeping().await;
        assert_eq!(consumer.get(&house, &format!("/v1/requests/{short}")).await.error(), NOT_FOUND);
        assert_eq!(consumer.get(&house, &format!("/v1/requests/{second}")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn the_same_request_may_come_again_and_another_of_its_id_may_not() {
    each(async |database| {
        let house = House::build(database).await;
        let consumer = Person::new(&house, 1).await;
        let signed = sign_request(access_request(&house, &consumer, None), &consumer.key);
        let statuses =
            futures::future::join_all((0..4).map(|_| consumer.post(&house, "/v1/requests", &signed))).await;
        let mut statuses: Vec<_> = statuses.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 201], "once, however often it is sent at once");
        let other = AccessRequest { lock_secs: 1, ..signed.request.clone() };
        let answer = consumer.post(&house, "/v1/requests", &sign_request(other, &consumer.key)).await;
        assert_eq!(answer.error(), (409, ErrorCode::Exists));
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_not_its_consumers_own_is_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let (consumer, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let guest = Person::without_profile(&house, 3).await;
        let good = || access_request(&house, &consumer, None);
        let now = house.now();
        let other_key = other.encryption.public();
        type Row<'a> = (&'a str, AccessRequest, &'a Key, (u16, ErrorCode));
        let table: Vec<Row<'_>> = vec![
            ("signed by another", good(), &other.key, (403, ErrorCode::SignatureInvalid)),
            ("another's account", AccessRequest { account: other.account, ..good() }, &other.key, INVALID),
            (
                "another's profile",
                AccessRequest { profile_id: other.profile_id, ..good() },
                &consumer.key,
                INVALID,
            ),
            (
                "another's grantee",
                AccessRequest { grantees: vec![other.account], ..good() },
                &consumer.key,
                INVALID,
            ),
            ("another's key", AccessRequest { encryption_key: other_key, ..good() }, &consumer.key, INVALID),
            (
                "another node",
                AccessRequest { domain: "evil.example.com".parse().unwrap(), ..good() },
                &consumer.key,
                (403, ErrorCode::WrongDomain),
            ),
            (
                "from the future",
                AccessRequest { issued_at: now + 61, expires_at: now + DAY, ..good() },
                &consumer.key,
                (403, ErrorCode::Expired),
            ),
            (
                "expired",
                AccessRequest { issued_at: now - 10, expires_at: now, ..good() },
                &consumer.key,
                (403, ErrorCode::Expired),
            ),
            (
                "for too long",
                AccessRequest { expires_at: now + 90 * DAY + 1, ..good() },
                &consumer.key,
                (403, ErrorCode::Expired),
            ),
            (
                "for no time",
                AccessRequest { expires_at: now, ..good() },
                &consumer.key,
                (403, ErrorCode::Expired),
            ),
            (
                "no grantee",
                AccessRequest { grantees: vec![], ..good() },
                &consumer.key,
                (400, ErrorCode::Malformed),
            ),
            (
                "a grantee twice",
                AccessRequest { grantees: vec![consumer.account; 2], ..good() },
                &consumer.key,
                (400, ErrorCode::Malformed),
            ),
            (
                "a lock for ever",
                AccessRequest { lock_secs: u64::MAX / 4096, ..good() },
                &consumer.key,
                (400, ErrorCode::Malformed),
            ),
            (
                "no random id",
                AccessRequest { id: Uuid::nil(), ..good() },
                &consumer.key,
                (400, ErrorCode::Malformed),
            ),
        ];
        for (name, request, key, error) in table {
            let answer = consumer.post(&house, "/v1/requests", &sign_request(request, key)).await;
            assert_eq!(answer.error(), error, "{name}");
        }
        let signed = sign_request(good(), &consumer.key);
        assert_eq!(
            guest.post(&house, "/v1/requests", &signed).await.error(),
            (403, ErrorCode::ProfileRequired)
        );
        assert_eq!(
            other.post(&house, "/v1/requests", &signed).await.error(),
            INVALID,
            "published by another"
        );
        assert_eq!(house.post("/v1/requests", &signed).await.error(), (401, ErrorCode::Unauthenticated));

        let body = serde_json::to_value(&signed).unwrap();
        let changed = |pointer: &str, value: Value| {
            let mut body = body.clone();
            *body.pointer_mut(pointer).unwrap() = value;
            body
        };
        let forged = (403, ErrorCode::SignatureInvalid);
        let malformed = (400, ErrorCode::Malformed);
        let with = |name: &str| {
            let mut body = body.clone();
            body["request"][name] = 1.into();
            body
        };
        let long = "x".repeat(70_000);
        let table = [
            ("another purpose", changed("/request/purpose", "A gift for you".into()), forged),
            ("another timelock", changed("/request/lock_secs", 0.into()), forged),
            ("another addressee", changed("/request/to", other.account.to_string().into()), forged),
            ("one field more", changed("/request/requirements/fields", json!(["a", "b"])), forged),
            ("a purpose of two lines", changed("/request/purpose", "a\nb".into()), malformed),
            ("a purpose that turns around", changed("/request/purpose", "a\u{202e}b".into()), malformed),
            ("no type", changed("/request/requirements/types", json!([])), malformed),
            ("an unknown field", with("note"), malformed),
            ("a signature that is none", changed("/signature", "0x".into()), malformed),
            ("no request", json!({"signature": "0x00"}), malformed),
            ("a list", json!([]), malformed),
            ("too large", changed("/request/purpose", long.into()), (413, ErrorCode::TooLarge)),
        ];
        for (name, body, error) in table {
            assert_eq!(consumer.post(&house, "/v1/requests", &body).await.error(), error, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn routes_of_requests_refuse_what_is_malformed() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let guest = Person::without_profile(&house, 2).await;
        let id = Uuid::new_v4();
        for path in ["/v1/requests", "/v1/requests/published", &format!("/v1/requests/{id}/answers")] {
            assert_eq!(house.get(path).await.error(), (401, ErrorCode::Unauthenticated), "{path}");
            assert_eq!(guest.get(&house, path).await.error(), (403, ErrorCode::ProfileRequired), "{path}");
            for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=1-2", "page=2"] {
                let answer = person.get(&house, &format!("{path}?{query}")).await;
                assert_eq!(answer.error(), (400, ErrorCode::Malformed), "{path}?{query}");
            }
        }
        for verb in ["accept", "decline"] {
            let path = format!("/v1/requests/{id}/{verb}");
            let body = json!({"data_id": format!("0x{}", "11".repeat(32))});
            assert_eq!(person.post(&house, &path, &body).await.error(), NOT_FOUND, "{verb}");
            assert_eq!(
                guest.post(&house, &path, &body).await.error(),
                (403, ErrorCode::ProfileRequired),
                "{verb}"
            );
            let malformed = path.replace(&id.to_string(), "x");
            assert_eq!(
                person.post(&house, &malformed, &body).await.error(),
                (400, ErrorCode::Malformed),
                "{verb}"
            );
        }
        assert_eq!(person.get(&house, "/v1/requests/x").await.error(), (400, ErrorCode::Malformed));
        assert_eq!(person.delete(&house, "/v1/requests/x").await.error(), (400, ErrorCode::Malformed));
        let path = format!("/v1/requests/{id}/accept");
        for body in [
            json!({}),
            json!({"data_id": 1}),
            json!({"data_id": format!("0x{}", "11".repeat(32)), "more": 1}),
        ] {
            assert_eq!(person.post(&house, &path, &body).await.error(), (400, ErrorCode::Malformed));
        }
    })
    .await;
}
