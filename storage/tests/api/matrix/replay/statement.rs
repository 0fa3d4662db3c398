//! What is signed to be shown to anybody, anywhere: a signing key, public notes. What must not happen is that an old one, or one of something else, is taken.

use idos_api::{credentials::Credential, profiles::SignedSigningKeyStatement};
use idos_credentials::{IssuerKey, PublicNotes, WebDid};
use idos_grants::DataId;

use super::{Replay, message::house, not_named, refused};
use crate::{
    signing_keys,
    support::{Issuer, Person, WalletKind},
};

pub async fn signing_key(replay: Replay) -> String {
    const PATH: &str = "/v1/profile/signing-key";
    let house = house().await;
    let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let site: WebDid = "did:web:issuer.example".parse().unwrap();
    let issuer = Issuer(IssuerKey::from_seed(&[9; 32]).unwrap().for_site(site));
    let version = |version| signing_keys::statement(&house, &person, &issuer, version);
    let put = async |who: &Person, said: &SignedSigningKeyStatement| who.put(&house, PATH, said).await;
    let mut said = version(1);
    match replay {
        Replay::Again | Replay::AfterRevoke => {
            assert_eq!(put(&person, &said).await.status, 200);
            assert_eq!(put(&person, &version(2)).await.status, 200);
        }
        Replay::OtherNode => return "- is true at every node".to_owned(),
        Replay::OtherProfile => return refused(&put(&other, &said).await),
        Replay::OtherChain => {
            let there = WalletKind::EvmKey.on_second_chain(&house, &person.key, person.account);
            said.statement.account = there;
        }
        Replay::OtherContract => return not_named("contract"),
        Replay::Expired => return "- stands until the next".to_owned(),
        Replay::NotYetValid => {
            said.statement.issued_at = house.now() + 61;
            said = signing_keys::signed(&person, said.statement);
        }
    }
    refused(&put(&person, &said).await)
}

pub async fn public_notes(replay: Replay) -> String {
    let house = house().await;
    let (person, other) = (Person::new(&house, 1).await, Person::new(&house, 2).await);
    let issuer = Issuer::number(1);
    let (original, _) = person.store(&house, &issuer).await;
    let path = |id: DataId| format!("/v1/credentials/{id}/public-notes");
    let shown: Credential = person.get(&house, &format!("/v1/credentials/{original}")).await.json();
    let second = PublicNotes::parse(&shown.public_notes).unwrap().next(Default::default()).unwrap();
    let third = second.next(Default::default()).unwrap();
    let renew = async |who: &Person, id: DataId| who.put(&house, &path(id), &issuer.signed(&second)).await;
    match replay {
        Replay::Again | Replay::AfterRevoke => {
            assert_eq!(renew(&person, original).await.status, 200);
            assert_eq!(person.put(&house, &path(original), &issuer.signed(&third)).await.status, 200);
            refused(&renew(&person, original).await)
        }
        Replay::OtherNode => "- are true at every node".to_owned(),
        Replay::OtherProfile => {
            let (foreign, _) = other.store(&house, &issuer).await;
            let by_other = refused(&renew(&other, original).await);
            format!("{by_other}; of another credential {}", refused(&renew(&other, foreign).await))
        }
        Replay::OtherChain => not_named("chain"),
        Replay::OtherContract => not_named("contract"),
        Replay::Expired => "- stand until the next".to_owned(),
        Replay::NotYetValid => refused(&person.put(&house, &path(original), &issuer.signed(&third)).await),
    }
}
