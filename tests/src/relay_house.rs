//! A relay whose chain takes everything and does nothing: for a node, or as a process of its own, that is to be asked a lot.

use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use axum::Router;
use idos_api::relay::{RelayCall, RelayRefusal, Submission};
use idos_client::chain::{ChainError, Payer, Prepared, TransactionFate};
use idos_grants::ChainId;
use idos_relay::{App, Apps, HttpConfig, Lane, LaneTerms, Relay, RelayLimits, router};
use idos_storage::{NotTaken, Settle};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::vault_house::{BEGIN, CHAIN, grants_contract, status_contract};

/// The token of the relay's only app.
pub const TOKEN: &str = "the-token-of-the-app";

/// The relay, at work for as long as the process runs.
#[derive(Clone)]
pub struct RelayHouse {
    relay: Relay,
    _directory: Arc<TempDir>,
}

impl RelayHouse {
    /// On SQLite, for the contracts of a [`VaultHouse`](crate::vault_house::VaultHouse).
    pub async fn build() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let terms = LaneTerms {
            access_grants: vec![grants_contract()],
            credential_statuses: vec![status_contract()],
            fee_max: 1,
            balance_min: 1,
        };
        let limits = RelayLimits {
            owner_calls_per_hour: u64::MAX,
            owner_calls_per_day: u64::MAX,
            app_calls_per_hour: u64::MAX,
            app_calls_per_day: u64::MAX,
            calls_per_hour: u64::MAX,
            ..RelayLimits::default()
        };
        let url = format!("sqlite:{}", directory.path().join("relay.db").display());
        let lane = Lane::new(Arc::new(Agreeable), terms);
        let relay = Relay::open(&url, vec![lane], limits, Arc::new(|| BEGIN)).await?;
        let at_work = relay.clone();
        tokio::spawn(async move { at_work.run(CancellationToken::new()).await });
        Ok(Self { relay, _directory: Arc::new(directory) })
    }

    /// The routes of a relay's own process.
    pub fn router(&self) -> Result<Router> {
        let app = App::new("app", &hex::encode(Sha256::digest(TOKEN)))?;
        let metrics = idos_storage::metrics_builder().context("metrics")?.build_recorder().handle();
        Ok(router(HttpConfig { relay: self.relay.clone(), apps: Apps::new(vec![app])?, metrics }))
    }
}

/// As a store asks it.
#[async_trait]
impl idos_storage::Relay for RelayHouse {
    async fn submit(
        &self,
        call: RelayCall,
        app: &str,
        settle: Settle,
    ) -> Result<(Submission, bool), NotTaken> {
        let taken = self.relay.submit_settled(call, app, settle).await?;
        Ok((taken.submission, taken.is_new))
    }

    async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal> {
        self.relay.submission(digest, app).await
    }

    async fn forget(&self, app: &str) -> Result<(), RelayRefusal> {
        self.relay.forget(app).await
    }
}

/// An account with endless funds, on a chain that refuses nothing.
#[derive(Debug)]
struct Agreeable;

#[async_trait]
impl Payer for Agreeable {
    fn chain(&self) -> ChainId {
        CHAIN
    }

    async fn balance(&self) -> Result<u128, ChainError> {
        Ok(u128::MAX)
    }

    async fn check(&self, _: &RelayCall) -> Result<(), ChainError> {
        Ok(())
    }

    async fn prepare(&self, call: &RelayCall, _: u128) -> Result<Prepared, ChainError> {
        Ok(Prepared { transaction: format!("0x{}", call.digest()), bytes: Vec::new() })
    }

    async fn send(&self, _: &Prepared) -> Result<(), ChainError> {
        Ok(())
    }

    async fn fate(&self, _: &Prepared) -> Result<TransactionFate, ChainError> {
        Ok(TransactionFate::Done { block: 1 })
    }
}
