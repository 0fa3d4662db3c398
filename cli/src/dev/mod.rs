//! `idos dev`: a local chain, the contracts and a node, in one command.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use idos_client::{
    EvmWallet,
    chain::evm::{Deployment, Evm},
};
use idos_devnet::{Anvil, BlockTime, CHAIN_ID, FUNDED_KEYS};
use idos_grants::ChainId;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    node::{self, ChainSection, ContractKindSetting, ContractSection, FinalitySetting, NodeConfig},
    output::Output,
};

/// Blocks on top of a block that make it final on a development chain.
const CONFIRMATIONS: u64 = 2;

#[derive(Debug, Args)]
pub struct DevOptions {
    /// The node's data; a fresh temporary directory unless named
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The chain's RPC port
    #[arg(long, default_value_t = 8545)]
    chain_port: u16,
    /// The node's port
    #[arg(long, default_value_t = node::DEFAULT_PORT)]
    port: u16,
    /// Seconds between blocks
    #[arg(long, default_value_t = 1)]
    block_time: u64,
}

/// Runs until Ctrl-C.
pub async fn run(options: &DevOptions, output: &Output) -> Result<()> {
    node::start_logging();
    let shutdown = CancellationToken::new();
    tokio::spawn(node::cancel_on_signal(shutdown.clone()));
    let anvil = Anvil::start(Some(options.chain_port), BlockTime::EverySecs(options.block_time)).await?;
    let deployment = deploy(anvil.rpc()).await?;
    let (data_dir, _temporary) = data_dir(options)?;
    let config = NodeConfig {
        data_dir,
        listen: ([127, 0, 0, 1], options.port).into(),
        domain: format!("localhost:{}", options.port),
        chains: vec![chain_section(anvil.rpc(), &deployment)],
        ..NodeConfig::default()
    };
    announce(options, &anvil, &deployment, output)?;
    node::serve(&config, shutdown).await
}

async fn deploy(rpc: &Url) -> Result<Deployment> {
    let deployer = EvmWallet::from_hex(ChainId::Eip155(CHAIN_ID), FUNDED_KEYS[0])?;
    let chain = Evm::with_key(rpc.clone(), deployer.signer()).await?;
    chain.deploy().await.context("cannot deploy the contracts")
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

fn chain_section(rpc: &Url, deployment: &Deployment) -> ChainSection {
    let contract = |kind, account: &idos_grants::Account| ContractSection {
        kind,
        address: account.address().to_string(),
        start_block: 0,
    };
    ChainSection {
        chain: ChainId::Eip155(CHAIN_ID),
        rpc_urls: vec![rpc.clone()],
        finality: FinalitySetting::Confirmations(CONFIRMATIONS),
        poll_interval_ms: 100,
        contracts: vec![
            contract(ContractKindSetting::AccessGrants, &deployment.access_grants),
            contract(ContractKindSetting::CredentialStatus, &deployment.credential_status),
        ],
    }
}

fn announce(options: &DevOptions, anvil: &Anvil, deployment: &Deployment, output: &Output) -> Result<()> {
    let node_url = format!("http://localhost:{}", options.port);
    let accounts = FUNDED_KEYS
        .iter()
        .map(|key| Ok((EvmWallet::from_hex(ChainId::Eip155(CHAIN_ID), key)?.account(), *key)))
        .collect::<Result<Vec<_>>>()?;
    let funded = accounts
        .iter()
        .map(|(account, key)| json!({"account": account, "private_key": key}))
        .collect::<Vec<_>>();
    let described = json!({"node": node_url, "rpc": anvil.rpc(), "contracts": deployment, "funded": funded});
    output.result(&described, || {
        let keys = accounts.iter().map(|(account, key)| format!("  {account}  {key}")).collect::<Vec<_>>().join("\n");
        format!(
            "node               {node_url}  (API page: {node_url}/docs)\nchain RPC          {}\naccess grants      {}\n\
             credential status  {}\n\nfunded accounts and their keys; never let them hold value:\n{keys}\n\n\
             Try: echo {} | idos --home /tmp/alice wallet import && idos --home /tmp/alice profile create\n",
            anvil.rpc(),
            deployment.access_grants,
            deployment.credential_status,
            FUNDED_KEYS[1],
        )
    })
}
