//! A node with its database, blobs, mirror and clock.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, body::Body, http::Request, response::Response};
use ed25519_dalek::SigningKey;
use idos_grants::Account;
use idos_mirror::{ContractKind, Mirror};
use idos_storage::{BlobLocation, Vault, VaultConfig};
use idos_testdb::TestDatabase;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{Answer, Chain, ChainAccounts, documented};

pub const DOMAIN: &str = "node.example.com";
pub const CHAIN: u64 = 31_337;
/// Another chain that is asked for its contract wallets.
pub const SECOND_CHAIN: u64 = 31_338;

/// The access-grants contract.
pub fn grants_contract() -> Account {
    Account::evm(CHAIN, [0xcc; 20])
}

/// The credential-status contract.
pub fn status_contract() -> Account {
    Account::evm(CHAIN, [0xdd; 20])
}

/// When every house is built.
pub const BEGIN: u64 = 1_800_000_000;

pub struct House {
    pub vault: Vault,
    pub grants: Chain,
    pub statuses: Chain,
    pub chain_accounts: ChainAccounts,
    pub mirror: Mirror,
    router: Router,
    config: VaultConfig,
    clock: Arc<AtomicU64>,
    directory: TempDir,
}

impl House {
    pub async fn build(database: TestDatabase) -> Self {
        Self::build_with(database, |_| ()).await
    }

    pub async fn build_with(database: TestDatabase, change: impl FnOnce(&mut VaultConfig)) -> Self {
        // PostgreSQL holds both; SQLite has a file for each.
        let url = (database.name() == "postgres").then(|| database.url().to_owned());
        Self::build_at(url, change).await
    }

    /// At a database's URL, or on SQLite.
    pub async fn build_at(url: Option<String>, change: impl FnOnce(&mut VaultConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let blobs = BlobLocation::Directory(directory.path().join("blobs"));
        let sqlite = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
        let store_url = url.clone().unwrap_or_else(|| sqlite("store.db"));
        let mut config = VaultConfig::new(DOMAIN.parse().unwrap(), store_url, blobs);
        change(&mut config);
        let mirror = Mirror::open(&url.unwrap_or_else(|| sqlite("mirror.db"))).await.unwrap();
        let mut grants = Chain::register(&mirror, grants_contract(), ContractKind::AccessGrants).await;
        let mut statuses = Chain::register(&mirror, status_contract(), ContractKind::CredentialStatus).await;
        grants.block(BEGIN, &[], 0).await;
        statuses.block(BEGIN, &[], 0).await;
        let clock = Arc::new(AtomicU64::new(BEGIN));
        let chain_accounts = ChainAccounts::default();
        let vault = open(&config, &mirror, &chain_accounts, &clock).await;
        let router = vault.router();
        Self { vault, grants, statuses, chain_accounts, mirror, router, config, clock, directory }
    }

    /// Stops the node and starts it again.
    pub async fn reopen(&mut self) {
        self.vault.close().await;
        self.vault = open(&self.config, &self.mirror, &self.chain_accounts, &self.clock).await;
        self.router = self.vault.router();
    }

    /// Another node on the same database and blobs.
    pub async fn second_node(&self) -> Router {
        open(&self.config, &self.mirror, &self.chain_accounts, &self.clock).await.router()
    }

    /// The host that messages must name.
    pub fn domain(&self) -> String {
        self.config.domain.to_string()
    }

    pub fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Time passes, at the node.
    pub fn pass(&self, secs: u64) {
        self.clock.fetch_add(secs, Ordering::SeqCst);
    }

    /// Time passes, and the chain goes on.
    pub async fn pass_with_chain(&mut self, secs: u64) {
        self.pass(secs);
        let now = self.now();
        self.grants.block(now, &[], 0).await;
        self.statuses.block(now, &[], 0).await;
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = Answer::read(self.router.clone().oneshot(request).await.unwrap()).await;
        documented::check(&method, &path, &answer);
        answer
    }

    /// All of them at the same time.
    pub async fn ask_at_once(&self, requests: Vec<Request<Body>>) -> Vec<Answer> {
        let ask = |request: Request<Body>| {
            let router = self.router.clone();
            tokio::spawn(async move {
                let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                (method, path, Answer::read(router.oneshot(request).await.unwrap()).await)
            })
        };
        let asked: Vec<_> = requests.into_iter().map(ask).collect();
        let mut answers = Vec::with_capacity(asked.len());
        for asked in asked {
            let (method, path, answer) = asked.await.unwrap();
            documented::check(&method, &path, &answer);
            answers.push(answer);
        }
        answers
    }

    /// The answer as it comes.
    pub async fn respond(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &impl serde::Serialize) -> Answer {
        self.ask(Request::post(path).body(serde_json::to_vec(body).unwrap().into()).unwrap()).await
    }

    /// One round of it.
    pub async fn housekeeping(&self) {
        let shutdown = CancellationToken::new();
        let rounds = tokio::spawn({
            let (vault, shutdown) = (self.vault.clone(), shutdown.clone());
            async move { vault.housekeeping(shutdown).await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        shutdown.cancel();
        rounds.await.unwrap();
    }

    /// What the node was opened with.
    pub fn config(&self) -> &VaultConfig {
        &self.config
    }

    pub fn data_directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn store_url(&self) -> &str {
        &self.config.database_url
    }

    /// Every file below the data directory.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.data_directory().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { directories.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// Whether any file of the store holds these bytes. PostgreSQL's are not looked at.
    pub fn holds(&self, trace: &[u8]) -> bool {
        let mut store = self.files().into_iter().filter(|path| !path.to_string_lossy().contains("mirror"));
        store.any(|path| std::fs::read(path).unwrap().windows(trace.len()).any(|window| window == trace))
    }

    /// Every row of the store, with its table's name.
    pub async fn rows(&self) -> Vec<(String, String)> {
        const TABLES: &[(&str, &str)] = &[
            ("store_profiles", "1"),
            ("store_key_statements", "1"),
            ("store_past_key_statements", "1"),
            ("store_signing_keys", "1"),
            ("store_profile_consents", "1"),
            ("store_wallets", "1"),
            ("store_sessions", "1"),
            ("store_nonces", "1"),
            ("store_uploads", "1"),
            ("store_credentials", "1"),
            ("store_write_grants", "1"),
            ("store_garbage", "1"),
            ("store_receipts", "1"),
            ("store_profile_receipts", "1"),
            ("store_readers", "1"),
            ("store_reads", "1"),
            ("store_log_readers", "1"),
            ("store_audit_chains", "1"),
            ("store_audit_log", "1"),
            ("store_usage", "1"),
            ("store_relayed", "1"),
            ("store_leavers", "1"),
            ("store_issuances", "1"),
            ("store_requests", "1"),
            ("store_answers", "1"),
            ("store_rescissions", "1"),
        ];
        let lines = idos_testdb::dump(self.store_url(), TABLES).await;
        let split =
            |line: &String| line.split_once(": ").map(|(table, row)| (table.to_owned(), row.to_owned()));
        lines.iter().filter_map(split).collect()
    }

    /// The files of blobs.
    pub fn blobs(&self) -> Vec<PathBuf> {
        self.files()
            .into_iter()
            .filter(|path| path.starts_with(self.data_directory().join("blobs")))
            .collect()
    }
}

async fn open(
    config: &VaultConfig,
    mirror: &Mirror,
    chains: &ChainAccounts,
    clock: &Arc<AtomicU64>,
) -> Vault {
    let clock = clock.clone();
    let clock: idos_storage::Clock = Arc::new(move || clock.load(Ordering::SeqCst));
    let key = SigningKey::from_bytes(&[5; 32]);
    Vault::open(config.clone(), mirror.reader(), Arc::new(chains.clone()), clock, key).await.unwrap()
}
