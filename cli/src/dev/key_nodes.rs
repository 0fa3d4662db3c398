//! The five key-share nodes of `idos dev`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use idos_wallets::{NodeSet, ShareNode};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Running;
use crate::mpc::{self, DEV_PORTS, MpcChain, MpcConfig};

/// Nodes that bring a key back.
const THRESHOLD: u8 = 3;

/// Five nodes beside the store's data, on the chains that run.
pub(super) fn configs(data_dir: &Path, running: &[Running], none: bool) -> Vec<MpcConfig> {
    let ports = DEV_PORTS.iter().filter(|_| !none).enumerate();
    let chain = |running: &Running| {
        let rpc_url = running.section.rpc_urls.first()?.clone();
        Some(MpcChain { chain: running.section.chain, rpc_url })
    };
    let config = |(number, port): (usize, &u16)| MpcConfig {
        data_dir: data_dir.join(format!("mpc-{}", number + 1)),
        listen: ([127, 0, 0, 1], *port).into(),
        chains: running.iter().filter_map(chain).collect(),
        // Whoever develops asks more often than a person does.
        operations_an_hour: Some(idos_mpc::MAX_OPERATIONS_AN_HOUR),
        ..MpcConfig::default()
    };
    ports.map(config).collect()
}

/// Writes the set down for `--key-nodes`.
pub(super) fn write_set(data_dir: &Path, nodes: &[MpcConfig]) -> Result<Option<PathBuf>> {
    if nodes.is_empty() {
        return Ok(None);
    }
    let node = |config: &MpcConfig| {
        let url = format!("http://localhost:{}", config.listen.port()).parse()?;
        Ok(ShareNode { did: mpc::identity(config)?, url })
    };
    let set = NodeSet::new(THRESHOLD, nodes.iter().map(node).collect::<Result<_>>()?)?;
    let path = data_dir.join("key-nodes.json");
    fs::write(&path, serde_json::to_string_pretty(&set)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Some(path))
}

/// Runs the nodes beside the store, until either ends.
pub(super) async fn serve_beside(
    store: impl Future<Output = Result<()>>,
    nodes: &[MpcConfig],
    shutdown: &CancellationToken,
) -> Result<()> {
    let mut tasks = JoinSet::new();
    for config in nodes {
        let (config, until) = (config.clone(), shutdown.clone());
        tasks.spawn(async move { mpc::serve(&config, until).await });
    }
    let beside = async {
        while let Some(ended) = tasks.join_next().await {
            ended.context("a key-share node failed")??;
        }
        shutdown.cancelled().await;
        Ok(())
    };
    let (store, beside) = tokio::join!(ending(store, shutdown), ending(beside, shutdown));
    store.and(beside)
}

/// What ends ends everything.
async fn ending(part: impl Future<Output = Result<()>>, shutdown: &CancellationToken) -> Result<()> {
    let result = part.await;
    shutdown.cancel();
    result
}
