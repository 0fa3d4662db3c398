//! The signature that every request carries.

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request},
};
use idos_api::{ErrorCode, profiles::ProfileAnswer};
use idos_sessions::{ContentDigest, RequestParts, SessionKey, SignatureParams, sign_ed25519, sign_hmac};
use idos_testdb::each;
use rand_core::OsRng;
use tower::ServiceExt;

use crate::support::{Answer, DOMAIN, House, Issuer, Person};

const UNAUTHENTICATED: (u16, ErrorCode) = (401, ErrorCode::Unauthenticated);

#[tokio::test]
async fn a_request_is_served_under_the_session_key_and_a_read_under_the_read_key_too() {
    each(async |database| {
        let house = House::build(database).await;
        let mut person = Person::new(&house, 1).await;
        for _ in 0..2 {
            let answer: ProfileAnswer = person.get(&house, "/v1/profile").await.json();
            assert_eq!(answer.profile.map(|profile| profile.id), Some(person.profile_id));
            person.agree_read_key(&house).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_signed_as_it_stands_is_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let get = || person.signed(&house, Method::GET, "/v1/credentials?limit=5", Vec::new());
        let post = || person.signed(&house, Method::POST, "/v1/profile", b"{}".to_vec());
        let with = |mut request: Request<Body>, change: &dyn Fn(&mut Request<Body>)| {
            change(&mut request);
            request
        };
        let drop_header =
            |name: &'static str| move |request: &mut Request<Body>| drop(request.headers_mut().remove(name));
        let double = |name: &'static str| {
            move |request: &mut Request<Body>| {
                let value = request.headers()[name].clone();
                request.headers_mut().append(name, value);
            }
        };
        let other_session = Person::new(&house, 2).await;
        let forged = Person {
            session: SessionKey::generate(&mut OsRng),
            session_id: other_session.session_id,
            ..Person::new(&house, 3).await
        };
        let unknown = Person { session_id: "00".repeat(16).parse().unwrap(), ..Person::new(&house, 4).await };
        let table: Vec<(&str, Request<Body>)> = vec![
            ("no signature", with(get(), &drop_header("signature"))),
            ("no signature input", with(get(), &drop_header("signature-input"))),
            ("two signatures", with(get(), &double("signature"))),
            (
                "another path",
                with(get(), &|request| *request.uri_mut() = "/v1/audit?limit=5".parse().unwrap()),
            ),
            (
                "another query",
                with(get(), &|request| *request.uri_mut() = "/v1/credentials?limit=6".parse().unwrap()),
            ),
            ("another method", with(get(), &|request| *request.method_mut() = Method::POST)),
            ("another body", with(post(), &|request| *request.body_mut() = Body::from("[]"))),
            ("no digest", with(post(), &drop_header("content-digest"))),
            (
                "a body that was not signed",
                with(person.signed(&house, Method::DELETE, "/v1/session", Vec::new()), &|request| {
                    *request.body_mut() = Body::from("{}")
                }),
            ),
            ("too old", person.signed_at(house.now() - 61, Method::GET, "/v1/profile", Vec::new())),
            ("from the future", person.signed_at(house.now() + 61, Method::GET, "/v1/profile", Vec::new())),
            ("another key for that session", forged.signed(&house, Method::GET, "/v1/profile", Vec::new())),
            ("a session that is none", unknown.signed(&house, Method::GET, "/v1/profile", Vec::new())),
            ("for another host", signed_for_host(&person, &house, "evil.example.com")),
        ];
        for (name, request) in table {
            assert_eq!(house.ask(request).await.error(), UNAUTHENTICATED, "{name}");
        }
        let malformed = with(post(), &|request| {
            request.headers_mut().insert("content-digest", HeaderValue::from_static("md5=:x:"));
        });
        assert_eq!(house.ask(malformed).await.error(), (400, ErrorCode::Malformed));
    })
    .await;
}

fn signed_for_host(person: &Person, house: &House, host: &'static str) -> Request<Body> {
    let parts = RequestParts::new("GET", host, "/v1/profile", None, None).unwrap();
    let params = SignatureParams::for_request(&parts, person.session_id, house.now(), &mut OsRng);
    let headers = sign_ed25519(&parts, &params, &person.session);
    Request::get("/v1/profile")
        .header("host", host)
        .header("signature-input", headers.signature_input)
        .header("signature", headers.signature)
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_command_is_taken_once_even_after_a_restart() {
    each(async |database| {
        let mut house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let body = serde_json::to_vec(&person.key_statement(&house, 2)).unwrap();
        let request = person.signed(&house, Method::PUT, "/v1/profile/key-statement", body.clone());
        let (parts, _) = request.into_parts();
        let again = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        assert_eq!(house.ask(again()).await.status, 200);
        assert_eq!(house.ask(again()).await.error(), (409, ErrorCode::NonceInvalid));
        house.reopen().await;
        assert_eq!(house.ask(again()).await.error(), (409, ErrorCode::NonceInvalid));
        house.pass(61);
        house.housekeeping().await;
        assert_eq!(house.ask(again()).await.error(), UNAUTHENTICATED);
    })
    .await;
}

#[tokio::test]
async fn a_refused_command_cannot_be_sent_again_by_somebody_else() {
    each(async |database| {
        let mut house = House::build(database).await;
        let owner = Person::new(&house, 1).await;
        let (id, _) = owner.store(&house, &Issuer::number(1)).await;
        let now = house.now();
        house.grants.create(now, owner.account, Person::new(&house, 2).await.account, id, now + 10).await;
        let (parts, _) =
            owner.signed(&house, Method::DELETE, &format!("/v1/credentials/{id}"), Vec::new()).into_parts();
        let again = || Request::from_parts(parts.clone(), Body::empty());
        assert_eq!(house.ask(again()).await.error(), (409, ErrorCode::Timelocked));
        let wrong = owner.signed(
            &house,
            Method::DELETE,
            "/v1/profile/wallets/eip155:0x0000000000000000000000000000000000000001",
            Vec::new(),
        );
        let (parts, _) = wrong.into_parts();
        let again = || Request::from_parts(parts.clone(), Body::empty());
        assert_eq!(house.ask(again()).await.error(), (404, ErrorCode::NotFound));
        assert_eq!(house.ask(again()).await.error(), (409, ErrorCode::NonceInvalid));
    })
    .await;
}

#[tokio::test]
async fn a_command_needs_the_session_key_and_a_nonce() {
    each(async |database| {
        let house = House::build(database).await;
        let mut person = Person::new(&house, 1).await;
        person.agree_read_key(&house).await;
        let digest = ContentDigest::of(b"{}");
        let parts = RequestParts::new("POST", DOMAIN, "/v1/profile", None, Some(digest)).unwrap();
        let params = SignatureParams::for_request(&parts, person.session_id, house.now(), &mut OsRng);
        let without = SignatureParams { nonce: None, ..params.clone() };
        let under_read_key = sign_hmac(&parts, &params, person.read_key.as_ref().unwrap());
        let table =
            [("read key", under_read_key), ("no nonce", sign_ed25519(&parts, &without, &person.session))];
        for (name, headers) in table {
            let request = Request::post("/v1/profile")
                .header("host", DOMAIN)
                .header("signature-input", headers.signature_input)
                .header("signature", headers.signature)
                .header("content-digest", digest.to_string())
                .body(Body::from("{}"))
                .unwrap();
            assert_eq!(house.ask(request).await.error(), UNAUTHENTICATED, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_by_signing_out_and_by_its_time() {
    each(async |database| {
        let house = House::build(database).await;
        let mut one = Person::new(&house, 1).await;
        one.agree_read_key(&house).await;
        assert_eq!(one.get(&house, "/v1/profile").await.status, 200);
        assert_eq!(one.delete(&house, "/v1/session").await.status, 204);
        assert_eq!(one.get(&house, "/v1/profile").await.error(), UNAUTHENTICATED);
        assert_eq!(one.delete(&house, "/v1/session").await.error(), UNAUTHENTICATED);

        let two = Person::new(&house, 2).await;
        house.pass(3599);
        assert_eq!(two.get(&house, "/v1/profile").await.status, 200);
        house.pass(1);
        assert_eq!(two.get(&house, "/v1/profile").await.error(), UNAUTHENTICATED);
        house.housekeeping().await;
        assert_eq!(two.get(&house, "/v1/profile").await.error(), UNAUTHENTICATED);
    })
    .await;
}

#[tokio::test]
async fn a_node_that_was_restarted_says_that_the_read_key_is_to_be_agreed_again() {
    each(async |database| {
        let mut house = House::build(database).await;
        let mut person = Person::new(&house, 1).await;
        person.agree_read_key(&house).await;
        house.reopen().await;
        assert_eq!(person.get(&house, "/v1/profile").await.error(), (401, ErrorCode::ReadKeyUnknown));
        person.agree_read_key(&house).await;
        assert_eq!(person.get(&house, "/v1/profile").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_json_body_is_bounded() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let huge = format!("{{\"x\": \"{}\"}}", "y".repeat(64 * 1024)).into_bytes();
        let request = person.signed(&house, Method::POST, "/v1/profile", huge.clone());
        assert_eq!(house.ask(request).await.error(), (413, ErrorCode::TooLarge));
        let unsigned = Request::post("/v1/sessions").body(Body::from(huge)).unwrap();
        assert_eq!(house.ask(unsigned).await.error(), (413, ErrorCode::TooLarge));
    })
    .await;
}

/// SQLite has one node; on PostgreSQL what one node takes away is gone on all of them.
#[tokio::test]
async fn a_session_that_ended_at_one_node_has_ended_at_every_node_of_the_database() {
    each(async |database| {
        if database.name() == "sqlite" {
            return;
        }
        let house = House::build(database).await;
        let second = house.second_node().await;
        let person = Person::new(&house, 1).await;
        let at_second = async || {
            let request = person.signed(&house, Method::GET, "/v1/profile", Vec::new());
            Answer::read(second.clone().oneshot(request).await.unwrap()).await
        };
        assert_eq!(at_second().await.status, 200);
        assert_eq!(at_second().await.status, 200, "from memory");
        assert_eq!(person.delete(&house, "/v1/session").await.status, 204);
        assert_eq!(at_second().await.error(), UNAUTHENTICATED);
    })
    .await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_ask_again() {
    each(async |database| {
        let house = House::build_with(database, |config| {
            let three = 3.try_into().unwrap();
            config.rates.wallet_per_second = 1.try_into().unwrap();
            config.rates.wallet_burst = three;
            config.rates.public_per_second = 1.try_into().unwrap();
            config.rates.public_burst = three;
        })
        .await;
        let (one, other) =
            (Person::without_profile(&house, 1).await, Person::without_profile(&house, 2).await);
        let mut answers = Vec::new();
        for _ in 0..5 {
            answers.push(one.get(&house, "/v1/profile").await);
        }
        let refused = answers.iter().find(|answer| answer.status != 200).unwrap();
        assert_eq!(refused.error(), (429, ErrorCode::LimitReached));
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        assert_eq!(other.get(&house, "/v1/profile").await.status, 200, "others are served");
        let forged = {
            let mut request = other.signed(&house, Method::GET, "/v1/profile", Vec::new());
            *request.uri_mut() = "/v1/audit".parse().unwrap();
            request
        };
        assert_eq!(house.ask(forged).await.status, 401);

        let from = |peer: &str, path: &str| {
            let mut request = Request::post(path).body(Body::from("{}")).unwrap();
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
            let peer: std::net::SocketAddr = peer.parse().unwrap();
            request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            request
        };
        let path = "/v1/sign-in/challenges";
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(house.ask(from("1.1.1.1:1", path)).await.status);
        }
        assert!(statuses[..3].iter().all(|status| *status < 300) && statuses.contains(&429), "{statuses:?}");
        assert!(house.ask(from("2.2.2.2:1", path)).await.status < 300);
    })
    .await;
}
