//! A node, before anybody signs in.

use std::{sync::Arc, time::Duration};

use idos_api::{
    ErrorBody,
    node::NodeInfo,
    sessions::{Challenge, NewSession, Session as SessionAnswer},
};
use idos_credentials::ListReference;
use idos_sessions::SessionKey;
use idos_wallets::{Domain, Nonce, SignIn, Uri};
use rand_core::CryptoRngCore;
use reqwest::Response;
use serde::de::DeserializeOwned;
use url::Url;

use crate::{ClientError, Session, Signer};

/// Long enough for 16 MiB on a slow line, short enough to notice a dead node.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The most of an answer that is read, in bytes: content at its largest, and some.
const MAX_ANSWER_BYTES: usize = idos_api::limits::MAX_CONTENT_BYTES + 64 * 1024;

/// The clock that a client goes by, in Unix seconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A node at an address.
#[derive(Clone)]
pub struct Node {
    url: Url,
    http: reqwest::Client,
    clock: Clock,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Node {
    /// The node at `url`; nothing is asked yet.
    pub fn new(url: Url, clock: Clock) -> Result<Self, ClientError> {
        if url.host_str().is_none() || !matches!(url.scheme(), "http" | "https") {
            return Err(ClientError::Input(format!(
                "a node's address is like https://node.example.com, not {url}"
            )));
        }
        let http =
            reqwest::Client::builder().timeout(REQUEST_TIMEOUT).connect_timeout(CONNECT_TIMEOUT).build();
        let http = http.map_err(|error| unreachable_node(&url, &error))?;
        Ok(Self { url, http, clock })
    }

    /// What the node says of itself.
    pub async fn info(&self) -> Result<NodeInfo, ClientError> {
        self.json(self.http.get(self.at("/v1/node")?)).await
    }

    /// A nonce to be signed, in a sign-in or a wallet link.
    pub async fn challenge(&self) -> Result<Challenge, ClientError> {
        let request = self.http.post(self.at("/v1/sign-in/challenges")?).json(&serde_json::json!({}));
        self.json(request).await
    }

    /// Signs in: one wallet signature for a session of `lifetime_secs`.
    pub async fn sign_in(
        &self,
        wallet: &impl Signer,
        lifetime_secs: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Session, ClientError> {
        let challenge = self.challenge().await?;
        self.check_domain(&challenge.domain)?;
        let session_key = SessionKey::generate(rng);
        let now = self.now();
        let sign_in = SignIn {
            domain: input::<Domain>(&challenge.domain)?,
            account: wallet.account(),
            uri: input::<Uri>(self.url.as_str())?,
            nonce: input::<Nonce>(&challenge.nonce)?,
            issued_at: now,
            expires_at: now + lifetime_secs,
            session_key: session_key.public().to_bytes(),
        };
        let message = sign_in.message().map_err(|error| ClientError::Input(error.to_string()))?;
        let request = NewSession { sign_in, signature: wallet.sign(&message.into())? };
        let answer: SessionAnswer =
            self.json(self.http.post(self.at("/v1/sessions")?).json(&request)).await?;
        let session_id = answer.session_id.parse().map_err(|_| self.not_a_node("a malformed session id"))?;
        Ok(Session::new(self.clone(), session_id, session_key, answer.expires_at))
    }

    /// A node that names another host than the one it was reached by wants a signature for somebody else. On the own
    /// machine every name is the same host.
    fn check_domain(&self, domain: &str) -> Result<(), ClientError> {
        let host = self.url.host_str().unwrap_or_default();
        let named = domain.rsplit_once(':').map_or(domain, |(host, _port)| host);
        let local = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        if named == host || (local(host) && local(named)) {
            return Ok(());
        }
        Err(ClientError::Forged("it asks to sign in to another host than the one it was reached by"))
    }

    /// The node's address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(crate) fn at(&self, path_and_query: &str) -> Result<Url, ClientError> {
        self.url.join(path_and_query).map_err(|error| ClientError::Input(error.to_string()))
    }

    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ClientError> {
        let response = self.send(request).await?;
        let body = self.body(response).await?;
        serde_json::from_slice(&body).map_err(|error| self.not_a_node(&error.to_string()))
    }

    /// Sends, and turns an answer that is no success into the node's error.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| unreachable_node(&self.url, &error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = self.body(response).await?;
        match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(body) => Err(ClientError::Node { status: status.as_u16(), detail: Box::new(body.error) }),
            Err(_) => Err(self.not_a_node(&format!("it answered {status}"))),
        }
    }

    /// A status list credential of at most `max_bytes`, as the node serves it. Believe it only by [`crate::StatusLists`].
    pub(crate) async fn status_list(
        &self,
        reference: &ListReference,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClientError> {
        let request = self.http.get(self.at(&format!("/v1/status-lists/{reference}"))?);
        let response = self.send(request).await?;
        self.body_within(response, max_bytes).await
    }

    pub(crate) async fn body(&self, response: Response) -> Result<Vec<u8>, ClientError> {
        self.body_within(response, MAX_ANSWER_BYTES).await
    }

    async fn body_within(&self, mut response: Response, max_bytes: usize) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_node(&self.url, &error))? {
            if body.len() + chunk.len() > max_bytes {
                return Err(self.not_a_node("its answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    pub(crate) fn not_a_node(&self, reason: &str) -> ClientError {
        ClientError::Transport { url: self.url.to_string(), reason: reason.to_owned() }
    }
}

fn input<T: std::str::FromStr<Err = idos_wallets::TextError>>(text: &str) -> Result<T, ClientError> {
    text.parse().map_err(|error: idos_wallets::TextError| ClientError::Input(error.to_string()))
}

/// The whole chain of causes: "error sending request" alone helps nobody.
fn unreachable_node(url: &Url, error: &reqwest::Error) -> ClientError {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    ClientError::Transport { url: url.to_string(), reason }
}
