//! A person, an issuer's or a consumer's staff: a wallet, a session, a profile.

use axum::{
    body::Body,
    http::{Method, Request},
};
use idos_api::{
    credentials::{Credential, NewCopy},
    profiles::{NewProfile, SignedKeyStatement},
    sessions::{Challenge, NewReadKey, NewSession, ReadKey as ReadKeyAnswer, Session},
};
use idos_grants::{Account, DataId};
use idos_keys::EncryptionSecret;
use idos_sessions::{
    ContentDigest, ReadKey, ReadKeyExchange, RequestParts, SessionId, SessionKey, SignatureParams,
    sign_ed25519, sign_hmac,
};
use idos_wallets::{KdfText, KeyStatement, Nonce, SignIn};
use rand_core::{OsRng, RngCore};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Answer, CHAIN, House, Issuer, Key, WalletKind, data_id, sealed};

pub struct Person {
    pub key: Key,
    pub account: Account,
    pub profile_id: Uuid,
    pub encryption: EncryptionSecret,
    pub session: SessionKey,
    pub session_id: SessionId,
    pub read_key: Option<ReadKey>,
    /// Of the node that she is signed in to.
    pub domain: String,
}

impl Person {
    /// The `n`th person, signed in, with a profile.
    pub async fn new(house: &House, n: u64) -> Self {
        Self::without_profile(house, n).await.with_profile(house).await
    }

    /// The same, whose wallet is of some kind.
    pub async fn of_kind(house: &House, kind: WalletKind, n: u64) -> Self {
        let (key, account) = kind.wallet(house, n);
        Self::signed_in(house, key, account).await.with_profile(house).await
    }

    async fn with_profile(self, house: &House) -> Self {
        let new =
            NewProfile { profile_id: self.profile_id, key_statement: Some(self.key_statement(house, 1)) };
        assert_eq!(self.post(house, "/v1/profile", &new).await.status, 201);
        self
    }

    /// Signed in, and no more.
    pub async fn without_profile(house: &House, n: u64) -> Self {
        let key = Key::number(n);
        let account = key.account(CHAIN);
        Self::signed_in(house, key, account).await
    }

    /// The `n`th person again, whose session has ended.
    pub async fn back(self, house: &House, n: u64) -> Self {
        let Self { session, session_id, .. } = Self::without_profile(house, n).await;
        Self { session, session_id, read_key: None, ..self }
    }

    pub async fn signed_in(house: &House, key: Key, account: Account) -> Self {
        let session = SessionKey::generate(&mut OsRng);
        let sign_in = sign_in(house, account, &session).await;
        let signature = key.sign_message(&sign_in.message().unwrap());
        let answer = house.post("/v1/sessions", &NewSession { sign_in, signature }).await;
        let session_id = answer.json::<Session>().session_id.parse().unwrap();
        let encryption = EncryptionSecret::generate(&mut OsRng);
        let domain = house.domain();
        Self {
            key,
            account,
            profile_id: Uuid::new_v4(),
            encryption,
            session,
            session_id,
            read_key: None,
            domain,
        }
    }

    pub fn key_statement(&self, house: &House, version: u32) -> SignedKeyStatement {
        let statement = KeyStatement {
            profile_id: self.profile_id,
            account: self.account,
            encryption_key: *self.encryption.public().as_bytes(),
            kdf: KdfText::random_key(),
            version,
            issued_at: house.now(),
        };
        let signature = self.key.sign_message(&statement.message().unwrap());
        SignedKeyStatement { statement, signature, node_set: None }
    }

    /// From now on reads are authenticated under a read key.
    pub async fn agree_read_key(&mut self, house: &House) {
        let exchange = ReadKeyExchange::new(&mut OsRng);
        let client_key = idos_keys::EncryptionKey::from_bytes(exchange.public_key()).unwrap();
        let answer: ReadKeyAnswer =
            self.post(house, "/v1/session/read-key", &NewReadKey { client_key }).await.json();
        self.read_key = Some(exchange.complete(answer.node_key.as_bytes(), &self.session_id).unwrap());
    }

    pub async fn get(&self, house: &House, path: &str) -> Answer {
        house.ask(self.signed(house, Method::GET, path, Vec::new())).await
    }

    pub async fn delete(&self, house: &House, path: &str) -> Answer {
        house.ask(self.signed(house, Method::DELETE, path, Vec::new())).await
    }

    pub async fn post(&self, house: &House, path: &str, body: &impl Serialize) -> Answer {
        house.ask(self.signed(house, Method::POST, path, serde_json::to_vec(body).unwrap())).await
    }

    pub async fn put(&self, house: &House, path: &str, body: &impl Serialize) -> Answer {
        house.ask(self.signed(house, Method::PUT, path, serde_json::to_vec(body).unwrap())).await
    }

    pub async fn upload(&self, house: &House, content: &[u8]) -> Answer {
        let path = format!("/v1/uploads/{}", hex::encode(Sha256::digest(content)));
        house.ask(self.signed(house, Method::PUT, &path, content.to_vec())).await
    }

    /// A request as this person signs it.
    pub fn signed(&self, house: &House, method: Method, target: &str, body: Vec<u8>) -> Request<Body> {
        self.signed_at(house.now(), method, target, body)
    }

    pub fn signed_at(&self, now: u64, method: Method, target: &str, body: Vec<u8>) -> Request<Body> {
        let digest = (!body.is_empty()).then(|| ContentDigest::of(&body));
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let parts = RequestParts::new(method.as_str(), &self.domain, path, query, digest).unwrap();
        let params = SignatureParams::for_request(&parts, self.session_id, now, &mut OsRng);
        let headers = match &self.read_key {
            Some(key) if method == Method::GET => sign_hmac(&parts, &params, key),
            _ => sign_ed25519(&parts, &params, &self.session),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", &self.domain)
            .header("signature-input", headers.signature_input)
            .header("signature", headers.signature);
        if let Some(digest) = digest {
            request = request.header("content-digest", digest.to_string());
        }
        request.body(body.into()).unwrap()
    }

    /// Stores an original of her own; what it is called, and its content.
    pub async fn store(&self, house: &House, issuer: &Issuer) -> (DataId, Vec<u8>) {
        let content = random_box(500);
        assert_eq!(self.upload(house, &content).await.status, 201);
        let id = data_id();
        let new = issuer.credential(sealed(id, &content, self));
        assert_eq!(self.post(house, "/v1/credentials", &new).await.status, 201);
        (id, content)
    }

    /// Shares a copy of an original with somebody; what it is called, and its content.
    pub async fn share(&self, house: &House, original: DataId, with: &Person) -> (DataId, Vec<u8>) {
        let content = random_box(400);
        assert_eq!(self.upload(house, &content).await.status, 201);
        let id = data_id();
        let path = format!("/v1/credentials/{original}/copies");
        let answer = self
            .post(house, &path, &NewCopy { content: sealed(id, &content, with), shared_with: None })
            .await;
        assert_eq!(answer.json::<Credential>().data_id, id);
        (id, content)
    }

    pub async fn read(&self, house: &House, id: DataId) -> Answer {
        self.get(house, &format!("/v1/credentials/{id}/content")).await
    }
}

/// A sign-in of `account` that is in order.
pub async fn sign_in(house: &House, account: Account, session: &SessionKey) -> SignIn {
    SignIn {
        domain: house.domain().parse().unwrap(),
        account,
        uri: format!("https://{}/", house.domain()).parse().unwrap(),
        nonce: challenge(house).await,
        issued_at: house.now(),
        expires_at: house.now() + 3600,
        session_key: session.public().to_bytes(),
    }
}

pub async fn challenge(house: &House) -> Nonce {
    house
        .post("/v1/sign-in/challenges", &serde_json::json!({}))
        .await
        .json::<Challenge>()
        .nonce
        .parse()
        .unwrap()
}

/// As random as a box looks.
pub fn random_box(size: usize) -> Vec<u8> {
    let mut content = vec![0; size];
    OsRng.fill_bytes(&mut content);
    content
}
