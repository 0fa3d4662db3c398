//! What a person says of herself.

use idos_client::{
    consumer::{self, StatusSource},
    owner::own_data,
};
use idos_credentials::{CredentialDraft, Expectations, PublicNotes};
use rand_core::OsRng;
use serde_json::{Map, json};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_of_herself_is_never_taken_for_an_issuers_word() {
    let world = World::new().await;
    let mut draft = CredentialDraft::new(uuid::Uuid::new_v4(), world.subject(), world.house.now());
    draft.claims = Map::from_iter([("nickname".to_owned(), json!("Ada"))]);
    let own_data = own_data::OwnData { draft, notes: Map::new() };
    let alice = &world.alice;
    let stored =
        own_data::add(&alice.session, &alice.secret, own_data, world.house.now(), &mut OsRng).await.unwrap();
    assert!(PublicNotes::parse(&stored.public_notes).unwrap().is_self_issued());
    let copy = world.shared(stored.data_id).await;
    let own = own_data::own_issuer(&alice.secret).unwrap().did();
    let judge = async |issuers: Option<&[idos_credentials::IssuerDid]>| {
        let expectations = Expectations { issuers, ..Expectations::default() };
        let (session, secret) = (&world.bank.session, std::slice::from_ref(&world.bank.secret));
        let opened =
            consumer::fetch(session, copy, secret, &expectations, StatusSource::Node, world.house.now());
        opened.await.unwrap().judgement
    };
    let says_so = "its subject says so herself, and nobody else has checked it";
    let unnamed = judge(None).await;
    assert!(!unnamed.good && unnamed.self_issued);
    assert_eq!(unnamed.failures().last(), Some(&("self_issued".to_owned(), says_so.to_owned())));
    let named_another = judge(Some(&[world.issuer.did()])).await;
    let codes: Vec<_> = named_another.failures().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["trust", "self_issued"]);
    let named = judge(Some(&[own])).await;
    assert!(named.good && named.self_issued, "{:?}", named.failures());
}
