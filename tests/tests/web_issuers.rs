//! Issuers that are named by a web site: what a verdict, a request and an import make of their word, by what the site says of its keys, over HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use std::{
    io::Cursor,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use idos_api::credentials::{Credential, NewCredential};
use idos_client::{
    ClientError, Node, Signer,
    consumer::{self, Judgement, NotesCheck, StatusSource},
    did_web::{self, DidResolver},
    owner::{
        self, Opening, export, import,
        replace::{REPLACES, Replacement, check_replaces},
    },
    requests::{self, Look, RequestTerms},
};
use idos_credentials::{
    CredentialDraft, Expectations, IssuerKey, IssuerName, KnownKey, PublicNotes, Requirements, WebDid, issue,
    sign_notes, verify,
};
use idos_tests::vault_house::{Guest, VaultHouse};
use rand_core::OsRng;
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

const SITE: &str = "did:web:issuer.example";

/// A web site that answers over plain HTTP on this machine, in the place of `https://issuer.example`.
struct Site {
    url: Url,
    serves: Arc<Mutex<Option<Value>>>,
}

impl Site {
    async fn open() -> Self {
        let serves = Arc::new(Mutex::new(None::<Value>));
        let answer = async |State(serves): State<Arc<Mutex<Option<Value>>>>| match &*serves.lock().unwrap() {
            Some(document) => (StatusCode::OK, document.to_string()),
            None => (StatusCode::NOT_FOUND, String::new()),
        };
        let router = Router::new().route("/.well-known/did.json", get(answer)).with_state(serves.clone());
        Self { url: VaultHouse::serve(router).await.unwrap(), serves }
    }

    fn serves(&self, document: Option<Value>) {
        *self.serves.lock().unwrap() = document;
    }

    fn states(&self, key: &IssuerKey) {
        self.serves(Some(site().document(&key.did()).0));
    }

    async fn keys(&self) -> Result<Vec<KnownKey>, ClientError> {
        did_web::keys(self, &site()).await
    }
}

#[async_trait]
impl DidResolver for Site {
    async fn document(&self, did: &WebDid) -> Result<Vec<u8>, ClientError> {
        let url: Url = did.document_url().parse().unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("https", Some("issuer.example")));
        let answer = reqwest::get(self.url.join(url.path()).unwrap()).await.unwrap();
        if !answer.status().is_success() {
            let reason = format!("it answered {}", answer.status());
            return Err(ClientError::DidDocument { url: url.to_string(), reason });
        }
        Ok(answer.bytes().await.unwrap().to_vec())
    }
}

fn site() -> WebDid {
    SITE.parse().unwrap()
}

/// The site's issuer, with the key of that number.
fn issuer(number: u8) -> IssuerKey {
    IssuerKey::from_seed(&[number; 32]).unwrap().for_site(site())
}

/// A node, an owner who holds what the site's issuer signed with its first key, and a bank that she has shared it with.
struct World {
    house: VaultHouse,
    site: Site,
    alice: Guest,
    bank: Guest,
    original: Credential,
}

impl World {
    async fn new() -> Self {
        let house = VaultHouse::build().await.unwrap();
        let url = VaultHouse::serve(house.vault.router()).await.unwrap();
        let node = Node::new(url, house.clock()).unwrap();
        let alice = Guest::arrive(&node, house.now(), None).await.unwrap();
        let bank = Guest::arrive(&node, house.now(), None).await.unwrap();
        let original = stored(&alice, &issuer(1), house.now()).await;
        Self { house, site: Site::open().await, alice, bank, original }
    }

    /// What the bank makes of its copy, trusting `trusted` and what is known of the site.
    async fn judged(&self, trusted: &IssuerKey, known_keys: &[KnownKey]) -> Judgement {
        let (now, original) = (self.house.now(), self.original.data_id);
        let copy =
            self.house.granted_copy(&self.alice, &self.bank, original, &[issuer(1).known()]).await.unwrap();
        let trusted = [trusted.did()];
        let expectations = Expectations { issuers: Some(&trusted), known_keys, ..Expectations::default() };
        let (session, secrets) = (&self.bank.session, std::slice::from_ref(&self.bank.secret));
        let source = StatusSource::Node;
        let opened = consumer::fetch(session, copy, secrets, &expectations, source, now).await;
        opened.unwrap().judgement
    }

    /// How many of hers match a request that trusts `trusted`.
    async fn matching(&self, trusted: IssuerName, known_keys: &[KnownKey]) -> usize {
        let (bank, now) = (&self.bank, self.house.now());
        let fields = vec!["city".parse().unwrap()];
        let terms = RequestTerms {
            to: None,
            purpose: "Opening an account".parse().unwrap(),
            requirements: Requirements::new(vec!["Residence".into()], fields, vec![trusted]).unwrap(),
            lock_secs: 0,
            grantees: vec![bank.account()],
            expires_at: now + 60,
        };
        let key = bank.secret.public();
        let (session, wallet) = (&bank.session, &bank.wallet);
        let published = requests::publish(session, wallet, bank.profile_id, key, terms, &mut OsRng).await;
        let look = Look::Inside(Opening { known_keys, ..self.alice.opening() });
        let found = requests::matches(&self.alice.session, &published.unwrap().request, look).await.unwrap();
        found.iter().filter(|candidate| candidate.matches()).count()
    }
}

/// An original in one's own profile.
async fn stored(guest: &Guest, issuer: &IssuerKey, now: u64) -> Credential {
    stored_with(guest, issuer, now, Map::new()).await
}

/// The same, with more in its notes.
async fn stored_with(guest: &Guest, issuer: &IssuerKey, now: u64, more: Map<String, Value>) -> Credential {
    let subject = format!("did:pkh:{}", guest.wallet.account());
    let mut draft = CredentialDraft::new(Uuid::new_v4(), subject, now);
    draft.types = vec!["Residence".to_owned()];
    draft.claims = Map::from_iter([("city".to_owned(), json!("Lisbon"))]);
    let plaintext = serde_json::to_vec(&issue(draft, issuer, now).unwrap()).unwrap();
    let known = [issuer.known()];
    let expectations = Expectations { known_keys: &known, ..Expectations::default() };
    let read = verify(&plaintext, now, &expectations).credential.unwrap();
    let notes = PublicNotes::of(&read, more).unwrap();
    let (session, key) = (&guest.session, guest.secret.public());
    let id = owner::fresh_data_id(&mut OsRng);
    let new = NewCredential {
        content: owner::upload_sealed(session, id, &key, &plaintext, &mut OsRng).await.unwrap(),
        public_notes: notes.as_str().to_owned(),
        notes_signature: format!("0x{}", hex::encode(sign_notes(issuer, &notes).unwrap())),
        issuer: issuer.name().to_string(),
        notes_key: Some(issuer.did().to_string()),
        consent: None,
    };
    session.create_credential(&new).await.unwrap()
}

fn codes(judgement: &Judgement) -> Vec<String> {
    judgement.failures().into_iter().map(|(code, _)| code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_goes_by_the_keys_that_the_site_states() {
    let world = World::new().await;
    world.site.states(&issuer(1));
    let keys = world.site.keys().await.unwrap();
    let good = world.judged(&issuer(1), &keys).await;
    assert!(good.good && good.notes == NotesCheck::Pass, "{:?}", codes(&good));
    let distrusted = world.judged(&issuer(2), &keys).await;
    assert_eq!((distrusted.good, codes(&distrusted)), (false, vec!["trust".to_owned()]));
    let unasked = world.judged(&issuer(1), &[]).await;
    assert!(!unasked.good && codes(&unasked).contains(&"proof".to_owned()), "{:?}", codes(&unasked));
    assert_eq!(unasked.notes, NotesCheck::Fail);

    // The site has another key by now.
    world.site.states(&issuer(2));
    let exchanged = world.judged(&issuer(2), &world.site.keys().await.unwrap()).await;
    assert!(!exchanged.good && exchanged.notes == NotesCheck::Fail, "{:?}", codes(&exchanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_does_not_state_its_keys_is_named_with_the_reason() {
    let site = Site::open().await;
    let other: WebDid = "did:web:other.example".parse().unwrap();
    let table = [
        ("no document", None),
        ("another site's document", Some(other.document(&issuer(1).did()).0)),
        ("no key", Some(json!({"id": SITE}))),
        ("no object", Some(json!("did"))),
    ];
    for (name, document) in table {
        site.serves(document);
        let error = site.keys().await.unwrap_err();
        assert_eq!(error.code(), "did_document_unusable", "{name}");
        assert!(error.to_string().contains("https://issuer.example/.well-known/did.json"), "{name}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_matched_by_what_a_site_signed_if_its_keys_are_known() {
    let world = World::new().await;
    world.site.states(&issuer(1));
    let keys = world.site.keys().await.unwrap();
    let (by_key, by_site) = (|number| IssuerName::Key(issuer(number).did()), IssuerName::Web(site()));
    for trusted in [by_key(1), by_site.clone()] {
        assert_eq!(world.matching(trusted.clone(), &keys).await, 1);
        assert_eq!(world.matching(trusted, &[]).await, 0, "the site was not asked");
    }
    assert_eq!(world.matching(by_key(2), &keys).await, 0, "another key is trusted");
    let other = "did:web:other.example".parse().unwrap();
    assert_eq!(world.matching(other, &keys).await, 0, "another site is trusted");
    world.site.states(&issuer(2));
    let exchanged = world.site.keys().await.unwrap();
    for trusted in [by_key(1), by_site] {
        assert_eq!(world.matching(trusted, &exchanged).await, 0, "the site has another key by now");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_meets_a_request_that_names_its_issuers_site() {
    let world = World::new().await;
    world.site.states(&issuer(1));
    let keys = world.site.keys().await.unwrap();
    let copy =
        world.house.granted_copy(&world.alice, &world.bank, world.original.data_id, &keys).await.unwrap();
    let judged = async |trusted: &str, known_keys: &[KnownKey]| {
        let trusted = vec![trusted.parse().unwrap()];
        let requirements = Requirements::new(vec!["Residence".into()], vec![], trusted).unwrap();
        let expectations =
            Expectations { requirements: Some(&requirements), known_keys, ..Expectations::default() };
        let (session, secrets) = (&world.bank.session, std::slice::from_ref(&world.bank.secret));
        let source = StatusSource::Node;
        let opened = consumer::fetch(session, copy, secrets, &expectations, source, world.house.now()).await;
        opened.unwrap().judgement
    };
    assert!(judged(SITE, &keys).await.good);
    assert!(!judged(SITE, &[]).await.good, "the site was not asked");
    assert_eq!(codes(&judged("did:web:other.example", &keys).await), ["trust"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_signed_is_shared_only_where_the_site_was_asked() {
    let world = World::new().await;
    let (alice, original) = (&world.alice, world.original.data_id);
    let key = world.bank.secret.public();
    let shared = async |known_keys: &[KnownKey]| {
        let opening = Opening { known_keys, ..alice.opening() };
        let copied = owner::store_copy(&alice.session, original, &opening, &key, &mut OsRng).await;
        copied.map(|copied| copied.of.issuer).map_err(|error| error.code())
    };
    assert_eq!(shared(&[]).await, Err("issuer_unknown".to_owned()));
    world.site.states(&issuer(2));
    assert_eq!(shared(&world.site.keys().await.unwrap()).await, Err("forged".to_owned()));
    world.site.states(&issuer(1));
    assert_eq!(shared(&world.site.keys().await.unwrap()).await, Ok(SITE.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_signed_is_imported_at_another_node_if_its_keys_are_known() {
    let (here, there) = (World::new().await, World::new().await);
    let (alice, now) = (&here.alice, here.house.now());
    let profile = alice.session.profile().await.unwrap().unwrap();
    let (secrets, out) = (std::slice::from_ref(&alice.secret), Cursor::new(Vec::new()));
    let exported = export::export(&alice.session, &profile, secrets, out, now, |_| ()).await;
    let (manifest, archive) = exported.unwrap();
    assert_eq!(manifest.credentials.len(), 1, "{:?}", manifest.not_exported);
    let imported = async |known_keys: &[KnownKey]| {
        let (session, key) = (&there.bank.session, there.bank.secret.public());
        let archive = Cursor::new(archive.get_ref());
        import::import(session, &key, archive, known_keys, now, &mut OsRng, |_| ()).await.unwrap()
    };
    let site = &here.site;
    site.states(&issuer(2));
    for (known_keys, code) in [(vec![], "issuer_unknown"), (site.keys().await.unwrap(), "notes_invalid")] {
        let report = imported(&known_keys).await;
        let refused: Vec<_> = report.not_imported.iter().map(|left| left.code.as_str()).collect();
        assert_eq!((report.imported.len(), refused), (0, vec![code]));
    }
    site.states(&issuer(1));
    let report = imported(&site.keys().await.unwrap()).await;
    assert_eq!((report.imported.len(), report.not_imported.len()), (1, 0), "{report:?}");
    let stored = there.bank.session.credential(report.imported[0].stored_as).await.unwrap();
    assert_eq!((stored.issuer, stored.public_notes), (SITE.to_owned(), here.original.public_notes.clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_says_replaces_another_counts_if_its_keys_are_known() {
    let world = World::new().await;
    let (alice, now, old) = (&world.alice, world.house.now(), &world.original);
    let replaced = PublicNotes::parse(&old.public_notes).unwrap().id().urn().to_string();
    let more = Map::from_iter([(REPLACES.to_owned(), json!(replaced))]);
    let new = stored_with(alice, &issuer(1), now, more).await;
    world.site.states(&issuer(1));
    let keys = world.site.keys().await.unwrap();
    assert_eq!(check_replaces(old, &new, &keys).unwrap(), Replacement::Stated);
    assert_eq!(check_replaces(old, &new, &[]).unwrap(), Replacement::Unstated);
    world.site.states(&issuer(2));
    let exchanged = world.site.keys().await.unwrap();
    assert_eq!(check_replaces(old, &new, &exchanged).unwrap_err().code(), "forged");
}
