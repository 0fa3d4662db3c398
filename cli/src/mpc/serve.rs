//! Putting a key-share node together: data directory, keys, HTTP.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use idos_mpc::{KeySealer, KeyShareNode};
use idos_wallets::NodeDid;
use rand_core::OsRng;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    config::{MpcConfig, MpcOverrides},
    share_key::share_key,
};
use crate::{
    clock,
    node::{DataDir, RpcCalls, cancel_on_signal, start_logging},
};

/// `idos mpc node`
pub async fn run(overrides: &MpcOverrides) -> Result<()> {
    start_logging();
    let config = MpcConfig::load(overrides)?;
    let shutdown = CancellationToken::new();
    tokio::spawn(cancel_on_signal(shutdown.clone()));
    serve(&config, shutdown).await
}

/// Who the node of this configuration is; its key is made if there is none yet. The directory must not be in use.
pub fn identity(config: &MpcConfig) -> Result<NodeDid> {
    let key = DataDir::open(&config.data_dir)?.node_key(&mut OsRng)?;
    Ok(NodeDid::from_key(key.verifying_key().as_bytes())?)
}

/// Runs a key-share node until `shutdown`.
pub async fn serve(config: &MpcConfig, shutdown: CancellationToken) -> Result<()> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let node_key = data_dir.node_key(&mut OsRng)?;
    let sealer = KeySealer::new(&*share_key(&data_dir, &config.share_key_command).await?);
    let settings = config.settings(data_dir.path())?;
    let calls = Arc::new(RpcCalls::new(&config.rpcs()));
    let node = KeyShareNode::open(settings, calls, Arc::new(clock::now), node_key, Arc::new(sealer)).await;
    let node = node.context("cannot open the key-share node")?;
    let listener = TcpListener::bind(config.listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {}: is the port in use?", config.listen))?;
    tracing::info!(listen = %config.listen, did = %node.did(), "the key-share node is up");
    let housekeeping = tokio::spawn({
        let (node, until) = (node.clone(), shutdown.clone());
        async move { node.housekeeping(until).await }
    });
    let service = node.router().into_make_service_with_connect_info::<SocketAddr>();
    let served =
        axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned()).await;
    shutdown.cancel();
    housekeeping.await.context("the housekeeping failed")?;
    node.close().await;
    served.context("the HTTP server ended")
}
