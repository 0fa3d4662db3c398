//! `PUT /v1/profile/signing-key`, and notes of issuers that are named by their web site.

use idos_api::{
    ErrorCode,
    credentials::{Credential, NewCredential},
    profiles::{ProfileAnswer, SignedSigningKeyStatement},
};
use idos_credentials::{IssuerKey, PublicNotes, WebDid};
use idos_testdb::each;
use idos_wallets::SigningKeyStatement;

use crate::support::{House, Issuer, Person, data_id, random_box, sealed};

const SITE: &str = "did:web:issuer.example";

fn issuer(n: u8, site: &str) -> Issuer {
    Issuer(IssuerKey::from_seed(&[n; 32]).unwrap().for_site(site.parse::<WebDid>().unwrap()))
}

/// What `person`'s wallet says of her signing key.
pub fn statement(house: &House, person: &Person, issuer: &Issuer, version: u32) -> SignedSigningKeyStatement {
    let statement = SigningKeyStatement {
        profile_id: person.profile_id,
        account: person.account,
        issuer: issuer.0.name().as_str().parse().unwrap(),
        signing_key: issuer.0.did().key().to_bytes(),
        version,
        issued_at: house.now(),
    };
    signed(person, statement)
}

pub fn signed(person: &Person, statement: SigningKeyStatement) -> SignedSigningKeyStatement {
    let signature = person.key.sign_message(&statement.message().unwrap());
    SignedSigningKeyStatement { statement, signature }
}

/// A credential of that issuer for the person's own profile.
async fn credential(house: &House, person: &Person, issuer: &Issuer) -> NewCredential {
    let content = random_box(100);
    person.upload(house, &content).await;
    let text = format!(
        r#"{{"id": "{}", "type": ["Residence"], "issuer": "{}"}}"#,
        uuid::Uuid::new_v4().urn(),
        issuer.0.name()
    );
    let notes = PublicNotes::parse(&text).unwrap();
    let new = issuer.credential_with(sealed(data_id(), &content, person), &notes);
    NewCredential { issuer: issuer.0.name().to_string(), ..new }
}

#[tokio::test]
async fn notes_of_a_site_are_taken_from_the_profile_that_states_its_key() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let site = issuer(1, SITE);
        let new = credential(&house, &person, &site).await;
        let invalid = (422, ErrorCode::NotesInvalid);
        assert_eq!(person.post(&house, "/v1/credentials", &new).await.error(), invalid, "no key is stated");
        let stated = statement(&house, &person, &site, 1);
        let state = async |stated: &SignedSigningKeyStatement| {
            person.put(&house, "/v1/profile/signing-key", stated).await
        };
        assert_eq!(state(&stated).await.json::<SignedSigningKeyStatement>(), stated);
        assert_eq!(state(&stated).await.status, 200, "its answer was lost");
        let stored: Credential = person.post(&house, "/v1/credentials", &new).await.json();
        assert_eq!(stored.issuer, SITE);

        let by_other = credential(&house, &other, &site).await;
        assert_eq!(
            other.post(&house, "/v1/credentials", &by_other).await.error(),
            invalid,
            "it is hers only"
        );
        for (name, other_issuer) in
            [("another key", issuer(2, SITE)), ("another site", issuer(1, "did:web:other.example"))]
        {
            let new = credential(&house, &person, &other_issuer).await;
            assert_eq!(person.post(&house, "/v1/credentials", &new).await.error(), invalid, "{name}");
        }
        let renewed =
            site.signed(&PublicNotes::parse(&new.public_notes).unwrap().next(Default::default()).unwrap());
        let path = format!("/v1/credentials/{}/public-notes", stored.data_id);
        assert_eq!(person.put(&house, &path, &renewed).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_owner_finds_what_she_stated_in_her_profile_and_nobody_elses() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let found = async |who: &Person| {
            who.get(&house, "/v1/profile").await.json::<ProfileAnswer>().profile.unwrap().signing_key
        };
        assert_eq!(found(&person).await, None);
        for version in [1, 2] {
            let stated = statement(&house, &person, &issuer(version as u8, SITE), version);
            assert_eq!(person.put(&house, "/v1/profile/signing-key", &stated).await.status, 200);
            assert_eq!(found(&person).await, Some(stated));
        }
        assert_eq!(found(&other).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_owner_herself_stores_what_a_site_signed_and_nobody_for_others() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let site = issuer(1, SITE);
        let new = credential(&house, &person, &site).await;
        let with = |key: &str| NewCredential { notes_key: Some(key.to_owned()), ..new.clone() };
        let invalid = (422, ErrorCode::NotesInvalid);
        for (name, key) in [("another key", issuer(2, SITE).0.did().to_string()), ("no key", SITE.to_owned())]
        {
            let refused = person.post(&house, "/v1/credentials", &with(&key)).await;
            assert_eq!(refused.error(), invalid, "{name}");
        }
        let stored: Credential =
            person.post(&house, "/v1/credentials", &with(site.0.did().as_str())).await.json();
        assert_eq!(stored.issuer, SITE);
    })
    .await;
}

#[tokio::test]
async fn statements_that_are_not_the_profiles_next_are_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
        let site = issuer(1, SITE);
        let with = |change: &dyn Fn(&mut SigningKeyStatement)| {
            let mut said = statement(&house, &person, &site, 1).statement;
            change(&mut said);
            signed(&person, said)
        };
        let altered = {
            let mut stated = statement(&house, &person, &site, 1);
            stated.statement.signing_key = issuer(2, SITE).0.did().key().to_bytes();
            stated
        };
        let (invalid, signature) =
            ((422, ErrorCode::KeyStatementInvalid), (403, ErrorCode::SignatureInvalid));
        let by_other = {
            let mut said = statement(&house, &person, &site, 1).statement;
            said.account = other.account;
            signed(&other, said)
        };
        let table = [
            ("another profile", with(&|said| said.profile_id = other.profile_id), invalid),
            ("a wallet that is not linked", by_other, invalid),
            ("a version left out", with(&|said| said.version = 2), invalid),
            (
                "a weak key",
                with(&|said| {
                    said.signing_key = [0; 32];
                    said.signing_key[0] = 1
                }),
                invalid,
            ),
            (
                "a did:key",
                with(&|said| said.issuer = issuer(1, SITE).0.did().as_str().parse().unwrap()),
                invalid,
            ),
            ("no DID", with(&|said| said.issuer = "https://issuer.example/".parse().unwrap()), invalid),
            ("of the future", with(&|said| said.issued_at += 61), (403, ErrorCode::Expired)),
            ("altered", altered, signature),
            (
                "another's signature",
                signed(&other, statement(&house, &person, &site, 1).statement),
                signature,
            ),
        ];
        for (name, stated, error) in table {
            let answer = person.put(&house, "/v1/profile/signing-key", &stated).await;
            assert_eq!(answer.error(), error, "{name}");
        }
        let mut unknown = serde_json::to_value(statement(&house, &person, &site, 1)).unwrap();
        unknown["more"] = 1.into();
        let answer = person.put(&house, "/v1/profile/signing-key", &unknown).await;
        assert_eq!(answer.error(), (400, ErrorCode::Malformed));
        for version in [1, 2] {
            let stated = statement(&house, &person, &issuer(version as u8, SITE), version);
            assert_eq!(person.put(&house, "/v1/profile/signing-key", &stated).await.status, 200);
        }
        let first = statement(&house, &person, &issuer(1, SITE), 1);
        let answer = person.put(&house, "/v1/profile/signing-key", &first).await;
        assert_eq!(answer.error(), invalid, "an old one again");
    })
    .await;
}
