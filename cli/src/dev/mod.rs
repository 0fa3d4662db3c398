//! `idos dev`: local chains, the contracts on each, and a node, in one command.

mod evm;
mod key_nodes;
mod near;
mod stellar;

use std::{
    any::Any,
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use idos_client::{
    SigningWallet,
    chain::{self, Deployment},
};
use idos_grants::Account;
use idos_relay::RelayLimits;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    node::{self, ChainSection, ContractKindSetting, ContractSection, NodeConfig, RelaySection},
    output::Output,
    relay::RelayChain,
};

#[derive(Debug, Args)]
pub struct DevOptions {
    /// Which chains
    #[arg(long = "chain", value_enum, value_delimiter = ',', default_value = "evm,near,stellar")]
    chains: Vec<Chain>,
    /// The node's data; a fresh temporary directory unless named
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The EVM chain's RPC port
    #[arg(long, default_value_t = 8545)]
    evm_port: u16,
    /// The NEAR chain's RPC port
    #[arg(long, default_value_t = 3030)]
    near_port: u16,
    /// The Stellar network's RPC port
    #[arg(long, default_value_t = 8000)]
    stellar_port: u16,
    /// The node's port
    #[arg(long, default_value_t = node::DEFAULT_PORT)]
    port: u16,
    /// Without the five key-share nodes
    #[arg(long)]
    no_mpc: bool,
    /// Seconds between blocks
    #[arg(long, default_value_t = 1)]
    block_time: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Chain {
    /// anvil
    Evm,
    /// NEAR's own virtual machine
    Near,
    /// Soroban's own host
    Stellar,
}

/// A chain with the contracts on it; it ends with the value.
struct Running {
    section: ChainSection,
    deployment: Deployment,
    funded: Vec<Funded>,
    _process: Box<dyn Any>,
}

/// An account that the chain gave something to spend.
struct Funded {
    account: Account,
    private_key: String,
}

/// Runs until Ctrl-C.
pub async fn run(options: &DevOptions, output: &Output) -> Result<()> {
    ensure!(!options.chains.is_empty(), "name at least one chain");
    node::start_logging();
    let shutdown = CancellationToken::new();
    tokio::spawn(node::cancel_on_signal(shutdown.clone()));
    let mut running = Vec::new();
    for (number, chain) in options.chains.iter().enumerate() {
        if options.chains[..number].contains(chain) {
            continue;
        }
        running.push(match chain {
            Chain::Evm => evm::start(options.evm_port, options.block_time).await?,
            Chain::Near => near::start(options.near_port, options.block_time).await?,
            Chain::Stellar => stellar::start(options.stellar_port, options.block_time).await?,
        });
    }
    let (data_dir, _temporary) = data_dir(options)?;
    let payers = running.iter_mut().map(|chain| payer(chain, &data_dir)).collect::<Result<Vec<_>>>()?;
    let config = NodeConfig {
        data_dir,
        listen: ([127, 0, 0, 1], options.port).into(),
        domain: format!("localhost:{}", options.port),
        chains: running.iter().map(|chain| chain.section.clone()).collect(),
        relay: Some(RelaySection { limits: RelayLimits::default(), chains: payers }),
        ..NodeConfig::default()
    };
    let key_nodes = key_nodes::configs(&config.data_dir, &running, options.no_mpc);
    let set = key_nodes::write_set(&config.data_dir, &key_nodes)?;
    announce(options, &running, set.as_deref(), output)?;
    key_nodes::serve_beside(node::serve(&config, shutdown.clone()), &key_nodes, &shutdown).await
}

/// The last funded account pays for what is relayed: nobody else is given it, for transactions are numbered.
fn payer(running: &mut Running, data_dir: &Path) -> Result<RelayChain> {
    let payer = running.funded.pop().context("the chain has no accounts")?;
    let chain = running.section.chain;
    let key_file = data_dir.join(format!("relay-{}.key", chain.namespace()));
    write_key(&key_file, &payer.private_key)
        .with_context(|| format!("cannot write {}", key_file.display()))?;
    let account_id = match payer.account.address() {
        idos_grants::Address::Near(id) => Some(id.to_string()),
        _ => None,
    };
    let (rpc_url, contracts, fee_max, balance_min) = (None, Vec::new(), None, None);
    Ok(RelayChain { chain, rpc_url, contracts, key_file, account_id, fee_max, balance_min })
}

fn write_key(path: &Path, key: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    writeln!(file, "{key}")
}

async fn deploy(wallet: SigningWallet, rpc: &Url) -> Result<Deployment> {
    let chain = chain::connect_with(&wallet, rpc.clone()).await?;
    chain.deploy().await.context("cannot deploy the contracts")
}

fn contracts(deployment: &Deployment) -> Vec<ContractSection> {
    let contract = |kind, account: &Account| ContractSection {
        kind,
        address: account.address().to_string(),
        start_block: 0,
    };
    vec![
        contract(ContractKindSetting::AccessGrants, &deployment.access_grants),
        contract(ContractKindSetting::CredentialStatus, &deployment.credential_status),
    ]
}

fn data_dir(options: &DevOptions) -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    match &options.data_dir {
        Some(path) => Ok((path.clone(), None)),
        None => {
            let temporary = tempfile::Builder::new().prefix("idos-dev-").tempdir()?;
            Ok((temporary.path().to_owned(), Some(temporary)))
        }
    }
}

fn announce(
    options: &DevOptions,
    running: &[Running],
    key_nodes: Option<&Path>,
    output: &Output,
) -> Result<()> {
    let node_url = format!("http://localhost:{}", options.port);
    let chains = running.iter().map(describe).collect::<Vec<_>>();
    output.result(&json!({"node": node_url, "chains": chains, "key_nodes": key_nodes}), || {
        let chains = running.iter().map(text).collect::<Vec<_>>().join("\n");
        let advice = running.first().map(advice).unwrap_or_default();
        let key_nodes = key_nodes.map(|path| format!("key-share nodes    {}\n", path.display()));
        let key_nodes = key_nodes.unwrap_or_default();
        format!("node               {node_url}  (API page: {node_url}/docs)\n{key_nodes}{chains}\n{advice}")
    })
}

fn describe(running: &Running) -> serde_json::Value {
    let funded = running
        .funded
        .iter()
        .map(|funded| json!({"account": funded.account, "private_key": funded.private_key}));
    json!({
        "chain": running.section.chain,
        "rpc": running.section.rpc_urls.first(),
        "contracts": running.deployment,
        "funded": funded.collect::<Vec<_>>(),
    })
}

fn text(running: &Running) -> String {
    let Running { section, deployment, funded, .. } = running;
    let rpc = section.rpc_urls.first().map(Url::as_str).unwrap_or_default();
    let keys = funded.iter().map(|funded| format!("  {}  {}", funded.account, funded.private_key));
    format!(
        "\n{}\nchain RPC          {rpc}\naccess grants      {}\ncredential status  {}\nfunded accounts and their keys; never let them hold value:\n{}",
        section.chain,
        deployment.access_grants,
        deployment.credential_status,
        keys.collect::<Vec<_>>().join("\n"),
    )
}

fn advice(running: &Running) -> String {
    let Some(funded) = running.funded.get(1) else { return String::new() };
    let named = match funded.account.address() {
        idos_grants::Address::Near(id) => format!(" --account-id {id}"),
        _ => String::new(),
    };
    format!(
        "\nTry: echo {} | idos --home /tmp/alice wallet import --chain {}{named} && idos --home /tmp/alice profile create\n",
        funded.private_key, running.section.chain,
    )
}
