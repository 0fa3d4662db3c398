//! Putting a relay together.

use std::sync::Arc;

use anyhow::{Context, Result};
use idos_client::chain::payer::LazyPayer;
use idos_relay::{HttpConfig, Lane, LaneTerms, Relay, router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::config::{RelayChain, RelayConfig, RelayOptions};
use crate::{
    clock,
    node::{self, ContractKindSetting, ContractSection, DataDir},
};

/// `idos relay`
pub async fn run(options: &RelayOptions) -> Result<()> {
    node::start_logging();
    let config = RelayConfig::read(&options.config)?;
    let shutdown = CancellationToken::new();
    tokio::spawn(node::cancel_on_signal(shutdown.clone()));
    serve(&config, shutdown).await
}

async fn serve(config: &RelayConfig, shutdown: CancellationToken) -> Result<()> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let database_url = config.url(data_dir.path());
    let lanes = config.chains.iter().map(|chain| lane(chain, None, &[])).collect::<Result<Vec<_>>>()?;
    let apps = config.apps()?;
    let metrics = idos_storage::metrics_builder().context("metrics cannot be set up")?;
    let metrics = metrics.install_recorder().context("metrics are recorded already")?;
    let relay = Relay::open(&database_url, lanes, config.limits, Arc::new(clock::now)).await?.counting_apps();
    let listener = TcpListener::bind(config.listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {}: is the port in use?", config.listen))?;
    tracing::info!(listen = %config.listen, "the relay is up");
    let sending = tokio::spawn({
        let (relay, shutdown) = (relay.clone(), shutdown.clone());
        async move { relay.run(shutdown).await }
    });
    let router = router(HttpConfig { relay: relay.clone(), apps, metrics });
    let served =
        axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned()).await;
    shutdown.cancel();
    sending.await.context("the relay ended early")?;
    relay.close().await;
    served.context("the HTTP server ended")
}

/// A chain as the relay takes it; what the section does not state is the node's.
pub fn lane(chain: &RelayChain, node_rpc: Option<&Url>, node_contracts: &[ContractSection]) -> Result<Lane> {
    let rpc = chain.rpc_url.as_ref().or(node_rpc);
    let rpc = rpc.with_context(|| format!("{} has no rpc_url: name one", chain.chain))?;
    let contracts = if chain.contracts.is_empty() { node_contracts } else { &chain.contracts };
    let of = |kind: ContractKindSetting| {
        let of_kind = contracts.iter().filter(|contract| contract.kind == kind);
        of_kind.map(|contract| contract.account(chain.chain)).collect::<Result<Vec<_>>>()
    };
    let terms = LaneTerms {
        access_grants: of(ContractKindSetting::AccessGrants)?,
        credential_statuses: of(ContractKindSetting::CredentialStatus)?,
        fee_max: chain.fee_max(),
        balance_min: chain.balance_min(),
    };
    let payer = LazyPayer::new(chain.wallet()?, rpc.clone())?;
    tracing::info!(account = %payer.account(), "this account pays for what is relayed: keep it funded");
    Ok(Lane::new(Arc::new(payer), terms))
}
