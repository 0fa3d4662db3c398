//! `DELETE /v1/profile`

use ed25519_dalek::{Signature, Verifier};
use idos_api::{
    ErrorCode,
    audit::{AuditPage, ErasedBecause, LogReader},
    credentials::CredentialPage,
    profiles::{NewProfile, NewWallet, Profile, ProfileAnswer, ProfileDeletionReceipt},
};
use idos_credentials::IssuerDid;
use idos_grants::{Account, GrantChange};
use idos_testdb::each;
use idos_wallets::WalletLink;
use uuid::Uuid;

use crate::support::{
    Answer, CHAIN, DOMAIN, House, Issuer, Key, Person, challenge, data_id, grant, random_box, sealed,
};

async fn delete(house: &House, person: &Person, profile: Uuid) -> Answer {
    person.delete(house, &format!("/v1/profile?profile_id={profile}")).await
}

async fn link(house: &House, person: &Person, key: &Key, account: Account) {
    let link = WalletLink {
        domain: DOMAIN.parse().unwrap(),
        profile_id: person.profile_id,
        account,
        nonce: challenge(house).await,
        issued_at: house.now(),
    };
    let signature = key.sign_message(&link.message().unwrap());
    let answer = person.post(house, "/v1/profile/wallets", &NewWallet { link, signature }).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn new_profile(house: &House, person: &Person) -> NewProfile {
    NewProfile { profile_id: person.profile_id, key_statement: Some(person.key_statement(house, 1)) }
}

/// Which of a deleted profile's tables may still name it, and why.
const MAY_NAME_IT: [&str; 3] = [
    // The receipts.
    "store_receipts",
    "store_profile_receipts",
    // Bills.
    "store_usage",
];

#[tokio::test]
async fn a_profile_goes_with_everything_in_it_and_the_receipt_names_it_all() {
    each(async |database| {
        let mut house = House::build(database).await;
        let mut owner = Person::new(&house, 1).await;
        let reader = Person::new(&house, 2).await;
        let issuer = Issuer::number(1);
        let (original, content) = owner.store(&house, &issuer).await;
        let (copy, copied) = owner.share(&house, original, &reader).await;
        let (theirs, _) = reader.store(&house, &issuer).await;
        let (their_copy, _) = reader.share(&house, theirs, &owner).await;
        let backup = Person::without_profile(&house, 3).await;
        link(&house, &owner, &backup.key, backup.account).await;
        owner.upload(&house, &random_box(100)).await;
        owner.encryption = idos_keys::EncryptionSecret::generate(&mut rand_core::OsRng);
        owner.put(&house, "/v1/profile/key-statement", &owner.key_statement(&house, 2)).await;
        let now = house.now();
        let granted = [
            grant(GrantChange::Created, owner.account, reader.account, copy, 0),
            grant(GrantChange::Created, reader.account, owner.account, their_copy, 0),
        ];
        house.grants.block(now, &granted, 0).await;
        assert_eq!(reader.read(&house, copy).await.body, copied);
        assert_eq!(owner.read(&house, their_copy).await.status, 200);
        let blobs = house.blobs().len();

        let answer = delete(&house, &owner, owner.profile_id).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let receipt: ProfileDeletionReceipt = answer.json();
        let deleted = &receipt.receipt;
        assert_eq!((deleted.profile_id, deleted.deleted_at), (owner.profile_id, now));
        let mut named: Vec<_> = deleted.contents.iter().map(|content| content.data_id).collect();
        named.sort();
        let mut held = [original, copy];
        held.sort();
        assert_eq!(named, held);
        let counts = deleted.counts;
        assert_eq!((counts.wallets, counts.key_statements, counts.uploads, counts.reads), (2, 2, 1, 1));
        let node: IssuerDid = receipt.node.parse().unwrap();
        let signature: [u8; 64] = hex::decode(&receipt.signature[2..]).unwrap().try_into().unwrap();
        let signature = Signature::from_bytes(&signature);
        assert!(node.key().verify(receipt.receipt_text.as_bytes(), &signature).is_ok());
        for part in
            deleted.contents.iter().flat_map(|part| [part.data_id.to_string(), part.content_sha256.clone()])
        {
            assert!(receipt.receipt_text.contains(&part));
        }

        assert_eq!(house.blobs().len(), blobs - 3, "original, copy, upload");
        assert_eq!(
            backup.get(&house, "/v1/profile").await.error(),
            (401, ErrorCode::Unauthenticated),
            "ended"
        );
        let profile = owner.get(&house, "/v1/profile").await.json::<ProfileAnswer>().profile;
        assert_eq!(profile, None);
        for id in [original, copy] {
            assert_eq!(owner.read(&house, id).await.error(), (404, ErrorCode::NotFound));
            assert_eq!(
                reader.read(&house, id).await.error(),
                (404, ErrorCode::NotFound),
                "a grant on nothing"
            );
        }
        assert_eq!(
            owner.read(&house, their_copy).await.error(),
            (404, ErrorCode::NotFound),
            "nobody's wallet now"
        );
        let listed: CredentialPage = reader.get(&house, "/v1/credentials").await.json();
        assert_eq!(listed.credentials.len(), 2, "what she received is its owners'");
        let log: AuditPage = reader.get(&house, "/v1/audit").await.json();
        let gone = LogReader::Erased { because: ErasedBecause::ProfileDeleted };
        assert_eq!(log.reads[0].reader, gone, "that it was read stays in others' logs, but not by whom");
        let key_statement = format!("/v1/profiles/{}/key-statement", owner.profile_id);
        assert_eq!(reader.get(&house, &key_statement).await.error(), (404, ErrorCode::NotFound));

        for (table, row) in house.rows().await {
            let named = row.contains(&owner.profile_id.to_string());
            assert!(!named || MAY_NAME_IT.contains(&table.as_str()), "{table}: {row}");
        }
        for trace in [&content[..24], &copied[..24]] {
            assert!(!house.holds(trace), "no content stays");
        }

        house.reopen().await;
        assert_eq!(delete(&house, &owner, owner.profile_id).await.json::<ProfileDeletionReceipt>(), receipt);
        assert_eq!(delete(&house, &reader, owner.profile_id).await.error(), (404, ErrorCode::NotFound));
        let again = Person::without_profile(&house, 1).await;
        assert_eq!(
            delete(&house, &again, owner.profile_id).await.error(),
            (404, ErrorCode::NotFound),
            "only the session that asked"
        );
    })
    .await;
}

#[tokio::test]
async fn its_wallets_make_new_profiles_but_never_under_its_id() {
    each(async |database| {
        let house = House::build(database).await;
        let mut person = Person::new(&house, 1).await;
        let (id, content) = person.store(&house, &Issuer::number(1)).await;
        let gone = person.profile_id;
        let receipt: ProfileDeletionReceipt = delete(&house, &person, gone).await.json();
        let same = person.post(&house, "/v1/profile", &new_profile(&house, &person)).await;
        assert_eq!(same.error(), (409, ErrorCode::Exists));
        person.profile_id = Uuid::new_v4();
        let made: Profile = person.post(&house, "/v1/profile", &new_profile(&house, &person)).await.json();
        assert_eq!(made.id, person.profile_id);
        let again: ProfileDeletionReceipt = delete(&house, &person, gone).await.json();
        assert_eq!(again, receipt, "a late repetition deletes nothing");
        let profile = person.get(&house, "/v1/profile").await.json::<ProfileAnswer>().profile;
        assert_eq!(profile, Some(made));

        person.upload(&house, &content).await;
        let new = Issuer::number(1).credential(sealed(id, &content, &person));
        assert_eq!(person.post(&house, "/v1/credentials", &new).await.error(), (409, ErrorCode::Exists));
        assert_eq!(delete(&house, &person, person.profile_id).await.status, 200, "and can be deleted itself");
    })
    .await;
}

#[tokio::test]
async fn a_timelock_of_any_wallet_on_anything_in_it_forbids_it() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let backup = Key::number(3);
        link(&house, &owner, &backup, backup.account(CHAIN)).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(owner.store(&house, &Issuer::number(1)).await.0);
        }
        let until = house.now() + 50;
        let by_backup = grant(GrantChange::Created, backup.account(CHAIN), reader.account, ids[1], until);
        let elsewhere = grant(GrantChange::Created, owner.account, reader.account, data_id(), until + 1000);
        let strangers = grant(GrantChange::Created, reader.account, owner.account, ids[0], until + 1000);
        house.grants.block(house.now(), &[by_backup, elsewhere, strangers], 1).await;
        let refused = delete(&house, &owner, owner.profile_id).await;
        assert_eq!(refused.error(), (409, ErrorCode::Timelocked), "though not final");
        assert!(refused.text().contains(&format!("\"locked_until\":{until}")), "{}", refused.text());
        assert_eq!(owner.read(&house, ids[0]).await.status, 200, "nothing is gone");

        house.pass(51);
        let refused = delete(&house, &owner, owner.profile_id).await;
        assert_eq!(refused.error(), (409, ErrorCode::Timelocked), "the chain's clock is behind");
        house.pass(10);
        assert_eq!(delete(&house, &owner, owner.profile_id).await.error(), (503, ErrorCode::MirrorStale));
        house.pass_with_chain(0).await;
        house.grants.break_it().await;
        assert_eq!(
            delete(&house, &owner, owner.profile_id).await.error(),
            (503, ErrorCode::MirrorInconsistent)
        );
        house.grants.verify().await;
        assert_eq!(
            delete(&house, &owner, owner.profile_id).await.status,
            200,
            "a lock on what is not here holds nothing here"
        );
    })
    .await;
}

#[tokio::test]
async fn it_is_refused_to_whoever_has_no_such_profile_or_does_not_name_it() {
    each(async |database| {
        let house = House::build(database).await;
        let (owner, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let nobody = Person::without_profile(&house, 3).await;
        let not_found = (404, ErrorCode::NotFound);
        for person in [&other, &nobody] {
            assert_eq!(delete(&house, person, owner.profile_id).await.error(), not_found);
            assert_eq!(
                delete(&house, person, owner.profile_id).await.comparable(),
                delete(&house, person, Uuid::new_v4()).await.comparable()
            );
        }
        for path in
            ["/v1/profile", "/v1/profile?profile_id=me", "/v1/profile?profile_id=", "/v1/profile?id=1"]
        {
            assert_eq!(owner.delete(&house, path).await.error(), (400, ErrorCode::Malformed), "{path}");
        }
        let path = format!("/v1/profile?profile_id={}", owner.profile_id);
        let unsigned = axum::http::Request::delete(&path).body(axum::body::Body::empty()).unwrap();
        assert_eq!(house.ask(unsigned).await.error(), (401, ErrorCode::Unauthenticated));
        let (one, two) = futures::join!(
            delete(&house, &owner, owner.profile_id),
            delete(&house, &owner, owner.profile_id)
        );
        assert_eq!(
            one.json::<ProfileDeletionReceipt>(),
            two.json::<ProfileDeletionReceipt>(),
            "twice at once"
        );
    })
    .await;
}

#[tokio::test]
async fn hundreds_of_things_go_at_once() {
    each(async |database| {
        let mut house = House::build(database).await;
        let (owner, reader) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let mut ids = Vec::new();
        for _ in 0..130 {
            ids.push(owner.store(&house, &Issuer::number(1)).await.0);
        }
        // The last one in its order is locked: it is found in whichever question it is asked about.
        let last = *ids.iter().max().unwrap();
        house.grants.create(house.now(), owner.account, reader.account, last, house.now() + 10).await;
        assert_eq!(delete(&house, &owner, owner.profile_id).await.error(), (409, ErrorCode::Timelocked));
        house.pass_with_chain(11).await;
        let receipt: ProfileDeletionReceipt = delete(&house, &owner, owner.profile_id).await.json();
        assert_eq!((receipt.receipt.contents.len(), house.blobs().len()), (130, 0));
    })
    .await;
}
