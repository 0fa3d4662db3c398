//! Stellar accounts (SEP-53, and the network's word on the key) and XRPL accounts (by their master keys).

use idos_api::{ErrorCode, profiles::NewProfile, profiles::Profile, sessions::NewSession};
use idos_grants::{
    Account, Address, ChainId,
    account::{PublicKey, StellarAddress, XrplAddress},
};
use idos_sessions::SessionKey;
use idos_testdb::each;
use idos_wallets::{KeyPermission, Wallet};
use rand_core::OsRng;

use crate::support::{Answer, House, Key, Person, sign_in};

fn network() -> ChainId {
    "stellar:testnet".parse().unwrap()
}

/// The account of a key on Stellar.
fn account_of(key: &Key) -> Account {
    Account::new(network(), Address::Stellar(StellarAddress::Account(key.public()))).unwrap()
}

/// The bare key of an XRPL account, on Stellar.
fn bare_key_of(key: &Key) -> Account {
    let key = PublicKey::Ed25519(key.public());
    Account::new(network(), Address::Stellar(StellarAddress::Key(key))).unwrap()
}

fn xrpl_account_of(key: &Key) -> Account {
    let address = XrplAddress::of_key(&PublicKey::Ed25519(key.public())).unwrap();
    Account::new(ChainId::Xrpl(0), Address::Xrpl(address)).unwrap()
}

async fn profile_of(person: &Person, house: &House) -> Answer {
    let new =
        NewProfile { profile_id: person.profile_id, key_statement: Some(person.key_statement(house, 1)) };
    person.post(house, "/v1/profile", &new).await
}

#[tokio::test]
async fn a_stellar_account_signs_in_states_its_key_and_stores() {
    each(async |database| {
        let house = House::build(database).await;
        let key = Key::stellar(1);
        let account = account_of(&key);
        house.chain_accounts.set_permission(account, key.public(), KeyPermission::FullAccess);
        let person = Person::signed_in(&house, key, account).await;
        let answer = profile_of(&person, &house).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json::<Profile>().wallets, [Wallet::on_chain(&account)]);
        let (id, content) = person.store(&house, &crate::support::Issuer::number(1)).await;
        assert_eq!(person.read(&house, id).await.body, content);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_the_account_gave_up_or_that_needs_others_beside_it_does_not_sign_in() {
    each(async |database| {
        let house = House::build(database).await;
        let (key, session) = (Key::stellar(1), SessionKey::generate(&mut OsRng));
        let account = account_of(&key);
        for permission in [KeyPermission::Limited, KeyPermission::NoKey] {
            house.chain_accounts.set_permission(account, key.public(), permission);
            let sign_in = sign_in(&house, account, &session).await;
            let signature = key.sign_message(&sign_in.message().unwrap());
            let answer = house.post("/v1/sessions", &NewSession { sign_in, signature }).await;
            assert_eq!(answer.error(), (403, ErrorCode::SignatureInvalid), "{permission:?}");
        }
        // Of an account that was never funded, its key is all there is.
        house.chain_accounts.set_permission(account, key.public(), KeyPermission::NoAccount);
        assert_eq!(profile_of(&Person::signed_in(&house, key, account).await, &house).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_the_account_gives_up_the_key_that_opened_them() {
    each(async |database| {
        let house = House::build(database).await;
        let key = Key::stellar(1);
        let (account, public) = (account_of(&key), key.public());
        house.chain_accounts.set_permission(account, public, KeyPermission::FullAccess);
        let person = Person::signed_in(&house, key, account).await;
        assert_eq!(profile_of(&person, &house).await.status, 201);
        house.housekeeping().await;
        assert_eq!(person.get(&house, "/v1/profile").await.status, 200);
        house.chain_accounts.set_permission(account, public, KeyPermission::NoKey);
        house.housekeeping().await;
        assert_eq!(person.get(&house, "/v1/profile").await.error(), (401, ErrorCode::Unauthenticated));
    })
    .await;
}

#[tokio::test]
async fn an_xrpl_account_signs_in_and_its_key_is_nobody_elses_wallet() {
    each(async |database| {
        let house = House::build(database).await;
        let account = xrpl_account_of(&Key::xrpl(1));
        let person = Person::signed_in(&house, Key::xrpl(1), account).await;
        let answer = profile_of(&person, &house).await;
        assert_eq!(answer.status, 201);
        let wallets = answer.json::<Profile>().wallets;
        assert!(
            wallets[0].controls(&account) && wallets[0].controls(&bare_key_of(&Key::xrpl(1))),
            "{wallets:?}"
        );
        let (id, content) = person.store(&house, &crate::support::Issuer::number(1)).await;
        assert_eq!(person.read(&house, id).await.body, content);

        // The same key by its other name does not get a second profile.
        let by_key = Person::signed_in(&house, Key::xrpl(1), bare_key_of(&Key::xrpl(1))).await;
        assert_eq!(profile_of(&by_key, &house).await.status, 409);
    })
    .await;
}

#[tokio::test]
async fn another_accounts_key_and_a_stellar_contract_do_not_sign_in() {
    each(async |database| {
        let house = House::build(database).await;
        let session = SessionKey::generate(&mut OsRng);
        let contract =
            "stellar:testnet:CA3D5KRYM6CB7OWQ6TWYRR3Z4T7GNZLKERYNZGGA5SOAOPIFY6YQGAXE".parse().unwrap();
        let table = [
            ("XRPL, another's key", xrpl_account_of(&Key::xrpl(1)), Key::xrpl(2)),
            ("Stellar, another's key", account_of(&Key::stellar(1)), Key::stellar(2)),
            ("a bare key, another's", bare_key_of(&Key::xrpl(1)), Key::xrpl(2)),
            ("a contract", contract, Key::stellar(1)),
        ];
        for (name, account, key) in table {
            let sign_in = sign_in(&house, account, &session).await;
            let signature = key.sign_message(&sign_in.message().unwrap());
            let answer = house.post("/v1/sessions", &NewSession { sign_in, signature }).await;
            assert_eq!(answer.error(), (403, ErrorCode::SignatureInvalid), "{name}");
        }
    })
    .await;
}
