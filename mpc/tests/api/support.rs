//! Nodes in this process, each with a database and keys of its own, at addresses of this machine.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use ed25519_dalek::SigningKey;
use idos_client::{EvmWallet, Signer, key_shares::KeyShareNodes, node::Clock};
use idos_grants::{Account, Address, ChainId};
use idos_keys::EncryptionSecret;
use idos_mpc::{KeySealer, KeyShareConfig, KeyShareNode, OpenError, Rate};
use idos_proofs::{ChainCallError, ChainCalls};
use idos_testapi::Answered;
use idos_wallets::{
    KeyPermission, NodeDid, NodeSet, Proof, ShareNode, ShareOperation, ShareRequest, SharesOf,
    SignedShareRequest, verify_digest,
};
use rand_core::{OsRng, RngCore};
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(idos_mpc::openapi()).unwrap());

/// When tests begin, in Unix seconds.
pub const START: u64 = 1_800_000_000;

/// A contract wallet on this chain; its owner is [`wallet`] 9.
pub const CONTRACT: &str = "eip155:31337:0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0";

/// A chain that nodes do not follow.
pub const UNFOLLOWED: &str = "near:testnet";

/// What a node makes of its answer to what is asked of it.
pub type Lie = Arc<dyn Fn(&Value, &mut Value) + Send + Sync>;

/// How a node behaves.
#[derive(Clone, Default)]
pub enum Mode {
    #[default]
    Honest,
    /// Takes the request and never answers.
    Silent,
    /// Fails before the request is looked at.
    Failing,
    /// Does what is asked, and then the answer is lost.
    Forgetful,
    /// Changes what it answers at this path.
    Lying(&'static str, Lie),
    /// Passes everything on to these nodes before it does it.
    Relaying(Vec<SocketAddr>),
    /// Is reached late, unless another node passes something on to it.
    Far,
}

/// One node.
pub struct TestNode {
    pub address: SocketAddr,
    pub did: NodeDid,
    pub mode: Arc<Mutex<Mode>>,
    database: String,
    key: SigningKey,
    running: Option<Running>,
}

struct Running {
    node: KeyShareNode,
    server: JoinHandle<()>,
}

/// Nodes, and their clock.
pub struct TestNodes {
    pub nodes: Vec<TestNode>,
    pub time: Arc<AtomicU64>,
    pub threshold: u8,
    configure: fn(&mut KeyShareConfig),
    directory: TempDir,
}

/// Limits so wide that no test meets them by accident.
pub fn without_limits(config: &mut KeyShareConfig) {
    let wide = Rate { burst: 1_000_000, every: std::time::Duration::from_nanos(1) };
    config.rate_by_address = wide;
    config.rate_by_wallet = wide;
    config.rate_of_stores = wide;
    config.operations_an_hour = 1000;
}

impl TestNodes {
    /// `count` nodes, of which `threshold` bring a key back.
    pub async fn start(threshold: u8, count: u8) -> Self {
        Self::start_with(threshold, count, None, without_limits).await
    }

    /// One node on this database, in a set with one that is nowhere.
    pub async fn one(database: &str, configure: fn(&mut KeyShareConfig)) -> Self {
        Self::start_with(2, 1, Some(database), configure).await
    }

    async fn start_with(
        threshold: u8,
        count: u8,
        database: Option<&str>,
        configure: fn(&mut KeyShareConfig),
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicU64::new(START));
        let mut nodes = Self { nodes: Vec::new(), time, threshold, configure, directory };
        for number in 1..=count {
            let key = SigningKey::from_bytes(&[number; 32]);
            let path = nodes.directory.path().join(format!("{number}.db"));
            let database = database.map_or_else(|| format!("sqlite:{}", path.display()), str::to_owned);
            nodes.nodes.push(TestNode {
                address: ([127, 0, 0, 1], 0).into(),
                did: NodeDid::from_key(key.verifying_key().as_bytes()).unwrap(),
                mode: Arc::default(),
                database,
                key,
                running: None,
            });
            nodes.start_node(number).await;
        }
        nodes
    }

    pub fn node(&mut self, index: u8) -> &mut TestNode {
        &mut self.nodes[usize::from(index) - 1]
    }

    /// Starts a node that was stopped, at the address that it had.
    pub async fn start_node(&mut self, index: u8) {
        let opened = self.open_node(index, &[0x5e; 32]).await.unwrap();
        let node = self.node(index);
        let listener = TcpListener::bind(node.address).await.unwrap();
        node.address = listener.local_addr().unwrap();
        let router = opened.router().layer(from_fn_with_state(node.mode.clone(), behave));
        let server = tokio::spawn(serve(listener, router));
        node.running = Some(Running { node: opened, server });
    }

    /// Opens a node that was stopped, with this key for shares at rest.
    pub async fn open_node(&mut self, index: u8, share_key: &[u8; 32]) -> Result<KeyShareNode, OpenError> {
        let (clock, configure) = (self.clock(), self.configure);
        let node = self.node(index);
        let mut config = KeyShareConfig::new(&node.database);
        configure(&mut config);
        let sealer = Arc::new(KeySealer::new(share_key));
        KeyShareNode::open(config, Arc::new(TestChains), clock, node.key.clone(), sealer).await
    }

    /// Stops a node.
    pub async fn stop_node(&mut self, index: u8) {
        let Some(Running { node, server }) = self.node(index).running.take() else { return };
        server.abort();
        server.await.ok();
        node.close().await;
    }

    /// The files of a stopped node's database.
    pub fn files_of(&self, index: u8) -> Vec<PathBuf> {
        let start = format!("{index}.db");
        let entries = std::fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_its = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&start);
        entries.filter(is_its).collect()
    }

    /// Everything that all nodes keep.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn set_mode(&mut self, index: u8, mode: Mode) {
        *self.node(index).mode.lock().unwrap() = mode;
    }

    pub fn set(&self) -> NodeSet {
        let node = |node: &TestNode| ShareNode {
            did: node.did,
            url: format!("http://{}", node.address).parse().unwrap(),
        };
        let mut nodes: Vec<_> = self.nodes.iter().map(node).collect();
        if nodes.len() == 1 {
            let key = SigningKey::from_bytes(&[0xee; 32]).verifying_key();
            let did = NodeDid::from_key(key.as_bytes()).unwrap();
            nodes.push(ShareNode { did, url: "https://nowhere.example".parse().unwrap() });
        }
        NodeSet::new(self.threshold, nodes).unwrap()
    }

    pub fn client(&self) -> KeyShareNodes {
        KeyShareNodes::new(self.set(), &self.clock()).unwrap()
    }

    pub fn clock(&self) -> Clock {
        let time = self.time.clone();
        Arc::new(move || time.load(Ordering::SeqCst))
    }

    pub fn now(&self) -> u64 {
        self.time.load(Ordering::SeqCst)
    }

    pub fn pass(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A request about wallet 1's shares, as a wallet signs it.
    pub fn signed(
        &self,
        wallet: &impl Signer,
        operation: ShareOperation,
        profile_id: Uuid,
    ) -> SignedShareRequest {
        self.signed_for(wallet, operation, owned(profile_id))
    }

    /// A request about anybody's shares, as a wallet signs it.
    pub fn signed_for(
        &self,
        wallet: &impl Signer,
        operation: ShareOperation,
        shares: SharesOf,
    ) -> SignedShareRequest {
        let reply = EncryptionSecret::generate(&mut OsRng).public();
        let now = self.now();
        let request = ShareRequest::new(
            operation,
            shares,
            wallet.account(),
            self.set(),
            *reply.as_bytes(),
            now,
            &mut OsRng,
        );
        sign(wallet, request)
    }

    /// What the first node answers.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> (u16, Value) {
        self.send(path, "application/json", serde_json::to_vec(body).unwrap()).await
    }

    pub async fn send(&self, path: &str, content_type: &str, body: Vec<u8>) -> (u16, Value) {
        let url = format!("http://{}{path}", self.nodes[0].address);
        let request = reqwest::Client::new().post(url).header("content-type", content_type).body(body);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        let content_type = headers.get("content-type").map(|value| value.to_str().unwrap());
        idos_testapi::check(&DOCUMENT, "POST", path, Answered { status, content_type, body: &body });
        (status, serde_json::from_slice(&body).unwrap())
    }
}

pub fn sign(wallet: &impl Signer, request: ShareRequest) -> SignedShareRequest {
    let signature = wallet.sign(&request.signable().unwrap()).unwrap();
    SignedShareRequest { request, signature }
}

/// Status and code.
pub fn code((status, body): &(u16, Value)) -> (u16, &str) {
    (*status, body["error"]["code"].as_str().unwrap_or(""))
}

/// A request as it is sent.
pub fn ask(signed: &SignedShareRequest) -> Value {
    serde_json::to_value(signed).unwrap()
}

/// The shares that wallet 1 stored.
pub fn owned(profile_id: Uuid) -> SharesOf {
    SharesOf { profile_id, stored_by: wallet(1).account() }
}

/// An EVM wallet; each number another one.
pub fn wallet(number: u8) -> EvmWallet {
    EvmWallet::from_hex(ChainId::Eip155(1), &hex::encode([number; 32])).unwrap()
}

async fn serve(listener: TcpListener, router: Router) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await.unwrap();
}

async fn behave(State(mode): State<Arc<Mutex<Mode>>>, request: Request, next: Next) -> Response {
    let mode = mode.lock().unwrap().clone();
    match mode {
        Mode::Honest => next.run(request).await,
        Mode::Silent => std::future::pending().await,
        Mode::Failing => StatusCode::BAD_GATEWAY.into_response(),
        Mode::Forgetful => {
            next.run(request).await;
            StatusCode::BAD_GATEWAY.into_response()
        }
        Mode::Lying(path, _) if request.uri().path() != path => next.run(request).await,
        Mode::Lying(_, lie) => {
            let (asked, request) = read(request).await;
            let (parts, body) = next.run(request).await.into_parts();
            let bytes = to_bytes(body, 1 << 20).await.unwrap();
            let mut json: Value = serde_json::from_slice(&bytes).unwrap();
            lie(&serde_json::from_slice(&asked).unwrap(), &mut json);
            let mut response = Response::new(Body::from(serde_json::to_vec(&json).unwrap()));
            *response.status_mut() = parts.status;
            response
        }
        Mode::Relaying(nodes) => {
            let (asked, request) = read(request).await;
            for node in nodes {
                let passed_on = reqwest::Client::new()
                    .request(request.method().clone(), format!("http://{node}{}", request.uri().path()))
                    .header("content-type", "application/json")
                    .header(PASSED_ON, "1")
                    .body(asked.clone());
                passed_on.send().await.unwrap();
            }
            next.run(request).await
        }
        Mode::Far => {
            if !request.headers().contains_key(PASSED_ON) {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            next.run(request).await
        }
    }
}

const PASSED_ON: &str = "x-passed-on";

/// A request's body, and the request with it.
async fn read(request: Request) -> (Vec<u8>, Request) {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    (bytes.to_vec(), Request::from_parts(parts, Body::from(bytes)))
}

/// Every key has full access to its NEAR or Stellar account; one contract wallet.
struct TestChains;

#[async_trait]
impl ChainCalls for TestChains {
    fn follows(&self, chain: ChainId) -> bool {
        chain != UNFOLLOWED.parse::<ChainId>().unwrap()
    }

    async fn call(
        &self,
        chain: ChainId,
        to: Address,
        data: axum::body::Bytes,
    ) -> Result<axum::body::Bytes, ChainCallError> {
        let contract: Account = CONTRACT.parse().unwrap();
        if (chain, to) != (contract.chain(), contract.address()) {
            return Ok(axum::body::Bytes::new());
        }
        let digest: [u8; 32] = data[4..36].try_into().unwrap();
        let length = u32::from_be_bytes(data[96..100].try_into().unwrap()) as usize;
        match verify_digest(&wallet(9).account(), &digest, &data[100..100 + length]) {
            Ok(Proof::Key(_)) => Ok([&data[..4], &[0; 28]].concat().into()),
            _ => Err(ChainCallError::Reverted),
        }
    }

    async fn key_permission(&self, _: &Account, _: [u8; 32]) -> Result<KeyPermission, ChainCallError> {
        Ok(KeyPermission::FullAccess)
    }
}

/// A profile's id.
pub fn fresh_profile() -> Uuid {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
