//! NEAR accounts: signed messages (NEP-413), and the chain's word on the key that signed.

use std::time::{Duration, Instant};

use idos_api::{ErrorCode, credentials::CredentialPage, profiles::Profile, sessions::NewSession};
use idos_grants::Account;
use idos_sessions::SessionKey;
use idos_testdb::each;
use idos_wallets::{KeyPermission, Wallet};
use rand_core::OsRng;

use crate::support::{House, Issuer, Key, Person, sign_in};

fn alice() -> Account {
    "near:testnet:alice.testnet".parse().unwrap()
}

/// Somebody with alice's account, by a key that may do everything.
async fn enter(house: &House, key: Key) -> Person {
    enter_as(house, key, alice()).await
}

async fn enter_as(house: &House, key: Key, account: Account) -> Person {
    house.chain_accounts.set_permission(account, key.public(), KeyPermission::FullAccess);
    Person::signed_in(house, key, account).await
}

async fn profile_of(person: &Person, house: &House) -> crate::support::Answer {
    let new = idos_api::profiles::NewProfile {
        profile_id: person.profile_id,
        key_statement: Some(person.key_statement(house, 1)),
    };
    person.post(house, "/v1/profile", &new).await
}

#[tokio::test]
async fn a_near_account_signs_in_states_its_key_and_stores() {
    each(async |database| {
        let house = House::build(database).await;
        let person = enter(&house, Key::near(1)).await;
        let answer = profile_of(&person, &house).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json::<Profile>().wallets, [Wallet::on_chain(&alice())]);
        let (id, content) = person.store(&house, &Issuer::number(1)).await;
        assert_eq!(person.read(&house, id).await.body, content);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_may_not_do_everything_does_not_sign_in() {
    each(async |database| {
        let house = House::build(database).await;
        let (key, session) = (Key::near(1), SessionKey::generate(&mut OsRng));
        for permission in [KeyPermission::Limited, KeyPermission::NoKey, KeyPermission::NoAccount] {
            house.chain_accounts.set_permission(alice(), key.public(), permission);
            let sign_in = sign_in(&house, alice(), &session).await;
            let signature = key.sign_message(&sign_in.message().unwrap());
            let answer = house.post("/v1/sessions", &NewSession { sign_in, signature }).await;
            assert_eq!(answer.error(), (403, ErrorCode::SignatureInvalid), "{permission:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_the_key_that_opened_them_is_taken_away_and_others_stay() {
    each(async |database| {
        let mut house = House::build(database).await;
        let lost = enter(&house, Key::near(1)).await;
        assert_eq!(profile_of(&lost, &house).await.status, 201);
        let kept = enter(&house, Key::near(2)).await;
        let evm = Person::new(&house, 3).await;
        house.housekeeping().await;
        assert_eq!(lost.get(&house, "/v1/profile").await.status, 200, "while it is a key of the account");

        house.chain_accounts.set_permission(alice(), lost.key.public(), KeyPermission::NoKey);
        house.housekeeping().await;
        assert_eq!(lost.get(&house, "/v1/profile").await.error(), (401, ErrorCode::Unauthenticated));
        assert_eq!(kept.get(&house, "/v1/profile").await.status, 200);
        assert_eq!(evm.get(&house, "/v1/profile").await.status, 200);
        house.reopen().await;
        assert_eq!(lost.get(&house, "/v1/profile").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_chain_that_never_answers_holds_up_nothing_else() {
    each(async |database| {
        let mut house = House::build(database).await;
        let kept = enter(&house, Key::near(1)).await;
        for number in 2..20 {
            enter(&house, Key::near(number)).await;
        }
        let bob: Account = "near:mainnet:bob.near".parse().unwrap();
        let lost = enter_as(&house, Key::near(50), bob).await;
        house.chain_accounts.set_permission(bob, lost.key.public(), KeyPermission::NoKey);
        let (owner, reader) = (Person::new(&house, 30).await, Person::new(&house, 31).await);
        let (original, _) = owner.store(&house, &Issuer::number(1)).await;
        let (copy, _) = owner.share(&house, original, &reader).await;
        let now = house.now();
        house.grants.create(now, owner.account, reader.account, copy, 0).await;
        house.grants.revoke(now, owner.account, reader.account, copy).await;

        house.chain_accounts.fall_silent(alice().chain());
        let begun = Instant::now();
        house.housekeeping().await;
        assert!(begun.elapsed() < Duration::from_secs(4), "it ends when the node does");
        let left: CredentialPage = owner.get(&house, "/v1/credentials").await.json();
        assert_eq!(left.credentials.len(), 1, "the copy whose grant was revoked is purged");
        assert_eq!(lost.get(&house, "/v1/profile").await.status, 401, "the other chain's word counts");
        assert_eq!(
            kept.get(&house, "/v1/profile").await.status,
            200,
            "what is not answered is left as it is"
        );
    })
    .await;
}
