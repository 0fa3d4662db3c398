//! What is asked of each route: a request that is in order, whoever sends it.

use std::fmt;

use axum::http::Method;
use idos_api::{
    credentials::{Credential, NewContent, NewCopy},
    profiles::{NewProfile, NewProfileFor, SignedKeyStatement},
    relay::{RelayCall, SignedCall},
    sessions::{NewReadKey, NewSession},
};
use idos_credentials::PublicNotes;
use idos_credentials::sign_profile_consent;
use idos_sessions::{ReadKeyExchange, SessionKey};
use idos_wallets::{KeyStatement, ProfileConsent};
use rand_core::OsRng;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    role::Role,
    scene::{Scene, consented, new_wallet},
};
use crate::{
    signing_keys,
    support::{
        CHAIN, DOMAIN, House, Issuer, Key, Person, access_request, data_id, grants_contract, random_box,
        sealed, sign_in, sign_request, signed_call, status_contract,
    },
};

/// A route, and on what it is called.
pub struct Row {
    method: &'static str,
    path: &'static str,
    on: &'static str,
}

const fn row(method: &'static str, path: &'static str, on: &'static str) -> Row {
    Row { method, path, on }
}

/// In the order in which they are asked: what takes something away comes last.
pub const ROWS: &[Row] = &[
    row("GET", "/health", ""),
    row("GET", "/ready", ""),
    row("GET", "/metrics", ""),
    row("GET", "/v1/node", ""),
    row("GET", "/v1/statuses", ""),
    row("GET", "/v1/status-lists/{contract}/{issuer}/{list}/{purpose}", ""),
    row("POST", "/v1/sign-in/challenges", ""),
    row("POST", "/v1/sessions", "own wallet"),
    row("POST", "/v1/sessions", "the owner's account, own signature"),
    row("GET", "/v1/profile", ""),
    row("GET", "/v1/profiles/{profile_id}/key-statement", "the owner's"),
    row("GET", "/v1/profile/key-statements", ""),
    row("GET", "/v1/receipts", ""),
    row("GET", "/v1/credentials", ""),
    row("GET", "/v1/credentials/{data_id}", "the original"),
    row("GET", "/v1/credentials/{data_id}", "the copy"),
    row("GET", "/v1/credentials/{data_id}", "the issuer's copy"),
    row("GET", "/v1/credentials/{data_id}", "nothing"),
    row("GET", "/v1/credentials/{data_id}/content", "the original"),
    row("GET", "/v1/credentials/{data_id}/content", "the copy"),
    row("GET", "/v1/credentials/{data_id}/content", "the issuer's copy"),
    row("GET", "/v1/credentials/{data_id}/content", "nothing"),
    row("GET", "/v1/grants", "of the owner"),
    row("GET", "/v1/grants/received", ""),
    row("GET", "/v1/grants/given", ""),
    row("GET", "/v1/events", ""),
    row("GET", "/v1/requests", ""),
    row("GET", "/v1/requests/published", ""),
    row("GET", "/v1/requests/{request_id}", "to the owner"),
    row("GET", "/v1/requests/{request_id}", "to nobody in particular"),
    row("GET", "/v1/requests/{request_id}", "nothing"),
    row("GET", "/v1/requests/{request_id}/answers", "to the owner"),
    row("POST", "/v1/requests", "one's own"),
    row("POST", "/v1/requests", "the granted consumer's"),
    row("POST", "/v1/requests/{request_id}/accept", "to the owner"),
    row("POST", "/v1/requests/{request_id}/decline", "to the owner"),
    row("POST", "/v1/requests/{request_id}/decline", "to nobody in particular"),
    row("GET", "/v1/audit", ""),
    row("GET", "/v1/usage", ""),
    row("POST", "/v1/relay", "what the owner has signed"),
    row("POST", "/v1/relay", "what the relay refuses"),
    row("GET", "/v1/relay/{digest}", "handed in by oneself"),
    row("GET", "/v1/relay/{digest}", "handed in by the owner"),
    row("GET", "/v1/relay/{digest}", "nothing"),
    row("PUT", "/v1/uploads/{sha256}", ""),
    row("POST", "/v1/credentials", "into one's own profile"),
    row("POST", "/v1/credentials", "by the owner's consent to the issuer"),
    row("POST", "/v1/credentials/{data_id}/copies", "the owner's original"),
    row("POST", "/v1/credentials/{data_id}/copies", "the copy"),
    row("PUT", "/v1/credentials/{data_id}/public-notes", "the owner's original"),
    row("PUT", "/v1/credentials/{data_id}/public-notes", "nothing"),
    row("GET", "/v1/issuances", ""),
    row("GET", "/v1/issuances/{data_id}", "the owner's original"),
    row("GET", "/v1/issuances/{data_id}", "nothing"),
    row("PUT", "/v1/profile/key-statement", "one's own"),
    row("PUT", "/v1/profile/key-statement", "the owner's profile, own signature"),
    row("PUT", "/v1/profile/signing-key", "one's own"),
    row("PUT", "/v1/profile/signing-key", "the owner's profile, own signature"),
    row("POST", "/v1/session/read-key", ""),
    row("POST", "/v1/profile", ""),
    row("DELETE", "/v1/profile/wallets/{wallet}", "the owner's second"),
    row("DELETE", "/v1/profile/wallets/{wallet}", "one's own, the last"),
    row("POST", "/v1/profile/wallets", "a new wallet, for one's own profile"),
    row("POST", "/v1/profile/wallets", "a new wallet, for the owner's profile"),
    row("POST", "/v1/credentials/{data_id}/rescind", "the copy"),
    row("POST", "/v1/credentials/{data_id}/rescind", "the original"),
    row("DELETE", "/v1/credentials/{data_id}", "the owner's, never granted"),
    row("DELETE", "/v1/credentials/{data_id}", "the copy"),
    row("DELETE", "/v1/requests/{request_id}", "to the owner"),
    row("POST", "/v1/profiles", "by a consent to the issuer"),
    row("PUT", "/v1/credentials/{data_id}/content", "the original"),
    row("PUT", "/v1/credentials/{data_id}/content", "the issuer's copy"),
    row("DELETE", "/v1/profile", "the owner's"),
    row("DELETE", "/v1/profile", "one's own"),
    row("DELETE", "/v1/session", ""),
];

/// Routes that look at no signature of a session.
const PUBLIC: [&str; 8] = [
    "/health",
    "/ready",
    "/metrics",
    "/v1/node",
    "/v1/statuses",
    "/v1/status-lists/{contract}/{issuer}/{list}/{purpose}",
    "/v1/sign-in/challenges",
    "/v1/sessions",
];

/// A request, before somebody signs it.
#[derive(Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub body: Vec<u8>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if self.on.is_empty() { Ok(()) } else { write!(f, ": {}", self.on) }
    }
}

impl Row {
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn is_public(&self) -> bool {
        PUBLIC.contains(&self.path)
    }

    pub fn method(&self) -> Method {
        self.method.parse().unwrap()
    }

    /// Whether its body is content.
    pub fn takes_content(&self) -> bool {
        self.path == "/v1/uploads/{sha256}"
    }

    /// Whether its body is JSON that it reads.
    pub fn takes_json(&self) -> bool {
        const UNREAD: [&str; 3] = [
            "/v1/sign-in/challenges",
            "/v1/requests/{request_id}/decline",
            "/v1/credentials/{data_id}/rescind",
        ];
        matches!(self.method, "POST" | "PUT") && !self.takes_content() && !UNREAD.contains(&self.path)
    }

    /// Who may ask it, where anybody may.
    pub fn by(&self) -> Role {
        match (self.method, self.path, self.on) {
            ("POST", "/v1/credentials", "by the owner's consent to the issuer")
            | ("PUT", "/v1/credentials/{data_id}/public-notes", _)
            | (_, "/v1/issuances/{data_id}" | "/v1/profiles", _) => Role::Issuer,
            (_, "/v1/requests/{request_id}/answers" | "/v1/credentials/{data_id}/rescind", _)
            | ("DELETE", "/v1/requests/{request_id}", _)
            | ("POST", "/v1/requests", "the granted consumer's")
            | ("POST", "/v1/relay", "what the owner has signed") => Role::Granted,
            ("POST", "/v1/profile", _) => Role::Newcomer,
            _ => Role::Owner,
        }
    }

    /// The path with each id in it, and each value of its query, in turn in no form.
    pub fn paths_in_no_form(&self, path: &str) -> Vec<String> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut found = Vec::new();
        for (place, _) in self.path.split('/').enumerate().filter(|(_, segment)| segment.starts_with('{')) {
            for junk in junk() {
                let mut segments: Vec<_> = path.split('/').collect();
                segments[place] = &junk;
                found.push(format!("{}?{query}", segments.join("/")).trim_end_matches('?').to_owned());
            }
        }
        let given: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        for place in 0..given.len() {
            let name = given[place].split('=').next().unwrap();
            for junk in junk() {
                let mut pairs: Vec<_> = given.iter().map(|pair| (*pair).to_owned()).collect();
                pairs[place] = format!("{name}={junk}");
                found.push(format!("{path}?{}", pairs.join("&")));
            }
        }
        let wrong: &[&str] = match self.path {
            _ if self.is_list() => {
                &["cursor=%00", "cursor=-1", "limit=0", "limit=101", "limit=x", "nobodys=1"]
            }
            "/v1/events" => &["cursor=%00", "cursor=-1", "issuers=x", "nobodys=1"],
            "/v1/usage" => &["from=x", "to=-1", "from=2&to=1", "from=1&to=99999999999", "nobodys=1"],
            _ => &[],
        };
        let and = if query.is_empty() { String::new() } else { format!("{query}&") };
        found.extend(wrong.iter().map(|pair| format!("{path}?{and}{pair}")));
        found
    }

    /// Whether it is answered page by page.
    fn is_list(&self) -> bool {
        const LISTS: [&str; 11] = [
            "/v1/profile/key-statements",
            "/v1/receipts",
            "/v1/credentials",
            "/v1/grants",
            "/v1/grants/received",
            "/v1/grants/given",
            "/v1/requests",
            "/v1/requests/published",
            "/v1/requests/{request_id}/answers",
            "/v1/audit",
            "/v1/issuances",
        ];
        self.method == "GET" && LISTS.contains(&self.path)
    }

    /// The request, as `who` would make it.
    pub async fn ask(&self, scene: &Scene, who: &Person) -> Asked {
        let owner = scene.person(Role::Owner);
        let mut path = self.path.to_owned();
        let mut fill = |name: &str, value: String| path = path.replace(&format!("{{{name}}}"), &value);
        fill("profile_id", owner.profile_id.to_string());
        let id = match self.on {
            "the original" | "the owner's original" => scene.original,
            "the copy" => scene.copy,
            "the issuer's copy" => scene.issuer_copy,
            "the owner's, never granted" => scene.spare,
            _ => data_id(),
        };
        fill("data_id", id.to_string());
        let wallet = match self.on {
            "one's own, the last" => idos_wallets::Wallet::by_key(who.account.address()),
            _ => scene.second_wallet,
        };
        fill("wallet", wallet.to_string());
        fill("contract", status_contract().to_string());
        fill("issuer", scene.person(Role::Issuer).account.address().to_string());
        fill("list", "0".to_owned());
        fill("purpose", "revocation".to_owned());
        let request = match self.on {
            "to the owner" => scene.request,
            "to nobody in particular" => scene.open_request,
            _ => uuid::Uuid::new_v4(),
        };
        fill("request_id", request.to_string());
        let digest = match self.on {
            "handed in by oneself" => scene.hand_in(who).await,
            "handed in by the owner" => scene.relayed.clone(),
            _ => "00".repeat(32),
        };
        fill("digest", digest);
        let content = random_box(64);
        fill("sha256", hex::encode(Sha256::digest(&content)));
        let body = match (self.method, self.path) {
            ("PUT", "/v1/uploads/{sha256}") => content,
            ("GET" | "DELETE", _) => Vec::new(),
            _ => self.body(scene, who).await,
        };
        match self.path {
            "/v1/profile" if self.method == "DELETE" => {
                let of = if self.on == "one's own" { who } else { owner };
                path.push_str(&format!("?profile_id={}", of.profile_id));
            }
            "/v1/grants" => path.push_str(&format!("?owner={}", owner.account)),
            "/v1/statuses" => {
                let (contract, issuer) = (status_contract(), scene.person(Role::Issuer).account);
                path.push_str(&format!("?contract={contract}&issuer={issuer}&list=0&index=0"));
            }
            _ => {}
        }
        Asked { method: self.method(), path, body }
    }

    async fn body(&self, scene: &Scene, who: &Person) -> Vec<u8> {
        let house = &scene.house;
        let owner = scene.person(Role::Owner);
        match (self.path, self.on) {
            ("/v1/sign-in/challenges", _) => json(&json!({})),
            ("/v1/sessions", on) => {
                let account = if on == "own wallet" { who.account } else { owner.account };
                let sign_in = sign_in(house, account, &SessionKey::generate(&mut OsRng)).await;
                let signature = who.key.sign_message(&sign_in.message().unwrap());
                json(&NewSession { sign_in, signature })
            }
            ("/v1/session/read-key", _) => {
                let exchange = ReadKeyExchange::new(&mut OsRng);
                let client_key = idos_keys::EncryptionKey::from_bytes(exchange.public_key()).unwrap();
                json(&NewReadKey { client_key })
            }
            ("/v1/requests", "one's own") => json(&sign_request(access_request(house, who, None), &who.key)),
            ("/v1/requests", _) => {
                let consumer = scene.person(Role::Granted);
                json(&sign_request(access_request(house, consumer, None), &consumer.key))
            }
            ("/v1/requests/{request_id}/accept", _) => json(&json!({"data_id": scene.copy})),
            ("/v1/credentials/{data_id}/rescind", _) => json(&json!({})),
            ("/v1/requests/{request_id}/decline", _) => json(&json!({})),
            ("/v1/profile", _) => json(&NewProfile { profile_id: uuid::Uuid::new_v4(), key_statement: None }),
            ("/v1/profile/wallets", on) => {
                let of = if on.contains("own profile") { who } else { owner };
                json(&new_wallet(house, of, &Key::number(200)).await)
            }
            ("/v1/profile/key-statement", on) => {
                let mut statement = who.key_statement(house, 2);
                if !on.starts_with("one's own") {
                    statement.statement.profile_id = owner.profile_id;
                    let message = statement.statement.message().unwrap();
                    statement.signature = who.key.sign_message(&message);
                }
                json(&statement)
            }
            ("/v1/profile/signing-key", on) => {
                let site: idos_credentials::WebDid = "did:web:issuer.example".parse().unwrap();
                let issuer = Issuer(idos_credentials::IssuerKey::from_seed(&[9; 32]).unwrap().for_site(site));
                let mut said = signing_keys::statement(house, who, &issuer, 1).statement;
                if !on.starts_with("one's own") {
                    said.profile_id = owner.profile_id;
                }
                json(&signing_keys::signed(who, said))
            }
            ("/v1/credentials", "into one's own profile") => {
                let content = random_box(300);
                who.upload(house, &content).await;
                json(&scene.issuer.credential(sealed(data_id(), &content, who)))
            }
            ("/v1/credentials", _) => {
                let issuer = scene.person(Role::Issuer);
                json(&consented(house, owner, issuer, &scene.issuer).await)
            }
            ("/v1/credentials/{data_id}/public-notes", _) => {
                let shown = owner.get(house, &format!("/v1/credentials/{}", scene.original)).await;
                let notes = PublicNotes::parse(&shown.json::<Credential>().public_notes).unwrap();
                json(&scene.issuer.signed(&notes.next(serde_json::Map::new()).unwrap()))
            }
            ("/v1/credentials/{data_id}/copies", _) => {
                let content = random_box(300);
                who.upload(house, &content).await;
                json(&NewCopy { content: sealed(data_id(), &content, who), shared_with: None })
            }
            ("/v1/profiles", _) => json(&new_profile_for(house, &scene.issuer)),
            ("/v1/credentials/{data_id}/content", _) => {
                let content = random_box(300);
                who.upload(house, &content).await;
                let sealed = sealed(data_id(), &content, owner);
                json(&NewContent {
                    replaces: scene.original_sha256(owner).await,
                    content_sha256: sealed.content_sha256,
                    sender_key: sealed.sender_key,
                    recipient_key: sealed.recipient_key,
                })
            }
            ("/v1/relay", "what the owner has signed") => json(&signed_call(owner.account)),
            ("/v1/relay", _) => {
                let signed = "AAAA".to_owned();
                json(&RelayCall::SignedCall(SignedCall::DelegateAction {
                    contract: grants_contract(),
                    signed,
                }))
            }
            (path, _) => panic!("no body for {path}"),
        }
    }
}

/// What is no id of any kind: too short, too long, of other letters, of bytes that are no text.
fn junk() -> Vec<String> {
    let short = ["x", "0x12", "%ff", "%00", "..%2f..%2fnode.key"].map(str::to_owned);
    short.into_iter().chain(["7".repeat(4000)]).collect()
}

/// Somebody's consent to the issuer.
pub fn new_profile_for(house: &House, issuer: &Issuer) -> NewProfileFor {
    let consent = ProfileConsent {
        domain: DOMAIN.parse().unwrap(),
        profile_id: uuid::Uuid::new_v4(),
        account: Key::number(300).account(CHAIN),
        encryption_key: [9; 32],
        kdf: "".parse().unwrap(),
        issuer: issuer.0.did().as_str().parse().unwrap(),
        nonce: uuid::Uuid::new_v4().simple().to_string().parse().unwrap(),
        issued_at: house.now(),
        expires_at: house.now() + 3600,
    };
    profile_for(house, issuer, consent)
}

/// That consent, signed by the person's wallet and by the issuer.
pub fn profile_for(house: &House, issuer: &Issuer, consent: ProfileConsent) -> NewProfileFor {
    let key = Key::number(300);
    let statement = KeyStatement {
        profile_id: consent.profile_id,
        account: consent.account,
        encryption_key: consent.encryption_key,
        kdf: consent.kdf.clone(),
        version: 1,
        issued_at: house.now(),
    };
    let signature = key.sign_message(&statement.message().unwrap());
    let key_statement = SignedKeyStatement { statement, signature, node_set: None };
    let issuer_signature = issuer_signature(issuer, &consent);
    let signature = key.sign_message(&consent.message().unwrap());
    NewProfileFor { signature, consent, key_statement, issuer_signature }
}

/// By which only that issuer can use the consent.
pub fn issuer_signature(issuer: &Issuer, consent: &ProfileConsent) -> String {
    let digest = consent.message().unwrap().digest();
    format!("0x{}", hex::encode(sign_profile_consent(&issuer.0, &digest)))
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap()
}
