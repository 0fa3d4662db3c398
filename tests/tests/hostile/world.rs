//! Who is there, and what a refusal looks like.

use idos_api::credentials::{Credential, NewCredential};
use idos_client::{
    ClientError, Node,
    chain::Chains,
    consumer::{self, Judgement, StatusSource},
    owner,
};
use idos_credentials::{
    CredentialDraft, Expectations, IssuerKey, PublicNotes, StatusEntry, StatusReference, issue, sign_notes,
    verify,
};
use idos_grants::{Account, DataId, Status};
use idos_keys::password::Kdf;
use idos_tests::{
    hostile_node::{Hostility, OnTheWay, in_front_of},
    vault_house::{Guest, VaultHouse, status_contract},
};
use rand_core::OsRng;
use serde_json::{Map, Value, json};

use crate::one_chain::OneChain;

/// A node that may turn hostile, an owner, and a bank that she has shared something with.
pub struct World {
    pub house: VaultHouse,
    pub hostility: Hostility,
    pub node: Node,
    pub issuer: IssuerKey,
    pub alice: Guest,
    pub bank: Guest,
}

impl World {
    pub async fn new() -> Self {
        let house = VaultHouse::build().await.unwrap();
        let hostility = Hostility::default();
        let url = VaultHouse::serve(in_front_of(house.vault.router(), hostility.clone())).await.unwrap();
        let node = Node::new(url, house.clock()).unwrap();
        let alice = Guest::arrive(&node, house.now(), Some(&Kdf::V1)).await.unwrap();
        let bank = Guest::arrive(&node, house.now(), None).await.unwrap();
        Self { house, hostility, node, issuer: IssuerKey::generate(&mut OsRng), alice, bank }
    }

    pub fn subject(&self) -> String {
        format!("did:pkh:{}", self.alice.account())
    }

    /// An original of Alice's that says `city`, about `subject`.
    pub async fn original(&self, city: &str, subject: &str) -> Credential {
        let issuer = Account::evm(31_337, [0x15; 20]);
        let reference = StatusReference::new(status_contract(), issuer.address(), 0, 7).unwrap();
        let mut draft = CredentialDraft::new(uuid::Uuid::new_v4(), subject.to_owned(), self.house.now());
        draft.claims = Map::from_iter([("city".to_owned(), json!(city))]);
        draft.status = Some(StatusEntry { reference, lists_url: "https://node.example/lists".to_owned() });
        let plaintext = serde_json::to_vec(&issue(draft, &self.issuer, self.house.now()).unwrap()).unwrap();
        let read = verify(&plaintext, self.house.now(), &Expectations::default()).credential.unwrap();
        let notes = PublicNotes::of(&read, Map::from_iter([("level".to_owned(), json!("plus"))])).unwrap();
        let (session, key) = (&self.alice.session, self.alice.secret.public());
        let content =
            owner::upload_sealed(session, owner::fresh_data_id(&mut OsRng), &key, &plaintext, &mut OsRng)
                .await;
        let new = NewCredential {
            content: content.unwrap(),
            public_notes: notes.as_str().to_owned(),
            notes_signature: format!("0x{}", hex::encode(sign_notes(&self.issuer, &notes).unwrap())),
            issuer: self.issuer.did().to_string(),
            notes_key: None,
            consent: None,
        };
        session.create_credential(&new).await.unwrap()
    }

    /// A copy of an original for the bank, with a grant that is final.
    pub async fn shared(&self, original: DataId) -> DataId {
        self.house.granted_copy(&self.alice, &self.bank, original, &[]).await.unwrap()
    }

    /// Another copy of exactly that size. A signature's text has 87 or 88 characters, so it takes a few.
    pub async fn shared_of_the_size_of(&self, copy: DataId) -> DataId {
        let size = self.bank.session.credential(copy).await.unwrap().size;
        for _ in 0..1000 {
            let original = self.original("Lisbon", &self.subject()).await;
            if original.size == size {
                return self.shared(original.data_id).await;
            }
        }
        panic!("no other credential has {size} bytes");
    }

    /// What the bank makes of a copy, asking the chain for its status.
    pub async fn fetched(&self, copy: DataId, status: Status) -> Result<Judgement, ClientError> {
        self.fetched_asking(copy, &OneChain(status)).await
    }

    /// The same, asking these chains.
    pub async fn fetched_asking(&self, copy: DataId, chains: &dyn Chains) -> Result<Judgement, ClientError> {
        let (trusted, subject) = ([self.issuer.did()], self.subject());
        let expectations =
            Expectations { issuers: Some(&trusted), subject: Some(&subject), ..Expectations::default() };
        let source = StatusSource::Chains(chains);
        let (session, secret) = (&self.bank.session, std::slice::from_ref(&self.bank.secret));
        let opened = consumer::fetch(session, copy, secret, &expectations, source, self.house.now()).await;
        opened.map(|opened| opened.judgement)
    }
}

/// The one reason for which something was refused: code and sentence.
#[track_caller]
pub fn refusal<T>(name: &str, answer: Result<T, ClientError>) -> (String, String) {
    match answer {
        Err(error) => (error.code(), error.to_string()),
        Ok(_) => panic!("{name}: the client believed it"),
    }
}

#[track_caller]
pub fn judged(name: &str, answer: Result<Judgement, ClientError>) -> (String, String) {
    let judgement = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!judgement.good, "{name}");
    match judgement.failures().as_slice() {
        [one] => one.clone(),
        several => panic!("{name}: {several:?}"),
    }
}

pub fn forged(what: &str) -> (String, String) {
    ("forged".to_owned(), format!("the node served something that does not verify: {what}"))
}

pub fn path_of(data_id: DataId) -> String {
    format!("/v1/credentials/{data_id}")
}

pub type Rewriting = Box<dyn Fn(&mut OnTheWay) + Send + Sync>;

pub fn on_get(path: String, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Rewriting {
    Box::new(move |answer| {
        if answer.is("GET", &path) {
            answer.rewrite(&change);
        }
    })
}
