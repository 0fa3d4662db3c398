//! A node, before anybody signs in.

use std::{sync::Arc, time::Duration};

use idos_api::{
    ErrorBody, ErrorDetail,
    node::NodeInfo,
    sessions::{Challenge, NewSession, Session as SessionAnswer},
};
use idos_credentials::{IssuerDid, ListReference};
use idos_sessions::SessionKey;
use idos_wallets::{Domain, Nonce, SignIn, Uri};
use rand_core::CryptoRngCore;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    ClientError, Session, Signer,
    memory::{Memory, ProcessMemory},
};

/// Long enough for 16 MiB on a slow line, short enough to notice a dead node.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The most of an answer in JSON that is read, in bytes: a page at its largest, and room to spare.
const MAX_JSON_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// The clock that a client goes by, in Unix seconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A node at an address.
#[derive(Clone)]
pub struct Node {
    url: Url,
    http: reqwest::Client,
    clock: Clock,
    memory: Arc<dyn Memory>,
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
        // What is signed is signed for one address: nothing is sent on to another.
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let http = http.map_err(|error| unreachable_node(&url, &error))?;
        Ok(Self { url, http, clock, memory: Arc::new(ProcessMemory::default()) })
    }

    /// The same, with a memory that lasts longer than the process.
    #[must_use]
    pub fn remembering(mut self, memory: Arc<dyn Memory>) -> Self {
        self.memory = memory;
        self
    }

    /// What is remembered.
    pub fn memory(&self) -> &dyn Memory {
        &*self.memory
    }

    /// The DID by which the node signs receipts: that of its first answer, as long as the memory lasts.
    pub async fn did(&self) -> Result<IssuerDid, ClientError> {
        let stated = self.info().await?.did;
        let known = self.memory.node_did(self.url.as_str())?;
        if known.as_ref().is_some_and(|known| *known != stated) {
            return Err(ClientError::Forged(
                "it signs under another DID than before; if its operator confirms that the node is a new one, forget the old one",
            ));
        }
        let did = stated.parse().map_err(|_| ClientError::Forged("its DID is none"))?;
        if known.is_none() {
            self.memory.remember_node_did(self.url.as_str(), &stated)?;
        }
        Ok(did)
    }

    /// What the node says of itself.
    pub async fn info(&self) -> Result<NodeInfo, ClientError> {
        self.json(self.http.get(self.at("/v1/node")?)).await
    }

    /// The host that messages to this node must name: the one that it was reached by.
    pub async fn domain(&self) -> Result<Domain, ClientError> {
        let info = self.info().await?;
        self.check_domain(&info.domain)?;
        input(&info.domain)
    }

    /// A nonce to be signed, in a sign-in or a wallet link.
    pub async fn challenge(&self) -> Result<Challenge, ClientError> {
        let request = self.http.post(self.at("/v1/sign-in/challenges")?).json(&serde_json::json!({}));
        let challenge: Challenge = self.json(request).await?;
        self.check_domain(&challenge.domain)?;
        Ok(challenge)
    }

    /// Signs in: one wallet signature for a session of `lifetime_secs`.
    pub async fn sign_in(
        &self,
        wallet: &impl Signer,
        lifetime_secs: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Session, ClientError> {
        let challenge = self.challenge().await?;
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
    pub(crate) fn check_domain(&self, domain: &str) -> Result<(), ClientError> {
        let host = self.url.host_str().unwrap_or_default();
        let named = domain.rsplit_once(':').map_or(domain, |(host, _port)| host);
        let local = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        if named == host || (local(host) && local(named)) {
            return Ok(());
        }
        Err(ClientError::Forged("it asks for a signature for another host than the one it was reached by"))
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
        self.read_json(response).await
    }

    pub(crate) async fn read_json<T: DeserializeOwned>(&self, response: Response) -> Result<T, ClientError> {
        let body = self.body(response, MAX_JSON_ANSWER_BYTES).await?;
        serde_json::from_slice(&body).map_err(|error| self.not_a_node(&error.to_string()))
    }

    /// Sends, and turns an answer that is no success into the node's error.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| unreachable_node(&self.url, &error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return Err(
                self.not_a_node("it sends on to another address, which is not followed: name the node's own")
            );
        }
        let body = self.body(response, MAX_JSON_ANSWER_BYTES).await?;
        match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(body) => {
                let detail = Box::new(ErrorDetail { message: told(&body.error.message), ..body.error });
                Err(ClientError::Node { status: status.as_u16(), detail })
            }
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
        self.body(response, max_bytes).await
    }

    /// The body, of at most `max_bytes`.
    pub(crate) async fn body(
        &self,
        mut response: Response,
        max_bytes: usize,
    ) -> Result<Vec<u8>, ClientError> {
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

/// The most characters of a node's sentence that are told on.
const SENTENCE_CHARS: usize = 500;

/// A node's sentence, as it may stand on a terminal: a hostile one would move the cursor, or never end.
fn told(sentence: &str) -> String {
    sentence.chars().filter(|c| !c.is_control()).take(SENTENCE_CHARS).collect()
}
