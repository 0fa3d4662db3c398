//! Originals that are served in each other's place while their owner shares them, accepts a request, or seals them anew.

use axum::http::HeaderValue;
use idos_api::requests::AccessRequest;
use idos_client::{
    consumer,
    encryption::KeyOrigin,
    memory,
    owner::{self, KeyChange, change_key},
    requests::{self, Look, RequestTerms},
};
use idos_credentials::Requirements;
use idos_grants::DataId;
use idos_keys::{EncryptionSecret, sealed_box::Sealed};
use idos_tests::hostile_node::OnTheWay;
use rand_core::OsRng;
use serde_json::{Value, json};

use crate::world::{Rewriting, World, forged, path_of, refusal};

const OF_CONTENT: &[&str] = &["content_sha256", "size", "sender_key"];
const OF_ALL: &[&str] =
    &["content_sha256", "size", "sender_key", "public_notes", "notes_signature", "issuer", "created_at"];

const OTHER_DOCUMENT: &str = "another document than its public notes describe";
const OTHER_CREDENTIAL: &str = "another credential than before under this data id";

/// Two of Alice's originals, and all that the node has of each.
struct Two {
    ids: [DataId; 2],
    listed: [Value; 2],
    contents: [Sealed; 2],
}

impl Two {
    async fn of(world: &World) -> Self {
        let [one, other] = [world.original("London", &world.subject()).await, {
            world.original("Madrid", &world.subject()).await
        }];
        let ids = [one.data_id, other.data_id];
        let session = &world.alice.session;
        let contents = [session.content(ids[0]).await.unwrap(), session.content(ids[1]).await.unwrap()];
        Self { ids, listed: [one, other].map(|row| serde_json::to_value(row).unwrap()), contents }
    }

    /// Each is served in the place of the other, with these of the fields that the node lists.
    fn exchanged(&self, fields: &'static [&'static str]) -> Rewriting {
        let (ids, contents) = (self.ids, self.contents.clone());
        let [one, other] = self.listed.clone();
        let rows = [other, one];
        let exchange = move |row: &mut Value| {
            let Some(at) = ids.iter().position(|id| row["data_id"] == json!(id)) else { return };
            for field in fields {
                row[*field] = rows[at][*field].clone();
            }
        };
        Box::new(move |answer: &mut OnTheWay| {
            if answer.is("GET", "/v1/credentials") {
                answer.rewrite(|page| {
                    page["credentials"].as_array_mut().unwrap().iter_mut().for_each(&exchange);
                });
            }
            for (id, content) in ids.iter().zip(contents.iter().rev()) {
                if answer.is("GET", &path_of(*id)) {
                    answer.rewrite(&exchange);
                }
                if answer.is("GET", &format!("{}/content", path_of(*id))) {
                    answer.body = content.content.clone().into();
                    let sender = HeaderValue::try_from(content.sender.to_string()).unwrap();
                    answer.headers.insert("idos-sender-key", sender);
                }
            }
        })
    }
}

/// She looks at what she has.
async fn look(world: &World) {
    let listed = world.alice.session.credentials(None).await.unwrap().credentials;
    memory::check_shown(world.node.memory(), &listed).unwrap();
}

async fn asked_for_by_the_bank(world: &World) -> AccessRequest {
    let (bank, fields) = (&world.bank, vec!["city".parse().unwrap()]);
    let terms = RequestTerms {
        to: None,
        purpose: "Opening an account".parse().unwrap(),
        requirements: Requirements::new(vec!["VerifiableCredential".into()], fields, vec![]).unwrap(),
        lock_secs: 0,
        grantees: vec![bank.account()],
        expires_at: world.house.now() + 60,
    };
    let key = bank.secret.public();
    let published =
        requests::publish(&bank.session, &bank.wallet, bank.profile_id, key, terms, &mut OsRng).await;
    published.unwrap().request
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_another_original_than_the_one_that_she_shares() {
    let world = World::new().await;
    let two = Two::of(&world).await;
    let (alice, key) = (&world.alice, world.bank.secret.public());
    let share =
        async || owner::store_copy(&alice.session, two.ids[0], &alice.opening(), &key, &mut OsRng).await;
    // The two may differ by a byte, since a signature's text does.
    world.hostility.begin(two.exchanged(&["size"]));
    assert_eq!(
        refusal("the content, and its size", share().await),
        forged("other content than it lists under this data id")
    );
    world.hostility.begin(two.exchanged(OF_CONTENT));
    assert_eq!(refusal("the content, and its digest", share().await), forged(OTHER_DOCUMENT));
    world.hostility.end();
    look(&world).await;
    world.hostility.begin(two.exchanged(OF_ALL));
    assert_eq!(refusal("all of it", share().await), forged(OTHER_CREDENTIAL));
    let listed = alice.session.credentials(None).await.unwrap().credentials;
    let shown = memory::check_shown(world.node.memory(), &listed);
    assert_eq!(refusal("what she is shown", shown), forged(OTHER_CREDENTIAL));
    world.hostility.end();
    let shared = share().await.unwrap();
    assert_eq!(shared.copy.public_notes, two.listed[0]["public_notes"].as_str().unwrap());
    let copies = alice.session.credentials(None).await.unwrap().credentials;
    assert_eq!(copies.iter().filter(|row| row.original.is_some()).count(), 1, "no other copy was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_original_than_the_one_that_matched_answers_a_request() {
    let world = World::new().await;
    let two = Two::of(&world).await;
    let alice = &world.alice;
    let request = asked_for_by_the_bank(&world).await;
    let found = async || {
        let look = Look::Inside(alice.opening());
        requests::matches(&alice.session, &request, look).await.unwrap()
    };
    let accept = async || {
        requests::store_copy(&alice.session, &request, two.ids[0], &alice.opening(), &mut OsRng).await
    };
    assert!(found().await.iter().all(|candidate| candidate.matches()));
    // Between the match and the copy, the node exchanges them.
    for (fields, reason) in [(OF_CONTENT, OTHER_DOCUMENT), (OF_ALL, OTHER_CREDENTIAL)] {
        world.hostility.begin(two.exchanged(fields));
        assert_eq!(refusal("accepting", accept().await), forged(reason));
        for candidate in found().await {
            let told = candidate.not_opened.unwrap();
            assert!(!candidate.opened && told.ends_with(reason), "{told}");
        }
    }
    world.hostility.end();
    accept().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_original_is_sealed_anew_in_the_place_of_another() {
    for fields in [OF_CONTENT, OF_ALL] {
        let world = World::new().await;
        let two = Two::of(&world).await;
        look(&world).await;
        let alice = &world.alice;
        let (old, new) = ([alice.secret.clone()], EncryptionSecret::generate(&mut OsRng));
        let change = KeyChange {
            old: &old,
            new: &new,
            new_origin: KeyOrigin::Random,
            new_nodes: None,
            known_keys: &[],
        };
        let changed = async || {
            let (session, now) = (&alice.session, world.house.now());
            change_key(session, &alice.wallet, &change, now, |_| (), &mut OsRng).await.unwrap()
        };
        world.hostility.begin(two.exchanged(fields));
        let fooled = changed().await;
        let left: Vec<_> = fooled.left.iter().map(|left| left.code.as_str()).collect();
        assert_eq!((fooled.resealed, left), (0, vec!["forged", "forged"]));
        world.hostility.end();
        let done = changed().await;
        assert_eq!((done.resealed, done.left), (2, vec![]));
        for (id, city) in two.ids.into_iter().zip(["London", "Madrid"]) {
            let plaintext = consumer::decrypt(&alice.session, id, &new).await.unwrap();
            let document: Value = serde_json::from_slice(&plaintext).unwrap();
            assert_eq!(document["credentialSubject"]["city"], city);
        }
    }
}
