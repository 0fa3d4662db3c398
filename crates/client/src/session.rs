//! A signed-in session: every request is signed by its key (RFC 9421).

use std::{sync::Mutex, time::Duration};

use bytes::Bytes;
use idos_api::{
    ErrorCode,
    audit::AuditPage,
    credentials::{
        Credential, CredentialPage, DeletionReceipt, Issuance, IssuancePage, NewCopy, NewCredential,
        NewPublicNotes, RenewedNotes, SENDER_KEY_HEADER, Upload,
    },
    credentials::{NewContent, ReceiptPage},
    grants::{GrantPage, OwnGrantPage, Rescinded, StatusAnswer},
    limits::MAX_CONTENT_BYTES,
    profiles::{KeyStatementPage, NewProfileFor, ProfileDeletionReceipt, ProfileFor},
    profiles::{
        NewProfile, NewWallet, Profile, ProfileAnswer, SignedKeyStatement, SignedSigningKeyStatement,
    },
    relay::{RelayCall, Submission},
    requests::{Acceptance, AnswerPage, OwnRequestPage, PublishedRequest, RequestPage, SignedRequest},
    sessions::{NewReadKey, ReadKey as ReadKeyAnswer},
    usage::UsageReport,
};
use idos_grants::{Account, DataId};
use idos_keys::{EncryptionKey, sealed_box::Sealed};
use idos_sessions::{
    ContentDigest, ReadKey, ReadKeyExchange, RequestParts, SessionId, SessionKey, SignatureHeaders,
    SignatureParams,
    content_digest::CONTENT_DIGEST_HEADER,
    sign::{SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER},
    sign_ed25519, sign_hmac,
};
use idos_wallets::{Wallet, WalletLink};
use rand_core::{CryptoRngCore, OsRng};
use reqwest::{Method, RequestBuilder, Response};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use url::form_urlencoded;
use uuid::Uuid;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{ClientError, Node, Signer, events::EventStream, receipt};

/// Its answer has no end, so no time is set for it.
const EVENTS_PATH: &str = "/v1/events";

/// The longest that a stream is kept open.
const STREAM_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A session at a node.
#[derive(Debug)]
pub struct Session {
    node: Node,
    id: SessionId,
    key: SessionKey,
    expires_at: u64,
    /// With it reads are cheap for the node; without it they are signed like commands.
    read_key: Mutex<Option<ReadKey>>,
}

/// A session as it is kept between runs. It holds the session key: keep it where only its owner reads.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct SavedSession {
    #[zeroize(skip)]
    node: String,
    #[zeroize(skip)]
    session_id: SessionId,
    session_key: String,
    #[zeroize(skip)]
    expires_at: u64,
}

impl Session {
    pub(crate) fn new(node: Node, id: SessionId, key: SessionKey, expires_at: u64) -> Self {
        Self { node, id, key, expires_at, read_key: Mutex::new(None) }
    }

    /// To be kept between runs.
    pub fn save(&self) -> SavedSession {
        let key = self.key.to_bytes();
        SavedSession {
            node: self.node.url().to_string(),
            session_id: self.id,
            session_key: hex::encode(key.as_slice()),
            expires_at: self.expires_at,
        }
    }

    /// Goes on with a kept session; `None` if it is of another node or has ended.
    pub fn resume(node: Node, saved: &SavedSession) -> Option<Self> {
        if saved.node != node.url().as_str() || node.now() >= saved.expires_at {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(saved.session_key.as_bytes(), key.as_mut_slice()).ok()?;
        Some(Self::new(node, saved.session_id, SessionKey::from_bytes(&key), saved.expires_at))
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// When it ends.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// Ends the session at the node.
    pub async fn sign_out(self) -> Result<(), ClientError> {
        self.call(Method::DELETE, "/v1/session", Bytes::new()).await.map(drop)
    }

    /// Agrees on a key for reads, which spares the node a signature check a read.
    pub async fn agree_read_key(&self, rng: &mut impl CryptoRngCore) -> Result<(), ClientError> {
        let exchange = ReadKeyExchange::new(rng);
        let client_key = key_of_node(EncryptionKey::from_bytes(exchange.public_key()))?;
        let answer: ReadKeyAnswer = self.post("/v1/session/read-key", &NewReadKey { client_key }).await?;
        let agreed = exchange.complete(answer.node_key.as_bytes(), &self.id);
        let agreed = agreed.map_err(|_| ClientError::Forged("a read key of small order"))?;
        self.set_read_key(Some(agreed));
        Ok(())
    }

    /// The caller's profile, if her wallet has one.
    pub async fn profile(&self) -> Result<Option<Profile>, ClientError> {
        Ok(self.get::<ProfileAnswer>("/v1/profile").await?.profile)
    }

    /// Makes a profile for the wallet that signed in.
    pub async fn create_profile(&self, profile: &NewProfile) -> Result<Profile, ClientError> {
        self.post("/v1/profile", profile).await
    }

    /// Makes a profile for a person who consented; see [`crate::issuer::create_profile_for`].
    pub async fn create_profile_for(&self, profile: &NewProfileFor) -> Result<ProfileFor, ClientError> {
        self.post("/v1/profiles", profile).await
    }

    /// States a new encryption key.
    pub async fn put_key_statement(&self, statement: &SignedKeyStatement) -> Result<Profile, ClientError> {
        self.send_json(Method::PUT, "/v1/profile/key-statement", statement).await
    }

    /// States the key that the profile signs credentials with.
    pub async fn put_signing_key(&self, statement: &SignedSigningKeyStatement) -> Result<(), ClientError> {
        let _: SignedSigningKeyStatement =
            self.send_json(Method::PUT, "/v1/profile/signing-key", statement).await?;
        Ok(())
    }

    /// The statement of somebody's encryption key, as the node serves it. Check it with [`crate::encryption::verify`].
    pub async fn key_statement(&self, profile_id: Uuid) -> Result<SignedKeyStatement, ClientError> {
        self.get(&format!("/v1/profiles/{profile_id}/key-statement")).await
    }

    /// Adds a wallet to the caller's profile, by that wallet's own signature.
    pub async fn link_wallet(&self, profile_id: Uuid, wallet: &impl Signer) -> Result<Profile, ClientError> {
        let challenge = self.node.challenge().await?;
        let unusable = |_| ClientError::Forged("its challenge is malformed");
        let link = WalletLink {
            domain: challenge.domain.parse().map_err(unusable)?,
            profile_id,
            account: wallet.account(),
            nonce: challenge.nonce.parse().map_err(unusable)?,
            issued_at: self.node.now(),
        };
        let message = link.message().map_err(|error| ClientError::Input(error.to_string()))?;
        let signature = wallet.sign(&message.into())?;
        self.post("/v1/profile/wallets", &NewWallet { link, signature }).await
    }

    /// Takes a wallet off the caller's profile.
    pub async fn unlink_wallet(&self, wallet: &Wallet) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/v1/profile/wallets/{wallet}"), Bytes::new()).await.map(drop)
    }

    /// Uploads sealed content; a credential or copy then takes it by its digest, which is returned.
    pub async fn upload(&self, content: &[u8]) -> Result<String, ClientError> {
        let sha256 = hex::encode(Sha256::digest(content));
        let response =
            self.call(Method::PUT, &format!("/v1/uploads/{sha256}"), Bytes::copy_from_slice(content)).await?;
        let upload: Upload = self.node.read_json(response).await?;
        if upload.sha256 != sha256 {
            return Err(ClientError::Forged("an upload of other content than was sent"));
        }
        Ok(sha256)
    }

    /// Stores an original.
    pub async fn create_credential(&self, credential: &NewCredential) -> Result<Credential, ClientError> {
        let stored: Credential = self.post("/v1/credentials", credential).await?;
        named(stored, credential.content.data_id)
    }

    /// Stores a copy of an original of the caller's.
    pub async fn create_copy(&self, original: DataId, copy: &NewCopy) -> Result<Credential, ClientError> {
        let stored: Credential = self.post(&format!("/v1/credentials/{original}/copies"), copy).await?;
        named(stored, copy.content.data_id)
    }

    /// Renews the public notes of an original that the caller stored, and of its copies.
    pub async fn renew_notes(
        &self,
        original: DataId,
        notes: &NewPublicNotes,
    ) -> Result<RenewedNotes, ClientError> {
        self.send_json(Method::PUT, &format!("/v1/credentials/{original}/public-notes"), notes).await
    }

    /// A page of what the caller stored for others.
    pub async fn issuances(&self, cursor: Option<&str>) -> Result<IssuancePage, ClientError> {
        self.get(&format!("/v1/issuances{}", query(&[("cursor", cursor)]))).await
    }

    /// One of them.
    pub async fn issuance(&self, original: DataId) -> Result<Issuance, ClientError> {
        self.get(&format!("/v1/issuances/{original}")).await
    }

    /// A page of the caller's credentials and copies.
    pub async fn credentials(&self, cursor: Option<&str>) -> Result<CredentialPage, ClientError> {
        self.get(&format!("/v1/credentials{}", query(&[("cursor", cursor)]))).await
    }

    /// What the node knows of a credential or copy.
    pub async fn credential(&self, data_id: DataId) -> Result<Credential, ClientError> {
        named(self.get(&format!("/v1/credentials/{data_id}")).await?, data_id)
    }

    /// The encrypted content of a credential or copy, and the key that it was sealed with.
    pub async fn content(&self, data_id: DataId) -> Result<Sealed, ClientError> {
        let response =
            self.call(Method::GET, &format!("/v1/credentials/{data_id}/content"), Bytes::new()).await?;
        let header = response.headers().get(SENDER_KEY_HEADER).and_then(|value| value.to_str().ok());
        let sender = header.and_then(|text| text.parse().ok());
        let sender = sender.ok_or_else(|| self.node.not_a_node("content without its sender key"))?;
        Ok(Sealed { sender, content: self.node.body(response, MAX_CONTENT_BYTES).await? })
    }

    /// Deletes a credential or copy; refused while a grant on it is locked. The receipt is the node's and of this deletion.
    pub async fn delete_credential(&self, data_id: DataId) -> Result<DeletionReceipt, ClientError> {
        let node = self.node.did().await?;
        let response = self.call(Method::DELETE, &format!("/v1/credentials/{data_id}"), Bytes::new()).await?;
        let receipt = self.node.read_json(response).await?;
        receipt::verify(&receipt, data_id, &node)?;
        Ok(receipt)
    }

    /// Puts content that was sealed anew in the place of an original's; see [`crate::owner::change_key`].
    pub async fn replace_content(
        &self,
        data_id: DataId,
        content: &NewContent,
    ) -> Result<Credential, ClientError> {
        self.send_json(Method::PUT, &format!("/v1/credentials/{data_id}/content"), content).await
    }

    /// A page of the statements of the profile's encryption keys, the present one first.
    pub async fn key_statements(&self, cursor: Option<&str>) -> Result<KeyStatementPage, ClientError> {
        self.get(&format!("/v1/profile/key-statements{}", query(&[("cursor", cursor)]))).await
    }

    /// A page of receipts of what was deleted of the caller's, and why.
    pub async fn receipts(&self, cursor: Option<&str>) -> Result<ReceiptPage, ClientError> {
        self.get(&format!("/v1/receipts{}", query(&[("cursor", cursor)]))).await
    }

    /// Deletes the caller's profile with everything in it; refused while anything in it is locked. This session gets the same receipt again until
    /// it ends; the profile's other sessions end.
    ///
    /// # Errors
    /// [`ClientError::Forged`] if the receipt is of another profile, or its text says something else than its fields.
    pub async fn delete_profile(&self, profile_id: Uuid) -> Result<ProfileDeletionReceipt, ClientError> {
        let path = format!("/v1/profile?profile_id={profile_id}");
        let response = self.call(Method::DELETE, &path, Bytes::new()).await?;
        let receipt: ProfileDeletionReceipt = self.read_json(response).await?;
        if receipt.receipt.profile_id != profile_id {
            return Err(ClientError::Forged("a deletion receipt of another profile"));
        }
        if receipt.receipt_text != receipt.receipt.text(&receipt.node) {
            return Err(ClientError::Forged(
                "a deletion receipt whose text says something else than its fields",
            ));
        }
        Ok(receipt)
    }

    /// A page of mirrored grants; at least one of the filters is needed.
    pub async fn grants(
        &self,
        filter: &GrantsFilter,
        cursor: Option<&str>,
    ) -> Result<GrantPage, ClientError> {
        let owner = filter.owner.map(|account| account.to_string());
        let grantee = filter.grantee.map(|account| account.to_string());
        let data_id = filter.data_id.map(|id| id.to_string());
        let pairs = [
            ("owner", owner.as_deref()),
            ("grantee", grantee.as_deref()),
            ("data_id", data_id.as_deref()),
            ("cursor", cursor),
        ];
        self.get(&format!("/v1/grants{}", query(&pairs))).await
    }

    /// A page of the grants that the caller's wallets were given, on all chains, newest first.
    pub async fn grants_received(
        &self,
        filter: &OwnGrantsFilter,
        cursor: Option<&str>,
    ) -> Result<OwnGrantPage, ClientError> {
        self.own_grants("received", "owner", filter, cursor).await
    }

    /// A page of the grants that the caller's wallets gave, on all chains, newest first.
    pub async fn grants_given(
        &self,
        filter: &OwnGrantsFilter,
        cursor: Option<&str>,
    ) -> Result<OwnGrantPage, ClientError> {
        self.own_grants("given", "grantee", filter, cursor).await
    }

    async fn own_grants(
        &self,
        list: &str,
        other: &str,
        filter: &OwnGrantsFilter,
        cursor: Option<&str>,
    ) -> Result<OwnGrantPage, ClientError> {
        let account = filter.other.map(|account| account.to_string());
        let [since, until] = [filter.since, filter.until].map(|time| time.map(|time| time.to_string()));
        let pairs = [
            (other, account.as_deref()),
            ("since", since.as_deref()),
            ("until", until.as_deref()),
            ("cursor", cursor),
        ];
        self.get(&format!("/v1/grants/{list}{}", query(&pairs))).await
    }

    /// Publishes a signed request; see [`crate::requests::publish`].
    pub async fn publish_request(&self, request: &SignedRequest) -> Result<PublishedRequest, ClientError> {
        self.post("/v1/requests", request).await
    }

    /// A page of the requests to the caller that she has not answered. Check each with [`crate::requests::verify`].
    pub async fn requests(&self, cursor: Option<&str>) -> Result<RequestPage, ClientError> {
        self.get(&format!("/v1/requests{}", query(&[("cursor", cursor)]))).await
    }

    /// A page of the caller's own requests.
    pub async fn published_requests(&self, cursor: Option<&str>) -> Result<OwnRequestPage, ClientError> {
        self.get(&format!("/v1/requests/published{}", query(&[("cursor", cursor)]))).await
    }

    /// A request. Check it with [`crate::requests::verify`].
    pub async fn request(&self, id: Uuid) -> Result<PublishedRequest, ClientError> {
        self.get(&format!("/v1/requests/{id}")).await
    }

    /// A page of what owners answered to the caller's own request.
    pub async fn answers(&self, id: Uuid, cursor: Option<&str>) -> Result<AnswerPage, ClientError> {
        self.get(&format!("/v1/requests/{id}/answers{}", query(&[("cursor", cursor)]))).await
    }

    /// Takes back the caller's own request.
    pub async fn withdraw_request(&self, id: Uuid) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/v1/requests/{id}"), Bytes::new()).await.map(drop)
    }

    /// Tells the consumer which copy is its own.
    pub async fn accept_request(&self, id: Uuid, copy: DataId) -> Result<PublishedRequest, ClientError> {
        self.post(&format!("/v1/requests/{id}/accept"), &Acceptance { data_id: copy }).await
    }

    /// Says no.
    pub async fn decline_request(&self, id: Uuid) -> Result<PublishedRequest, ClientError> {
        self.post(&format!("/v1/requests/{id}/decline"), &serde_json::json!({})).await
    }

    /// What happens to grants by and to the caller's wallets, and to the statuses of `issuers` (at most 20), as their blocks become final.
    /// It begins after `cursor`: that of the last [`Occurrence`](crate::events::Occurrence), or `Some("")` for the beginning; `None`: now.
    pub async fn events(
        &self,
        cursor: Option<&str>,
        issuers: &[Account],
    ) -> Result<EventStream, ClientError> {
        let issuers: Vec<_> = issuers.iter().map(ToString::to_string).collect();
        let issuers = issuers.join(",");
        let pairs = [("cursor", cursor), ("issuers", Some(issuers.as_str()).filter(|text| !text.is_empty()))];
        let path = format!("{EVENTS_PATH}{}", query(&pairs));
        Ok(EventStream::new(self.node.clone(), self.call(Method::GET, &path, Bytes::new()).await?))
    }

    /// Gives up a copy that was granted to the caller, locked or not: it reads it no more. It is deleted if it was nobody else's.
    pub async fn rescind(&self, data_id: DataId) -> Result<Rescinded, ClientError> {
        self.post(&format!("/v1/credentials/{data_id}/rescind"), &serde_json::json!({})).await
    }

    /// A credential's status, by the node's mirror.
    pub async fn status(
        &self,
        contract: &Account,
        issuer: &Account,
        list: u32,
        index: u32,
    ) -> Result<StatusAnswer, ClientError> {
        let (contract, issuer) = (contract.to_string(), issuer.to_string());
        let (list, index) = (list.to_string(), index.to_string());
        let pairs =
            [("contract", contract.as_str()), ("issuer", &issuer), ("list", &list), ("index", &index)];
        self.get(&format!("/v1/statuses{}", query(&pairs.map(|(name, value)| (name, Some(value)))))).await
    }

    /// Who read the caller's data.
    pub async fn audit(&self, cursor: Option<&str>) -> Result<AuditPage, ClientError> {
        self.get(&format!("/v1/audit{}", query(&[("cursor", cursor)]))).await
    }

    /// Hands in a call that its owner signed, for the node's relay to send and pay for. The same call again tells how far it is.
    pub async fn relay(&self, call: &RelayCall) -> Result<Submission, ClientError> {
        self.post("/v1/relay", call).await
    }

    /// How far a call is that the caller handed in.
    pub async fn relayed(&self, digest: &str) -> Result<Submission, ClientError> {
        self.get(&format!("/v1/relay/{digest}")).await
    }

    /// What the caller used of the node from the day of `from` to that of `to` (Unix seconds), and what it costs.
    pub async fn usage(&self, from: u64, to: u64) -> Result<UsageReport, ClientError> {
        self.get(&format!("/v1/usage?from={from}&to={to}")).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let response = self.call(Method::GET, path, Bytes::new()).await?;
        self.read_json(response).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.send_json(Method::POST, path, body).await
    }

    async fn send_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| ClientError::Input(error.to_string()))?;
        let response = self.call(method, path, body.into()).await?;
        self.read_json(response).await
    }

    async fn read_json<T: DeserializeOwned>(&self, response: Response) -> Result<T, ClientError> {
        self.node.read_json(response).await
    }

    /// Signs and sends. A read key that the node has forgotten, as after a restart, is dropped and the read signed anew.
    async fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Response, ClientError> {
        if self.node.now() >= self.expires_at {
            return Err(ClientError::SignedOut);
        }
        let read_key = if method == Method::GET { self.read_key() } else { None };
        let request = self.signed(&method, path, body.clone(), read_key.as_ref())?;
        match self.node.send(request).await {
            Err(error) if read_key.is_some() && error.node_code() == Some(ErrorCode::ReadKeyUnknown) => {
                self.set_read_key(None);
                self.node.send(self.signed(&method, path, body, None)?).await
            }
            Err(error) if error.node_code() == Some(ErrorCode::Unauthenticated) => {
                Err(ClientError::SignedOut)
            }
            answer => answer,
        }
    }

    fn signed(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
        read_key: Option<&ReadKey>,
    ) -> Result<RequestBuilder, ClientError> {
        let url = self.node.at(path)?;
        let digest = (!body.is_empty()).then(|| ContentDigest::of(&body));
        let headers = {
            let authority = url.authority();
            let parts = RequestParts::new(method.as_str(), authority, url.path(), url.query(), digest)
                .map_err(|error| ClientError::Input(error.to_string()))?;
            let params = SignatureParams::for_request(&parts, self.id, self.node.now(), &mut OsRng);
            match read_key {
                Some(key) => sign_hmac(&parts, &params, key),
                None => sign_ed25519(&parts, &params, &self.key),
            }
        };
        let SignatureHeaders { signature_input, signature } = headers;
        let mut request = self.node.http().request(method.clone(), url);
        request = request.header(SIGNATURE_INPUT_HEADER, signature_input).header(SIGNATURE_HEADER, signature);
        if path.starts_with(EVENTS_PATH) {
            request = request.timeout(STREAM_TIMEOUT);
        }
        if let Some(digest) = digest {
            let media_type = if *method == Method::PUT && path.starts_with("/v1/uploads/") {
                "application/octet-stream"
            } else {
                "application/json"
            };
            request =
                request.header(CONTENT_DIGEST_HEADER, digest.to_string()).header("content-type", media_type);
        }
        Ok(request.body(body))
    }

    fn read_key(&self) -> Option<ReadKey> {
        self.read_key.lock().ok().and_then(|key| key.clone())
    }

    fn set_read_key(&self, key: Option<ReadKey>) {
        if let Ok(mut present) = self.read_key.lock() {
            *present = key;
        }
    }
}

/// Which grants to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct GrantsFilter {
    /// By who granted.
    pub owner: Option<Account>,
    /// By who may read.
    pub grantee: Option<Account>,
    /// By what may be read.
    pub data_id: Option<DataId>,
}

/// Which of the caller's own grants to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnGrantsFilter {
    /// By or to this account only.
    pub other: Option<Account>,
    /// Created in this Unix second or later.
    pub since: Option<u64>,
    /// Created in this Unix second or earlier.
    pub until: Option<u64>,
}

/// An answer about one thing must not be about another.
fn named(credential: Credential, data_id: DataId) -> Result<Credential, ClientError> {
    if credential.data_id == data_id {
        return Ok(credential);
    }
    Err(ClientError::Forged("an answer about another data id than was asked about"))
}

fn key_of_node(key: Result<EncryptionKey, idos_keys::KeyError>) -> Result<EncryptionKey, ClientError> {
    key.map_err(|error| ClientError::Input(error.to_string()))
}

fn query(pairs: &[(&str, Option<&str>)]) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
        serializer.append_pair(name, value);
    }
    let text = serializer.finish();
    if text.is_empty() { text } else { format!("?{text}") }
}
