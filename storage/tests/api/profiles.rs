//! `/v1/profile`, `/v1/profile/key-statement`, `/v1/profile/wallets`, `/v1/profiles/{profile_id}/key-statement`

use idos_api::{
    ErrorCode,
    profiles::{NewProfile, NewWallet, Profile, ProfileAnswer, SignedKeyStatement},
};
use idos_grants::Account;
use idos_testdb::each;
use idos_wallets::{Wallet, WalletLink};
use uuid::Uuid;

use crate::support::{CHAIN, DOMAIN, House, Issuer, Key, Person, challenge, data_id};

/// The `key` agrees to open `profile_id`.
async fn link(house: &House, key: &Key, account: Account, profile_id: Uuid) -> NewWallet {
    let nonce = challenge(house).await;
    let link =
        WalletLink { domain: DOMAIN.parse().unwrap(), profile_id, account, nonce, issued_at: house.now() };
    let signature = key.sign_message(&link.message().unwrap());
    NewWallet { link, signature }
}

#[tokio::test]
async fn no_profile_is_an_ordinary_answer_and_then_one_is_made() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::without_profile(&house, 1).await;
        assert_eq!(person.get(&house, "/v1/profile").await.json::<ProfileAnswer>().profile, None);

        let new = NewProfile {
            profile_id: person.profile_id,
            key_statement: Some(person.key_statement(&house, 1)),
        };
        let made = person.post(&house, "/v1/profile", &new).await;
        assert_eq!(made.status, 201);
        let profile: Profile = made.json();
        assert_eq!(profile.wallets, [Wallet::by_key(person.account.address())]);
        assert_eq!((profile.id, profile.created_at), (person.profile_id, house.now()));
        assert_eq!(profile.key_statement, new.key_statement);

        let again = person.post(&house, "/v1/profile", &new).await;
        assert_eq!(
            (again.status, again.json::<Profile>()),
            (200, profile.clone()),
            "its answer may have been lost"
        );
        assert_eq!(person.get(&house, "/v1/profile").await.json::<ProfileAnswer>().profile, Some(profile));
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_made_once_for_a_wallet_and_under_its_own_id() {
    each(async |database| {
        let house = House::build(database).await;
        let one = Person::new(&house, 1).await;
        let two = Person::without_profile(&house, 2).await;
        let new = |profile_id| NewProfile { profile_id, key_statement: None };
        let table = [
            ("a second profile", &one, new(Uuid::new_v4()), (409, ErrorCode::WalletTaken)),
            ("somebody's id", &two, new(one.profile_id), (409, ErrorCode::Exists)),
            ("no random id", &two, new(Uuid::nil()), (400, ErrorCode::Malformed)),
        ];
        for (name, person, new, error) in table {
            assert_eq!(person.post(&house, "/v1/profile", &new).await.error(), error, "{name}");
        }
        let body = serde_json::json!({ "profile_id": "me" });
        assert_eq!(two.post(&house, "/v1/profile", &body).await.error(), (400, ErrorCode::Malformed));
        assert_eq!(two.get(&house, "/v1/profile").await.json::<ProfileAnswer>().profile, None);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_replaced_only_by_the_next_statement_of_the_profiles_own_wallets() {
    each(async |database| {
        let house = House::build(database).await;
        let mut one = Person::new(&house, 1).await;
        let two = Person::new(&house, 2).await;
        let path = "/v1/profile/key-statement";
        let signed = |by: &Person, change: &dyn Fn(&mut idos_wallets::KeyStatement)| {
            let mut statement = one.key_statement(&house, 2).statement;
            change(&mut statement);
            let signature = by.key.sign_message(&statement.message().unwrap());
            SignedKeyStatement { statement, signature, node_set: None }
        };
        let invalid = (422, ErrorCode::KeyStatementInvalid);
        let table = [
            ("the same version", signed(&one, &|s| (s.version, s.issued_at) = (1, s.issued_at + 1)), invalid),
            ("a version left out", signed(&one, &|s| s.version = 3), invalid),
            ("older", signed(&one, &|s| s.issued_at -= 1), invalid),
            ("from the future", signed(&one, &|s| s.issued_at += 61), (403, ErrorCode::Expired)),
            ("another profile's", signed(&one, &|s| s.profile_id = two.profile_id), invalid),
            ("another wallet's", signed(&two, &|s| s.account = two.account), invalid),
            ("another wallet's in her name", signed(&two, &|_| ()), (403, ErrorCode::SignatureInvalid)),
        ];
        for (name, statement, error) in table {
            assert_eq!(one.put(&house, path, &statement).await.error(), error, "{name}");
        }
        // A hostile caller cannot have her own profile state somebody else's key, nor put hers in another's place.
        let theirs = one.key_statement(&house, 2);
        assert_eq!(two.put(&house, path, &theirs).await.error(), invalid);

        one.encryption = idos_keys::EncryptionSecret::generate(&mut rand_core::OsRng);
        let next = one.key_statement(&house, 2);
        for _ in 0..2 {
            let answer = one.put(&house, path, &next).await;
            assert_eq!(answer.json::<Profile>().key_statement.as_ref(), Some(&next));
        }
        let seen = two.get(&house, &format!("/v1/profiles/{}/key-statement", one.profile_id)).await;
        assert_eq!(seen.json::<SignedKeyStatement>(), next);
    })
    .await;
}

#[tokio::test]
async fn a_key_statement_is_shown_to_whoever_is_signed_in() {
    each(async |database| {
        let house = House::build(database).await;
        let one = Person::new(&house, 1).await;
        let stranger = Person::without_profile(&house, 2).await;
        let path = format!("/v1/profiles/{}/key-statement", one.profile_id);
        assert_eq!(
            stranger.get(&house, &path).await.json::<SignedKeyStatement>(),
            one.key_statement(&house, 1)
        );
        assert_eq!(house.get(&path).await.error(), (401, ErrorCode::Unauthenticated));
        let nobody = format!("/v1/profiles/{}/key-statement", Uuid::new_v4());
        assert_eq!(stranger.get(&house, &nobody).await.error(), (404, ErrorCode::NotFound));
        assert_eq!(
            stranger.get(&house, "/v1/profiles/me/key-statement").await.error(),
            (400, ErrorCode::Malformed)
        );
    })
    .await;
}

#[tokio::test]
async fn a_linked_wallet_opens_the_profile_and_an_unlinked_one_does_not() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let (id, _) = person.store(&house, &Issuer::number(1)).await;
        let backup = Person::without_profile(&house, 2).await;
        let request = link(&house, &backup.key, backup.account, person.profile_id).await;
        assert_eq!(person.post(&house, "/v1/profile/wallets", &request).await.status, 201);
        assert_eq!(person.post(&house, "/v1/profile/wallets", &request).await.status, 200, "sent again");
        assert_eq!(backup.read(&house, id).await.status, 200);

        let lost = format!("/v1/profile/wallets/{}", Wallet::by_key(person.account.address()));
        let left: Profile = backup.delete(&house, &lost).await.json();
        assert_eq!(left.wallets, [Wallet::by_key(backup.account.address())]);
        assert_eq!(
            person.get(&house, "/v1/profile").await.error(),
            (401, ErrorCode::Unauthenticated),
            "its sessions end"
        );
        let again = Person::without_profile(&house, 1).await;
        assert_eq!(again.read(&house, id).await.error(), (404, ErrorCode::NotFound));
        let last = format!("/v1/profile/wallets/{}", Wallet::by_key(backup.account.address()));
        assert_eq!(backup.delete(&house, &last).await.error(), (409, ErrorCode::LastWallet));
        assert_eq!(backup.delete(&house, &lost).await.error(), (404, ErrorCode::NotFound));
        assert_eq!(
            backup.delete(&house, "/v1/profile/wallets/0x12").await.error(),
            (400, ErrorCode::Malformed)
        );
    })
    .await;
}

#[tokio::test]
async fn a_wallet_is_linked_only_by_its_own_fresh_signature_for_this_profile() {
    each(async |database| {
        let house = House::build(database).await;
        let one = Person::new(&house, 1).await;
        let two = Person::new(&house, 2).await;
        let three = Key::number(3);
        let account = three.account(CHAIN);
        let path = "/v1/profile/wallets";
        let good = link(&house, &three, account, one.profile_id).await;
        let by = |key: &Key, change: &dyn Fn(&mut WalletLink)| {
            let mut link = good.link.clone();
            change(&mut link);
            let signature = key.sign_message(&link.message().unwrap());
            NewWallet { link, signature }
        };
        let now = house.now();
        let table = [
            ("somebody else's signature", by(&two.key, &|_| ()), (403, ErrorCode::SignatureInvalid)),
            (
                "for another profile",
                by(&three, &|l| l.profile_id = two.profile_id),
                (403, ErrorCode::SignatureInvalid),
            ),
            (
                "for another node",
                by(&three, &|l| l.domain = "evil.example.com".parse().unwrap()),
                (403, ErrorCode::WrongDomain),
            ),
            (
                "a made-up nonce",
                by(&three, &|l| l.nonce = "0".repeat(64).parse().unwrap()),
                (409, ErrorCode::NonceInvalid),
            ),
            ("an old message", by(&three, &|l| l.issued_at = now - 301), (403, ErrorCode::Expired)),
            (
                "of another profile",
                link(&house, &two.key, two.account, one.profile_id).await,
                (409, ErrorCode::WalletTaken),
            ),
        ];
        for (name, request, error) in table {
            assert_eq!(one.post(&house, path, &request).await.error(), error, "{name}");
        }
        let nobody = Person::without_profile(&house, 4).await;
        let request = link(&house, &three, account, nobody.profile_id).await;
        assert_eq!(nobody.post(&house, path, &request).await.error(), (403, ErrorCode::ProfileRequired));

        assert_eq!(one.post(&house, path, &good).await.status, 201);
        let wallet = Wallet::by_key(account.address());
        assert_eq!(one.delete(&house, &format!("{path}/{wallet}")).await.status, 200);
        assert_eq!(one.post(&house, path, &good).await.error(), (409, ErrorCode::NonceInvalid), "replayed");
    })
    .await;
}

#[tokio::test]
async fn a_contract_wallet_and_a_key_of_one_address_cannot_be_in_two_profiles() {
    each(async |database| {
        let house = House::build(database).await;
        let one = Person::new(&house, 1).await;
        let two = Person::new(&house, 2).await;
        house.chain_accounts.deploy(one.account, two.account);
        let request = link(&house, &two.key, one.account, two.profile_id).await;
        assert_eq!(
            two.post(&house, "/v1/profile/wallets", &request).await.error(),
            (409, ErrorCode::WalletTaken)
        );

        let contract = Account::evm(CHAIN, [0xaa; 20]);
        house.chain_accounts.deploy(contract, two.account);
        let request = link(&house, &two.key, contract, two.profile_id).await;
        let profile: Profile = two.post(&house, "/v1/profile/wallets", &request).await.json();
        assert!(profile.wallets.contains(&Wallet::on_chain(&contract)));
    })
    .await;
}

#[tokio::test]
async fn a_wallet_with_a_live_timelock_stays() {
    each(async |database| {
        let mut house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let backup = Key::number(2);
        let account = backup.account(CHAIN);
        let request = link(&house, &backup, account, person.profile_id).await;
        assert_eq!(person.post(&house, "/v1/profile/wallets", &request).await.status, 201);
        let until = house.now() + 100;
        house.grants.create(house.now(), account, Key::number(3).account(CHAIN), data_id(), until).await;
        let path = format!("/v1/profile/wallets/{}", Wallet::by_key(account.address()));
        let refused = person.delete(&house, &path).await;
        assert_eq!(refused.error(), (409, ErrorCode::Timelocked));
        assert!(refused.text().contains(&format!("\"locked_until\":{until}")));

        house.pass(101);
        assert_eq!(
            person.delete(&house, &path).await.error(),
            (503, ErrorCode::MirrorStale),
            "a lock may be hidden"
        );
        house.pass_with_chain(0).await;
        assert_eq!(person.delete(&house, &path).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_profile_has_a_bounded_number_of_wallets() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        for n in 2..=20 {
            let key = Key::number(n);
            let request = link(&house, &key, key.account(CHAIN), person.profile_id).await;
            assert_eq!(person.post(&house, "/v1/profile/wallets", &request).await.status, 201, "{n}");
        }
        let key = Key::number(21);
        let request = link(&house, &key, key.account(CHAIN), person.profile_id).await;
        assert_eq!(
            person.post(&house, "/v1/profile/wallets", &request).await.error(),
            (429, ErrorCode::LimitReached)
        );
    })
    .await;
}
