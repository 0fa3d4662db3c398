//! Key-share nodes in processes of their own. Some stand behind a front that can lie.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use idos_client::{key_shares::KeyShareNodes, node::Clock};
use idos_wallets::NodeSet;
use sqlx::{AnyConnection, Connection, Row, any::AnyRow};
use tokio::task::JoinHandle;
use url::Url;

use crate::{
    hostile_node::{Hostility, in_front_of},
    node_process::NodeProcess,
    stage::StageChain,
};

/// The most of a request that a front passes on, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// How many nodes.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    /// As many bring a key back.
    pub threshold: u8,
    /// All of them.
    pub nodes: u8,
    /// The first of them that can be made to lie.
    pub fronted: u8,
    /// The last of them that log everything.
    pub tracing: u8,
}

/// Nodes, of which some bring a key back. They end with the value.
pub struct KeyNodes {
    nodes: Vec<KeyNode>,
    /// The set that they make.
    pub set: NodeSet,
    /// The set in a file, as `--key-nodes` takes it.
    pub set_file: PathBuf,
}

struct KeyNode {
    folder: PathBuf,
    chains: String,
    port: u16,
    log_filter: Option<&'static str>,
    process: Option<NodeProcess>,
    front: Option<Front>,
}

/// What stands in front of a node: it has the address.
struct Front {
    url: Url,
    hostility: Hostility,
    server: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl KeyNodes {
    /// Three of five bring a key back.
    pub const USUAL: Numbers = Numbers { threshold: 3, nodes: 5, fronted: 0, tracing: 0 };

    /// Starts nodes below `folder` that ask `chains` about accounts.
    pub async fn start(folder: &Path, chains: &[StageChain], numbers: Numbers) -> Result<Self> {
        let Numbers { threshold, nodes: count, fronted, tracing } = numbers;
        let section = |chain: &StageChain| {
            format!("[[chains]]\nchain = \"{}\"\nrpc_url = \"{}\"\n", chain.chain, chain.rpc)
        };
        let sections: String = chains.iter().map(section).collect();
        let mut nodes = Vec::new();
        for number in 1..=count {
            let folder = folder.join(format!("key-node-{number}"));
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let log_filter = (number > count.saturating_sub(tracing)).then_some("trace");
            let chains = sections.clone();
            let mut node = KeyNode { folder, chains, port, log_filter, process: None, front: None };
            node.start(&node.data_dir())?;
            if number <= fronted {
                node.front = Some(Front::before(port).await?);
            }
            nodes.push(node);
        }
        for node in &mut nodes {
            node.wait_ready()?;
        }
        let urls: Vec<Url> = nodes.iter().map(KeyNode::url).collect::<Result<_>>()?;
        let set = KeyShareNodes::discover(threshold, &urls, &clock()).await?;
        let set_file = folder.join("key-nodes.json");
        fs::write(&set_file, serde_json::to_vec(&set)?)?;
        Ok(Self { nodes, set, set_file })
    }

    /// A client of all nodes.
    pub fn client(&self) -> Result<KeyShareNodes> {
        Ok(KeyShareNodes::new(self.set.clone(), &clock())?)
    }

    /// Kills a node.
    pub fn kill(&mut self, index: usize) -> Result<()> {
        match self.node(index)?.process.take() {
            Some(mut process) => process.end(),
            None => Ok(()),
        }
    }

    /// Starts a node that was killed, on its own data.
    pub fn restart(&mut self, index: usize) -> Result<()> {
        let data_dir = self.node(index)?.data_dir();
        self.restart_on(index, &data_dir)
    }

    /// Starts a node that was killed at its address, on other data: as whoever stole that data could, who also has a say in where addresses lead.
    pub fn restart_on(&mut self, index: usize, data_dir: &Path) -> Result<()> {
        let node = self.node(index)?;
        node.start(data_dir)?;
        node.wait_ready()
    }

    /// What a fronted node's answers become on their way.
    pub fn hostility(&mut self, index: usize) -> Result<Hostility> {
        let front = self.node(index)?.front.as_ref().context("this node has no front")?;
        Ok(front.hostility.clone())
    }

    /// Everything that a node keeps.
    pub fn data_dir(&mut self, index: usize) -> Result<PathBuf> {
        Ok(self.node(index)?.data_dir())
    }

    /// What a node holds shares of: of each key its profile, the set's digest and the account that stored them.
    pub async fn holdings(&mut self, index: usize) -> Result<Vec<String>> {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite:{}", self.data_dir(index)?.join("shares.db").display());
        let mut database = AnyConnection::connect(&url).await.with_context(|| url.clone())?;
        let rows = sqlx::query("SELECT profile_id, node_set, stored_by FROM mpc_holdings ORDER BY 1, 2, 3");
        let text = |row: AnyRow| -> Result<String> {
            let words: [String; 3] = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
            Ok(words.join(" "))
        };
        rows.fetch_all(&mut database).await?.into_iter().map(text).collect()
    }

    /// What a node logged.
    pub fn log(&mut self, index: usize) -> Result<PathBuf> {
        Ok(self.node(index)?.log())
    }

    /// A running node's process.
    pub fn process_id(&mut self, index: usize) -> Result<u32> {
        Ok(self.node(index)?.process.as_ref().context("this node does not run")?.id())
    }

    /// The nodes' indices, from 1.
    pub fn indices(&self) -> impl Iterator<Item = usize> + use<> {
        1..=self.nodes.len()
    }

    fn node(&mut self, index: usize) -> Result<&mut KeyNode> {
        let place = index.checked_sub(1).context("indices count from 1")?;
        self.nodes.get_mut(place).context("there are not so many nodes")
    }
}

impl KeyNode {
    fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn url(&self) -> Result<Url> {
        match &self.front {
            Some(front) => Ok(front.url.clone()),
            None => Ok(format!("http://127.0.0.1:{}", self.port).parse()?),
        }
    }

    fn start(&mut self, data_dir: &Path) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        let config = self.folder.join("mpc.toml");
        let settings =
            format!("data_dir = {data_dir:?}\nlisten = \"127.0.0.1:{}\"\n{}", self.port, self.chains);
        fs::write(&config, settings)?;
        let (kind, log) = (["mpc", "node"], self.log());
        self.process = Some(NodeProcess::spawn_logging(&kind, &config, self.port, &log, self.log_filter)?);
        Ok(())
    }

    fn wait_ready(&mut self) -> Result<()> {
        let process = self.process.as_mut().context("this node does not run")?;
        process.wait_ready().map(drop)
    }
}

impl Front {
    async fn before(port: u16) -> Result<Self> {
        let hostility = Hostility::default();
        let upstream = Upstream { http: reqwest::Client::new(), address: ([127, 0, 0, 1], port).into() };
        let honest = Router::new().fallback(pass_on).with_state(Arc::new(upstream));
        let router = in_front_of(honest, hostility.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?).parse()?;
        let server = tokio::spawn(async move {
            // It serves until it is dropped.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, hostility, server })
    }
}

struct Upstream {
    http: reqwest::Client,
    address: SocketAddr,
}

async fn pass_on(State(upstream): State<Arc<Upstream>>, request: Request) -> Response {
    let passed = async {
        let (parts, body) = request.into_parts();
        let url = format!("http://{}{}", upstream.address, parts.uri);
        let body = to_bytes(body, MAX_BYTES).await?;
        let answer =
            upstream.http.request(parts.method, url).headers(parts.headers).body(body).send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        anyhow::Ok((status, headers, Body::from(answer.bytes().await?)).into_response())
    };
    passed.await.unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

fn clock() -> Clock {
    Arc::new(now)
}

/// Unix seconds, by the clock that the nodes in their processes read.
#[expect(clippy::disallowed_methods, reason = "the nodes in their processes read the same clock")]
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
