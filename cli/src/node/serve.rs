//! Putting a node together: data directory, mirror, an indexer a chain, the vault, HTTP.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use idos_indexer::{ChainConfig, Indexer, IndexerError};
use idos_mirror::Mirror;
use idos_relay::Relay;
use idos_storage::{BlobLocation, Vault, VaultConfig};
use rand_core::OsRng;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    chain_calls::RpcCalls,
    config::NodeConfig,
    config::NodeOverrides,
    data_dir::DataDir,
    logging,
    relay::{self, InProcess},
};
use crate::clock;

/// `idos node`
pub async fn run(overrides: &NodeOverrides) -> Result<()> {
    logging::start();
    let config = NodeConfig::load(overrides)?;
    let shutdown = CancellationToken::new();
    tokio::spawn(cancel_on_signal(shutdown.clone()));
    serve(&config, shutdown).await
}

/// Ctrl-C, or SIGTERM as supervisors send it.
pub async fn cancel_on_signal(shutdown: CancellationToken) {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
    shutdown.cancel();
}

/// Runs a node until `shutdown`.
pub async fn serve(config: &NodeConfig, shutdown: CancellationToken) -> Result<()> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let mirror = open_mirror(config, &data_dir).await?;
    let chains = config.chain_configs()?;
    follow_exactly(&mirror, &chains).await?;
    let relay = relay::open(config, &data_dir).await?;
    let vault = open_vault(config, &data_dir, &mirror, relay.clone()).await?;
    let listener = TcpListener::bind(config.listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {}: is the port in use?", config.listen))?;
    tracing::info!(listen = %config.listen, domain = %config.domain, "the node is up");

    let mut tasks = JoinSet::new();
    for chain in chains {
        let mut indexer = Indexer::new(chain, mirror.writer(), clock::now)?;
        let shutdown = shutdown.clone();
        tasks.spawn(async move { ended(indexer.run(shutdown).await) });
    }
    let housekeeping = vault.clone();
    let until = shutdown.clone();
    tasks.spawn(async move {
        housekeeping.housekeeping(until).await;
        Ok(())
    });
    if let Some(relay) = relay.clone() {
        let until = shutdown.clone();
        tasks.spawn(async move {
            relay.run(until).await;
            Ok(())
        });
    }
    let (streams, until) = (vault.clone(), shutdown.clone());
    tasks.spawn(async move {
        until.cancelled().await;
        streams.end_streams();
        Ok(())
    });
    let until = shutdown.clone();
    let router = vault.router();
    tasks.spawn(async move {
        // Who is connected is what addresses are bounded by.
        let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>());
        server.with_graceful_shutdown(until.cancelled_owned()).await.context("the HTTP server ended")
    });
    let result = first_failure(&mut tasks).await;
    shutdown.cancel();
    tasks.join_all().await;
    vault.close().await;
    if let Some(relay) = relay {
        relay.close().await;
    }
    mirror.close().await;
    result
}

/// From the first request on, the mirror's contracts are the configured ones: those that are not mirrored yet are stale, and those that
/// are no longer named open nothing.
async fn follow_exactly(mirror: &Mirror, chains: &[ChainConfig]) -> Result<()> {
    let contracts = chains.iter().flat_map(|chain| &chain.contracts);
    let accounts = contracts.clone().map(|contract| contract.account).collect::<Vec<_>>();
    mirror.writer().retain(&accounts).await?;
    for contract in contracts {
        mirror.writer().register(contract).await?;
    }
    Ok(())
}

/// A chain of which blocks are missing has had its gate closed by its indexer, and stays so until the node is given an RPC that has them. The other chains
/// go on. Anything else ends the node.
fn ended(result: Result<(), IndexerError>) -> Result<()> {
    match result {
        Err(error) if error.is_of_missing_blocks() => {
            tracing::error!(%error, "this chain is no longer followed, and nothing is served by its grants: name an RPC that has these blocks, and start again");
            Ok(())
        }
        other => other.context("the indexer ended"),
    }
}

/// Waits until every task has ended, or one has failed.
async fn first_failure(tasks: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.context("a part of the node failed")??;
    }
    Ok(())
}

async fn open_mirror(config: &NodeConfig, data_dir: &DataDir) -> Result<Mirror> {
    let opened = match &config.database_url {
        Some(url) => Mirror::open(url).await,
        None => Mirror::open_path(&data_dir.path().join("mirror.db")).await,
    };
    opened.context("cannot open the mirror's database")
}

async fn open_vault(
    config: &NodeConfig,
    data_dir: &DataDir,
    mirror: &Mirror,
    relay: Option<Relay>,
) -> Result<Vault> {
    let domain = config.domain.parse().with_context(|| format!("the domain {:?}", config.domain))?;
    let database_url = config.store_url(data_dir.path());
    let blobs = match &config.blobs_url {
        None => BlobLocation::Directory(data_dir.path().join("blobs")),
        Some(url) => BlobLocation::Store(object_store(url)?),
    };
    let mut settings = VaultConfig::new(domain, database_url, blobs);
    settings.mirror_stale_after_secs = config.mirror_stale_after_secs;
    settings.rates = config.rates.clone();
    settings.quotas = config.quotas;
    settings.database_bytes_max = config.database_mib_max.map(|mib| mib.saturating_mul(1024 * 1024));
    settings.readers_kept_days = config.readers_kept_days;
    settings.prices = config.prices.clone();
    if let Some(relay) = relay {
        settings.relay = Arc::new(InProcess(relay));
    }
    let calls = Arc::new(RpcCalls::new(&config.rpcs()));
    let node_key = data_dir.node_key(&mut OsRng)?;
    let vault = Vault::open(settings, mirror.reader(), calls, Arc::new(clock::now), node_key).await;
    vault.context("cannot open the store")
}

/// An object store by its URL; credentials come from the environment, by the names that its own tools use.
fn object_store(url: &url::Url) -> Result<Arc<dyn object_store::ObjectStore>> {
    let (store, prefix) =
        object_store::parse_url_opts(url, std::env::vars()).with_context(|| format!("blobs_url {url}"))?;
    Ok(Arc::new(object_store::prefix::PrefixStore::new(store, prefix)))
}
