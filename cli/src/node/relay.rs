//! A relay in the node's own process, for its sessions.

use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use idos_api::relay::{RelayCall, RelayRefusal, Submission};
use idos_relay::{Relay, RelayLimits};
use idos_storage::{NotTaken, Settle};
use serde::Deserialize;

use super::{config::NodeConfig, data_dir::DataDir};
use crate::{
    clock,
    relay::{RelayChain, lane},
};

/// What the node relays, and for how much. Without this section it relays nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelaySection {
    /// How much is relayed for whom.
    pub limits: RelayLimits,
    /// Where to. What is not stated of a chain is as the node follows it.
    pub chains: Vec<RelayChain>,
}

/// Opens the relay, if the node is to have one. Nothing is sent before it runs.
pub async fn open(config: &NodeConfig, data_dir: &DataDir) -> Result<Option<Relay>> {
    let Some(section) = &config.relay else { return Ok(None) };
    let lanes = section.chains.iter().map(|chain| {
        let followed = config.chains.iter().find(|followed| followed.chain == chain.chain);
        let rpc = followed.and_then(|followed| followed.rpc_urls.first());
        lane(chain, rpc, followed.map_or(&[], |followed| &followed.contracts))
    });
    let lanes = lanes.collect::<Result<Vec<_>>>()?;
    let sqlite = || format!("sqlite:{}", data_dir.path().join("relay.db").display());
    let database_url = config.database_url.clone().unwrap_or_else(sqlite);
    let relay = Relay::open(&database_url, lanes, section.limits, Arc::new(clock::now)).await;
    relay.context("cannot open the relay").map(Some)
}

/// As the store asks it.
#[derive(Debug)]
pub struct InProcess(pub Relay);

#[async_trait]
impl idos_storage::Relay for InProcess {
    async fn submit(
        &self,
        call: RelayCall,
        app: &str,
        settle: Settle,
    ) -> Result<(Submission, bool), NotTaken> {
        let taken = self.0.submit_settled(call, app, settle).await?;
        Ok((taken.submission, taken.is_new))
    }

    async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal> {
        self.0.submission(digest, app).await
    }

    async fn forget(&self, app: &str) -> Result<(), RelayRefusal> {
        self.0.forget(app).await
    }
}
