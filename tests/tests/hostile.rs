//! A hostile node: whatever it swaps, forges, brings back, hides or never ends, the client refuses, and says why.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use async_trait::async_trait;
use axum::http::{HeaderValue, StatusCode};
use idos_api::credentials::{Credential, NewCredential, SignedWriteGrant};
use idos_client::{
    ChainError, ClientError, EvmWallet, Node, StatusLists,
    chain::{AccessGrants, Chain, Chains, CredentialStatus, Deployment, Mined, SignedCall},
    consumer::{self, Judgement, StatusSource},
    encryption,
    owner::{self, own_data},
};
use idos_credentials::{
    CredentialDraft, Expectations, IssuerKey, PublicNotes, StatusEntry, StatusReference, issue, sign_notes,
    verify,
};
use idos_grants::{
    Account, ChainId, DataId, Event, GrantChange, GrantEvent, Purpose, Status, StatusEvent, status::Word,
};
use idos_keys::password::Kdf;
use idos_tests::{
    hostile_node::{Hostility, OnTheWay, in_front_of},
    vault_house::{CHAIN, Guest, VaultHouse, status_contract},
};
use idos_wallets::{KeyedNonce, Proof, SignatureError, Wallet};
use rand_core::{CryptoRngCore, OsRng};
use serde_json::{Map, Value, json};

/// A node that may turn hostile, an owner, and a bank that she has shared something with.
struct World {
    house: VaultHouse,
    hostility: Hostility,
    node: Node,
    issuer: IssuerKey,
    alice: Guest,
    bank: Guest,
}

impl World {
    async fn new() -> Self {
        let house = VaultHouse::build().await.unwrap();
        let hostility = Hostility::default();
        let url = VaultHouse::serve(in_front_of(house.vault.router(), hostility.clone())).await.unwrap();
        let node = Node::new(url, house.clock()).unwrap();
        let alice = Guest::arrive(&node, house.now(), Some(&Kdf::V1)).await.unwrap();
        let bank = Guest::arrive(&node, house.now(), None).await.unwrap();
        Self { house, hostility, node, issuer: IssuerKey::generate(&mut OsRng), alice, bank }
    }

    fn subject(&self) -> String {
        format!("did:pkh:{}", self.alice.account())
    }

    /// An original of Alice's that says `city`, about `subject`.
    async fn original(&self, city: &str, subject: &str) -> Credential {
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
            consent: None,
        };
        session.create_credential(&new).await.unwrap()
    }

    /// A copy of an original for the bank, with a grant that is final.
    async fn shared(&self, original: DataId) -> DataId {
        let (alice, key) = (&self.alice, self.bank.secret.public());
        let copy =
            owner::store_copy(&alice.session, original, &alice.secret, &key, &mut OsRng).await.unwrap();
        let grant = GrantEvent {
            change: GrantChange::Created,
            owner: alice.account().address(),
            grantee: self.bank.account().address(),
            data_id: copy.data_id,
            locked_until: 0,
            at: self.house.now(),
        };
        self.house.block(&[Event::Grant(grant)]).await.unwrap();
        copy.data_id
    }

    /// Another copy of exactly that size. A signature's text has 87 or 88 characters, so it takes a few.
    async fn shared_of_the_size_of(&self, copy: DataId) -> DataId {
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
    async fn fetched(&self, copy: DataId, status: Status) -> Result<Judgement, ClientError> {
        let (trusted, subject) = ([self.issuer.did()], self.subject());
        let expectations =
            Expectations { issuers: Some(&trusted), subject: Some(&subject), ..Expectations::default() };
        let source = StatusSource::Chains(&OneChain(status));
        let (session, secret) = (&self.bank.session, &self.bank.secret);
        let opened = consumer::fetch(session, copy, secret, &expectations, source, self.house.now()).await;
        opened.map(|opened| opened.judgement)
    }
}

/// The one reason for which something was refused: code and sentence.
#[track_caller]
fn refusal<T>(name: &str, answer: Result<T, ClientError>) -> (String, String) {
    match answer {
        Err(error) => (error.code(), error.to_string()),
        Ok(_) => panic!("{name}: the client believed it"),
    }
}

#[track_caller]
fn judged(name: &str, answer: Result<Judgement, ClientError>) -> (String, String) {
    let judgement = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!judgement.good, "{name}");
    match judgement.failures().as_slice() {
        [one] => one.clone(),
        several => panic!("{name}: {several:?}"),
    }
}

fn forged(what: &str) -> (String, String) {
    ("forged".to_owned(), format!("the node served something that does not verify: {what}"))
}

fn path_of(data_id: DataId) -> String {
    format!("/v1/credentials/{data_id}")
}

type Rewriting = Box<dyn Fn(&mut OnTheWay) + Send + Sync>;

fn on_get(path: String, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Rewriting {
    Box::new(move |answer| {
        if answer.is("GET", &path) {
            answer.rewrite(&change);
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_swapped_or_brought_back_are_refused() {
    let world = World::new().await;
    let path = format!("/v1/profiles/{}/key-statement", world.bank.profile_id);
    let believed = async || {
        let (session, bank) = (&world.alice.session, &world.bank);
        encryption::of_profile(session, bank.profile_id, &[bank.account()], &OneChain(Status::Valid)).await
    };
    let first = world.alice.session.key_statement(world.bank.profile_id).await.unwrap();
    assert_eq!(believed().await.unwrap(), world.bank.secret.public());

    let thief = Guest::arrive(&world.node, world.house.now(), None).await.unwrap();
    let statement = |guest: &Guest, of: uuid::Uuid, version| {
        encryption::state(&guest.wallet, of, &guest.secret, None, version, world.house.now()).unwrap()
    };
    let thiefs_key = thief.secret.public().to_string();
    let (by_thief, of_thief) =
        (statement(&thief, world.bank.profile_id, 2), statement(&thief, thief.profile_id, 2));
    let same_version = statement(
        &Guest { secret: thief.secret.clone(), ..rebuilt(&world.bank, &world.node).await },
        world.bank.profile_id,
        1,
    );
    let table: Vec<(&str, Rewriting, &str)> = vec![
        (
            "another key under the same signature",
            on_get(path.clone(), move |json| {
                json["statement"]["encryption_key"] = thiefs_key.clone().into();
                json["statement"]["version"] = 2.into();
            }),
            "a key statement whose signature is not its wallet's",
        ),
        (
            "a key that another wallet states",
            on_get(path.clone(), move |json| *json = json!(by_thief)),
            "a key statement by a wallet that is not the named one",
        ),
        (
            "the key of another profile",
            on_get(path.clone(), move |json| *json = json!(of_thief)),
            "a key statement of another profile",
        ),
        (
            "another key under the version that was seen",
            on_get(path.clone(), move |json| *json = json!(same_version)),
            "another key statement than before under the same version",
        ),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        assert_eq!(refusal(name, believed().await), forged(reason), "{name}");
    }
    world.hostility.end();

    // The bank changes its key; then the node brings the old one back, whose signature is good.
    let renewed = encryption::state(
        &world.bank.wallet,
        world.bank.profile_id,
        &world.bank.secret,
        None,
        2,
        world.house.now(),
    );
    world.bank.session.put_key_statement(&renewed.unwrap()).await.unwrap();
    believed().await.unwrap();
    world.hostility.begin(on_get(path, move |json| *json = json!(first)));
    let reason = "a key statement older than one that it served before";
    assert_eq!(refusal("a rollback", believed().await), forged(reason));
}

/// The same person, whose secret may then be replaced.
async fn rebuilt(guest: &Guest, node: &Node) -> Guest {
    Guest {
        wallet: guest.wallet.clone(),
        profile_id: guest.profile_id,
        secret: guest.secret.clone(),
        session: node.sign_in(&guest.wallet, 3600, &mut OsRng).await.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_key_that_is_made_cheaper_is_refused() {
    let world = World::new().await;
    let kdf = |text: &'static str| {
        on_get("/v1/profile".to_owned(), move |json| {
            json["profile"]["key_statement"]["statement"]["kdf"] = text.into();
        })
    };
    let own = async || {
        let profile = world.alice.session.profile().await.unwrap().unwrap();
        let statement = profile.key_statement.unwrap().statement;
        encryption::own_secret(world.node.memory(), &statement, || {
            encryption::from_password(&statement, "correct horse battery staple")
        })
    };
    let kdf_refused = |why: &str| {
        ("kdf_refused".to_owned(), format!("the key statement's way from password to key is refused: {why}"))
    };
    let table = [
        (
            "fewer rounds than anybody uses",
            r#"{"name":"scrypt","version":"1","log_n":10,"r":8,"p":1}"#,
            kdf_refused("these scrypt parameters are too weak: at least log_n 14, r 8, p 1"),
        ),
        (
            "an old version with other parameters",
            r#"{"name":"scrypt","version":"0.1","log_n":17,"r":8,"p":1}"#,
            kdf_refused("version 0.1 of the password key is scrypt with log_n 14, r 8, p 1"),
        ),
        (
            "more memory than there is",
            r#"{"name":"scrypt","version":"1","log_n":40,"r":8,"p":1}"#,
            kdf_refused(
                "these scrypt parameters cost too much: at most log_n 20, r 16, p 4 and 1 GiB of memory",
            ),
        ),
    ];
    for (name, text, expected) in table {
        world.hostility.begin(kdf(text));
        let (code, message) = refusal(name, own().await);
        // Where in the JSON it stands is of no interest.
        assert_eq!((code, message.split(" at line").next().unwrap().to_owned()), expected, "{name}");
    }
    // Once the right statement was believed, a downgrade shows before any password is hashed.
    world.hostility.end();
    let profile = world.alice.session.profile().await.unwrap().unwrap();
    let statement = profile.key_statement.unwrap().statement;
    encryption::own_secret(world.node.memory(), &statement, || Ok(world.alice.secret.clone())).unwrap();
    world.hostility.begin(kdf(r#"{"name":"scrypt","version":"0.1","log_n":14,"r":8,"p":1}"#));
    let reason = "another key statement than before under the same version";
    assert_eq!(refusal("a downgrade", own().await), forged(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_what_it_is_listed_as_is_refused() {
    let world = World::new().await;
    let one = world.shared(world.original("London", &world.subject()).await.data_id).await;
    let other = world.shared_of_the_size_of(one).await;
    let others_subject = "did:pkh:eip155:31337:0x1111111111111111111111111111111111111111";
    let stranger = world.shared(world.original("Madrid", others_subject).await.data_id).await;
    let good = world.fetched(one, Status::Valid).await.unwrap();
    assert!(good.good, "{:?}", good.failures());

    let sealed = async |id| {
        let metadata = world.bank.session.credential(id).await.unwrap();
        let content = world.bank.session.content(id).await.unwrap();
        (serde_json::to_value(metadata).unwrap(), content)
    };
    let swap_content = |content: idos_keys::sealed_box::Sealed| {
        let path = format!("{}/content", path_of(one));
        move |answer: &mut OnTheWay| {
            if answer.is("GET", &path) {
                answer.body = content.content.clone().into();
                let sender = HeaderValue::try_from(content.sender.to_string()).unwrap();
                answer.headers.insert("idos-sender-key", sender);
            }
        }
    };
    let swap_all = |metadata: Value, content, fields: &'static [&'static str]| {
        let (swap, path) = (swap_content(content), path_of(one));
        move |answer: &mut OnTheWay| {
            swap(answer);
            if answer.is("GET", &path) {
                answer
                    .rewrite(|json| fields.iter().for_each(|field| json[*field] = metadata[*field].clone()));
            }
        }
    };
    const OF_CONTENT: &[&str] = &["content_sha256", "size", "sender_key"];
    const OF_CREDENTIAL: &[&str] =
        &["content_sha256", "size", "sender_key", "public_notes", "notes_signature", "issuer"];
    let (of_other, others) = sealed(other).await;
    let (of_stranger, strangers) = sealed(stranger).await;
    let change = |field: &'static str, to: Value| on_get(path_of(one), move |json| json[field] = to.clone());
    let short: Rewriting = {
        let path = format!("{}/content", path_of(one));
        Box::new(move |answer| {
            if answer.is("GET", &path) {
                answer.body = answer.body.slice(1..);
            }
        })
    };
    let table: Vec<(&str, Rewriting, &str)> = vec![
        (
            "another row's ciphertext",
            Box::new(swap_content(others.clone())),
            "other content than it lists under this data id",
        ),
        ("a lie about the size", change("size", 1.into()), "content of another size than it lists"),
        ("half of the content", short, "content of another size than it lists"),
        (
            "another data id",
            change("data_id", json!(other)),
            "an answer about another data id than was asked about",
        ),
        (
            "another sender key",
            change("sender_key", world.alice.secret.public().to_string().into()),
            "another sender key than it lists under this data id",
        ),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        assert_eq!(refusal(name, world.fetched(one, Status::Valid).await), forged(reason), "{name}");
    }

    let notes = "the public notes at the node are not the issuer's for this credential";
    let raised = of_stranger["public_notes"].as_str().unwrap().replace("plus", "best");
    let table: Vec<(&str, Rewriting, (&str, String))> = vec![
        (
            "another row's ciphertext and all that is listed of it",
            Box::new(swap_all(of_other, others, OF_CONTENT)),
            ("notes", notes.to_owned()),
        ),
        ("forged notes", change("public_notes", raised.into()), ("notes", notes.to_owned())),
        ("a forged signature", change("notes_signature", "0x00".into()), ("notes", notes.to_owned())),
        (
            "somebody else's credential",
            Box::new(swap_all(of_stranger, strangers, OF_CREDENTIAL)),
            ("subject", format!("the credential is not about {}", world.subject())),
        ),
    ];
    for (name, rewriting, (code, reason)) in table {
        world.hostility.begin(rewriting);
        let expected = (code.to_owned(), reason);
        assert_eq!(judged(name, world.fetched(one, Status::Valid).await), expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_the_node_drops_is_seen_on_the_chain() {
    let world = World::new().await;
    let copy = world.shared(world.original("London", &world.subject()).await.data_id).await;
    world.hostility.begin(on_get("/v1/statuses".to_owned(), |json| json["status"] = "valid".into()));
    for (status, reason) in [
        (Status::Revoked, "the issuer has revoked the credential"),
        (Status::Suspended, "the issuer has suspended the credential"),
    ] {
        let expected = ("status".to_owned(), reason.to_owned());
        assert_eq!(judged("a dropped revocation", world.fetched(copy, status).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_or_exchanged_status_list_is_refused() {
    let world = World::new().await;
    let issuer = Account::evm(31_337, [0x15; 20]).address();
    let reference = StatusReference::new(status_contract(), issuer, 0, 7).unwrap();
    let signer = world.node.did().await.unwrap();
    let lists = StatusLists::new(world.node.clone(), signer.clone());
    assert_eq!(lists.status_of(&reference).await.unwrap(), Status::Valid);

    let path = |list: u32, purpose| {
        let reference = StatusReference::new(status_contract(), issuer, list, 7).unwrap();
        format!("/v1/status-lists/{}", reference.in_list(purpose))
    };
    let served = async |path: String| {
        let answer = reqwest::get(world.node.url().join(&path).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json::<Value>().await.unwrap()
    };
    let revocations = path(0, Purpose::Revocation);
    let before = served(revocations.clone()).await;
    let (of_another_list, of_another_purpose) =
        (served(path(1, Purpose::Revocation)).await, served(path(0, Purpose::Suspension)).await);

    // The issuer revokes; the node has to build its list anew.
    world.house.pass(60);
    let word = Word::default().with_bit(7, true);
    let revoked = StatusEvent {
        issuer,
        list: 0,
        purpose: Purpose::Revocation,
        word_index: 0,
        word,
        at: world.house.now(),
    };
    world.house.block(&[Event::Status(revoked)]).await.unwrap();
    assert_eq!(lists.status_of(&reference).await.unwrap(), Status::Revoked);

    let mut unset = served(revocations.clone()).await;
    unset["credentialSubject"]["encodedList"] = before["credentialSubject"]["encodedList"].clone();
    let of_another_node = StatusLists::new(world.node.clone(), IssuerKey::generate(&mut OsRng).did());
    let replaced = |with: Value| on_get(revocations.clone(), move |json| *json = with.clone());
    let table: Vec<(&str, Rewriting, &str)> = vec![
        ("the list of before", replaced(before.clone()), "a status list that is older than the one before"),
        ("a bit that was taken back", replaced(unset), "a status list whose signature does not hold"),
        ("another list", replaced(of_another_list), "another status list than the one asked for"),
        ("another purpose", replaced(of_another_purpose), "another status list than the one asked for"),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        assert_eq!(refusal(name, lists.status_of(&reference).await), forged(reason), "{name}");
    }
    world.hostility.end();
    let reason = "a status list that somebody else than the node signed";
    assert_eq!(refusal("another signer", of_another_node.status_of(&reference).await), forged(reason));

    // To somebody who never saw the newer list, the old one is refused as soon as its time is over.
    world.house.pass(3600);
    world.hostility.begin(replaced(before));
    let newcomer = StatusLists::new(world.node.clone(), signer);
    assert_eq!(
        refusal("a list whose time is over", newcomer.status_of(&reference).await),
        forged("an old status list")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_receipt_is_refused() {
    let world = World::new().await;
    let sign = |json: &mut Value, change: &dyn Fn(&mut Value)| change(json);
    let other = DataId([9; 32]).to_string();
    type Change = Box<dyn Fn(&mut Value) + Send + Sync>;
    let table: Vec<(&str, Change, &str)> = vec![
        (
            "of something else",
            Box::new(move |json| json["receipt"]["data_id"] = other.clone().into()),
            "a deletion receipt of something else than was deleted",
        ),
        (
            "of another node",
            Box::new(|json| json["node"] = IssuerKey::generate(&mut OsRng).did().as_str().into()),
            "a deletion receipt in the name of another node",
        ),
        (
            "of another time",
            Box::new(|json| json["receipt"]["deleted_at"] = 1.into()),
            "a deletion receipt whose text says something else than its fields",
        ),
        (
            "with another signature",
            Box::new(|json| json["signature"] = format!("0x{}", "11".repeat(64)).into()),
            "a deletion receipt whose signature is not the node's",
        ),
    ];
    for (name, change, reason) in table {
        world.hostility.end();
        let id = world.original("London", &world.subject()).await.data_id;
        world.hostility.begin(move |answer| {
            if answer.method == "DELETE" {
                answer.rewrite(|json| sign(json, &*change));
            }
        });
        let answer = world.alice.session.delete_credential(id).await;
        assert_eq!(refusal(name, answer), forged(reason), "{name}");
    }
    world.hostility.end();
    let id = world.original("London", &world.subject()).await.data_id;
    let thief = IssuerKey::generate(&mut OsRng).did();
    world.hostility.begin(on_get("/v1/node".to_owned(), move |json| json["did"] = thief.as_str().into()));
    let reason = "it signs under another DID than before; if its operator confirms that the node is a new one, forget the old one";
    assert_eq!(refusal("another DID", world.alice.session.delete_credential(id).await), forged(reason));
    world.hostility.end();
    world.alice.session.delete_credential(id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_signed_for_another_host() {
    let world = World::new().await;
    world.hostility.begin(|answer| {
        if answer.path == "/v1/sign-in/challenges" {
            answer.rewrite(|json| json["domain"] = "bank.example.com".into());
        }
    });
    let reason = "it asks for a signature for another host than the one it was reached by";
    let wallet = EvmWallet::generate(CHAIN, &mut OsRng).unwrap();
    let signed_in = world.node.sign_in(&wallet, 3600, &mut OsRng).await;
    assert_eq!(refusal("sign-in", signed_in), forged(reason));
    let linked = world.alice.session.link_wallet(world.alice.profile_id, &wallet).await;
    assert_eq!(refusal("wallet link", linked), forged(reason));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_came_to_something_else_is_noticed() {
    let world = World::new().await;
    let original = world.original("London", &world.subject()).await.data_id;
    let (alice, key) = (&world.alice, world.bank.secret.public());
    let other = DataId([9; 32]).to_string();
    let on = |method: &'static str, prefix: &'static str, field: &'static str, to: String| {
        move |answer: &mut OnTheWay| {
            if answer.method == method && answer.path.starts_with(prefix) {
                answer.rewrite(|json| json[field] = to.clone().into());
            }
        }
    };
    let table: Vec<(&str, Rewriting, &str)> = vec![
        (
            "the data id of something else",
            Box::new(on("POST", "/v1/credentials", "data_id", other)),
            "an answer about another data id than was asked about",
        ),
        (
            "other content than was sent",
            Box::new(on("PUT", "/v1/uploads", "sha256", "ab".repeat(32))),
            "an upload of other content than was sent",
        ),
    ];
    for (name, rewriting, reason) in table {
        world.hostility.begin(rewriting);
        let copy = owner::store_copy(&alice.session, original, &alice.secret, &key, &mut OsRng).await;
        assert_eq!(refusal(name, copy), forged(reason), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_end_and_ways_elsewhere_are_refused() {
    let world = World::new().await;
    let copy = world.shared(world.original("London", &world.subject()).await.data_id).await;
    let url = world.node.url().to_string();
    let not_a_node = |reason: &str| {
        let message = format!("the node at {url} does not answer as an idOS node: {reason}");
        ("node_unavailable".to_owned(), message)
    };
    let endless =
        |suffix: &'static str| move |answer: &mut OnTheWay| answer.endless = answer.path.ends_with(suffix);
    world.hostility.begin(endless("/v1/profile"));
    let answer = world.alice.session.profile().await;
    assert_eq!(refusal("endless JSON", answer), not_a_node("its answer is too large"));
    world.hostility.begin(endless("/content"));
    let answer = world.bank.session.content(copy).await;
    assert_eq!(refusal("endless content", answer), not_a_node("its answer is too large"));
    world.hostility.begin(|answer| {
        answer.status = StatusCode::INTERNAL_SERVER_ERROR;
        answer.endless = true;
    });
    let answer = world.alice.session.profile().await;
    assert_eq!(refusal("an endless error", answer), not_a_node("its answer is too large"));

    let elsewhere = VaultHouse::serve(world.house.vault.router()).await.unwrap();
    for status in [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT] {
        let to = HeaderValue::try_from(elsewhere.join("/v1/profile").unwrap().to_string()).unwrap();
        world.hostility.begin(move |answer| {
            answer.status = status;
            answer.headers.insert("location", to.clone());
        });
        let answer = world.alice.session.profile().await;
        let reason = "it sends on to another address, which is not followed: name the node's own";
        assert_eq!(refusal("a redirect", answer), not_a_node(reason), "{status}");
    }

    world.hostility.begin(on_get("/v1/credentials".to_owned(), |json| json["next_cursor"] = "again".into()));
    let all = idos_client::pages::all(async |_| {
        let page = world.alice.session.credentials(None).await?;
        Ok((page.credentials, page.next_cursor))
    });
    assert_eq!(refusal("a list", all.await), forged("a list whose next page is the same page"));
    let endless = idos_client::pages::all(async |cursor: Option<&str>| {
        let number = cursor.map_or(0, |cursor| cursor.parse::<u64>().unwrap());
        Ok((Vec::<()>::new(), Some((number + 1).to_string())))
    });
    assert_eq!(refusal("an endless list", endless.await), forged("a list without end"));
}

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
        let (session, secret) = (&world.bank.session, &world.bank.secret);
        let opened =
            consumer::fetch(session, copy, secret, &expectations, StatusSource::Node, world.house.now());
        opened.await.unwrap().judgement
    };
    let says_so = "its subject says so herself, and nobody else has checked it";
    let unnamed = judge(None).await;
    assert!(!unnamed.good && unnamed.self_issued);
    assert_eq!(unnamed.failures(), [("self_issued".to_owned(), says_so.to_owned())]);
    let named_another = judge(Some(&[world.issuer.did()])).await;
    let codes: Vec<_> = named_another.failures().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["trust", "self_issued"]);
    let named = judge(Some(&[own])).await;
    assert!(named.good && named.self_issued, "{:?}", named.failures());
}

/// A chain on which every credential has one status, and nothing else can be asked.
#[derive(Debug, Clone, Copy)]
struct OneChain(Status);

const NOT_HERE: ChainError = ChainError::Unsupported("not on this chain");

#[async_trait]
impl Chains for OneChain {
    async fn chain(&self, _: ChainId) -> Result<Box<dyn Chain>, ClientError> {
        Ok(Box::new(*self))
    }
}

#[async_trait]
impl Chain for OneChain {
    fn chain(&self) -> ChainId {
        CHAIN
    }

    async fn now(&self) -> Result<u64, ChainError> {
        Err(NOT_HERE)
    }

    fn access_grants(&self, _: &Account) -> Result<Box<dyn AccessGrants>, ChainError> {
        Err(NOT_HERE)
    }

    fn credential_status(&self, _: &Account) -> Result<Box<dyn CredentialStatus>, ChainError> {
        Ok(Box::new(*self))
    }

    async fn deploy(&self) -> Result<Deployment, ChainError> {
        Err(NOT_HERE)
    }

    /// No contract wallets.
    async fn wallet(&self, _: Proof) -> Result<Wallet, ChainError> {
        Err(ChainError::Unproven(SignatureError::RefusedByContract))
    }

    async fn relay(&self, _: &SignedCall) -> Result<Mined, ChainError> {
        Err(NOT_HERE)
    }

    async fn write_grant_nonce(
        &self,
        _: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<KeyedNonce, ChainError> {
        Err(NOT_HERE)
    }

    async fn relay_write_grant(&self, _: &SignedWriteGrant) -> Result<Mined, ChainError> {
        Err(NOT_HERE)
    }
}

#[async_trait]
impl CredentialStatus for OneChain {
    async fn set(&self, _: u32, _: u32, _: Status) -> Result<Mined, ChainError> {
        Err(NOT_HERE)
    }

    async fn sign_set(
        &self,
        _: u32,
        _: u32,
        _: Status,
        _: u64,
        _: &mut (dyn CryptoRngCore + Send),
    ) -> Result<SignedCall, ChainError> {
        Err(NOT_HERE)
    }

    async fn status_of(&self, _: &Account, _: u32, _: u32) -> Result<Status, ChainError> {
        Ok(self.0)
    }
}
