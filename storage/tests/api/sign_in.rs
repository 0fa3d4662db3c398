//! `POST /v1/sign-in/challenges`, `POST /v1/sessions`

use idos_api::{
    ErrorCode,
    sessions::{NewSession, Session},
};
use idos_grants::Account;
use idos_sessions::SessionKey;
use idos_testdb::each;
use idos_wallets::{Message, SignIn};
use rand_core::OsRng;

use crate::support::{CHAIN, DEAD_CHAIN, House, Key, Person, challenge, mirrored, sign_in};

async fn send(house: &House, sign_in: SignIn, by: &Key) -> crate::support::Answer {
    // Times that cannot be written cannot be signed either.
    let signature = by.sign_message(&sign_in.message().unwrap_or(Message::new("", "")));
    house.post("/v1/sessions", &NewSession { sign_in, signature }).await
}

#[tokio::test]
async fn a_wallet_signs_in_and_learns_whether_it_has_a_profile() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let answer = send(&house, sign_in(&house, person.account, &person.session).await, &person.key).await;
        assert_eq!(answer.status, 201);
        let session: Session = answer.json();
        assert_eq!((session.profile_id, session.expires_at), (Some(person.profile_id), house.now() + 3600));

        let stranger = Key::number(2);
        let account = stranger.account(1);
        let answer = send(&house, sign_in(&house, account, &person.session).await, &stranger).await;
        assert_eq!(answer.json::<Session>().profile_id, None);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_is_not_in_order_is_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let (key, session) = (Key::number(1), SessionKey::generate(&mut OsRng));
        let good = sign_in(&house, key.account(CHAIN), &session).await;
        let now = house.now();
        let changed = |change: fn(&mut SignIn, u64)| {
            let mut sign_in = good.clone();
            change(&mut sign_in, now);
            sign_in
        };
        let table = [
            (
                "another node's domain",
                changed(|s, _| s.domain = "evil.example.com".parse().unwrap()),
                403,
                ErrorCode::WrongDomain,
            ),
            (
                "a made-up nonce",
                changed(|s, _| s.nonce = "a".repeat(64).parse().unwrap()),
                409,
                ErrorCode::NonceInvalid,
            ),
            (
                "a short nonce",
                changed(|s, _| s.nonce = "12345678".parse().unwrap()),
                409,
                ErrorCode::NonceInvalid,
            ),
            (
                "expired",
                changed(|s, now| (s.issued_at, s.expires_at) = (now - 100, now)),
                403,
                ErrorCode::Expired,
            ),
            ("from the future", changed(|s, now| s.issued_at = now + 61), 403, ErrorCode::Expired),
            ("for two days", changed(|s, now| s.expires_at = now + 2 * 86_400), 403, ErrorCode::Expired),
            ("backwards", changed(|s, now| s.expires_at = now - 1), 403, ErrorCode::Expired),
            ("in milliseconds", changed(|s, now| s.expires_at = now * 1000), 403, ErrorCode::Expired),
            ("a weak session key", changed(|s, _| s.session_key = [0; 32]), 400, ErrorCode::Malformed),
        ];
        for (name, sign_in, status, code) in table {
            assert_eq!(send(&house, sign_in, &key).await.error(), (status, code), "{name}");
        }
        assert_eq!(send(&house, good, &key).await.status, 201, "the good one still is");
    })
    .await;
}

#[tokio::test]
async fn a_signature_that_is_not_the_accounts_is_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let (key, session) = (Key::number(1), SessionKey::generate(&mut OsRng));
        let good = sign_in(&house, key.account(CHAIN), &session).await;
        let signature = key.sign_message(&good.message().unwrap());
        let on_other_chain = SignIn { account: key.account(1), ..good.clone() };
        let other_key =
            SignIn { session_key: SessionKey::generate(&mut OsRng).public().to_bytes(), ..good.clone() };
        let table = [
            ("high s", NewSession { sign_in: good.clone(), signature: mirrored(&signature) }),
            (
                "another wallet's",
                NewSession {
                    sign_in: good.clone(),
                    signature: Key::number(2).sign_message(&good.message().unwrap()),
                },
            ),
            ("for another session key", NewSession { sign_in: other_key, signature: signature.clone() }),
            ("too short", NewSession { sign_in: good.clone(), signature: "0x1234".parse().unwrap() }),
        ];
        for (name, body) in table {
            assert_eq!(
                house.post("/v1/sessions", &body).await.error(),
                (403, ErrorCode::SignatureInvalid),
                "{name}"
            );
        }
        // It would take a contract on that chain to accept it, and the node does not follow that chain.
        let wrong_chain = NewSession { sign_in: on_other_chain, signature: signature.clone() };
        assert_eq!(house.post("/v1/sessions", &wrong_chain).await.error(), (422, ErrorCode::UnknownChain));

        let body = serde_json::json!({ "sign_in": good, "signature": format!("{signature}zz") });
        assert_eq!(house.post("/v1/sessions", &body).await.error(), (400, ErrorCode::Malformed));
        let body = serde_json::json!({ "sign_in": good, "signature": signature, "admin": true });
        assert_eq!(house.post("/v1/sessions", &body).await.error(), (400, ErrorCode::Malformed));
    })
    .await;
}

#[tokio::test]
async fn a_nonce_is_used_once_even_after_a_restart_and_stands_for_five_minutes() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (key, session) = (Key::number(1), SessionKey::generate(&mut OsRng));
        let first = sign_in(&house, key.account(CHAIN), &session).await;
        assert_eq!(send(&house, first.clone(), &key).await.status, 201);
        assert_eq!(send(&house, first.clone(), &key).await.error(), (409, ErrorCode::NonceInvalid));
        house.reopen().await;
        assert_eq!(send(&house, first, &key).await.error(), (409, ErrorCode::NonceInvalid));

        let nonce = challenge(&house).await;
        house.pass(301);
        let late = SignIn { nonce, ..sign_in(&house, key.account(CHAIN), &session).await };
        assert_eq!(send(&house, late, &key).await.error(), (403, ErrorCode::Expired));
    })
    .await;
}

#[tokio::test]
async fn a_contract_wallet_signs_in_if_its_contract_says_so() {
    each(async |database| {
        let house = House::build(database).await;
        let (key, session) = (Key::number(1), SessionKey::generate(&mut OsRng));
        let contract = Account::evm(CHAIN, [0xaa; 20]);
        house.chain_accounts.deploy(contract, key.account(CHAIN));
        let good = sign_in(&house, contract, &session).await;
        assert_eq!(
            send(&house, good.clone(), &Key::number(2)).await.error(),
            (403, ErrorCode::SignatureInvalid)
        );
        assert_eq!(send(&house, good, &key).await.status, 201);

        let nobody = Account::evm(CHAIN, [0xab; 20]);
        let dead = Account::evm(DEAD_CHAIN, [0xaa; 20]);
        let table = [
            ("no contract", nobody, (403, ErrorCode::SignatureInvalid)),
            ("a chain that does not answer", dead, (503, ErrorCode::ChainUnavailable)),
            ("a chain that is not followed", Account::evm(10, [0xaa; 20]), (422, ErrorCode::UnknownChain)),
        ];
        for (name, account, error) in table {
            assert_eq!(
                send(&house, sign_in(&house, account, &session).await, &key).await.error(),
                error,
                "{name}"
            );
        }
    })
    .await;
}
