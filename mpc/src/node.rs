//! The key-share node: everything put together.

use std::{net::IpAddr, sync::Arc, time::Instant};

use ed25519_dalek::SigningKey;
use idos_proofs::{ChainCalls, Proofs};
use idos_service::metrics::MetricsTaken;
use idos_wallets::NodeDid;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    asker::Askers,
    at_rest,
    commands::Executor,
    config::{Clock, KeyShareConfig},
    db::{self, Db},
    housekeeping::Housekeeping,
    http,
    identity::Identity,
    limits::{Limiter, network_of},
    sealing::{SealerError, ShareSealer},
};

/// A key-share node. Cheap to clone.
#[derive(Clone)]
pub struct KeyShareNode {
    inner: Inner,
}

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct Inner(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) config: KeyShareConfig,
    pub(crate) db: Arc<Db>,
    pub(crate) identity: Identity,
    pub(crate) askers: Askers,
    pub(crate) executor: Executor,
    pub(crate) sealer: Arc<dyn ShareSealer>,
    pub(crate) metrics: PrometheusHandle,
    by_address: Limiter<IpAddr>,
    stores_by_address: Limiter<IpAddr>,
    housekeeping: Housekeeping,
    clock: Clock,
}

impl std::ops::Deref for Inner {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    /// The node's clock.
    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Whether somebody at `address` may ask now.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        self.by_address.admits(network_of(address), Instant::now())
    }

    /// Whether somebody at `address` may store shares of a new key now.
    pub(crate) fn admits_store(&self, address: IpAddr) -> bool {
        self.stores_by_address.admits(network_of(address), Instant::now())
    }

    pub(crate) async fn readiness(&self) -> Readiness {
        Readiness { database: self.db.is_alive().await }
    }
}

impl KeyShareNode {
    /// Opens the node: makes or updates the database's schema. To be called in a Tokio runtime, by one process at a time for a database.
    ///
    /// `node_key` names the node, and what shares are sealed to on their way to it follows from it: it must be the same each time. `sealer` seals
    /// shares for the database.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(
        config: KeyShareConfig,
        chains: Arc<dyn ChainCalls>,
        clock: Clock,
        node_key: SigningKey,
        sealer: Arc<dyn ShareSealer>,
    ) -> Result<Self, OpenError> {
        let identity = Identity::new(node_key)?;
        let db = Arc::new(db::open(&config.database_url, config.database_bytes_max).await?);
        at_rest::check(&*sealer, &db).await?;
        let metrics = idos_service::metrics::handle(config.metrics.as_ref())?;
        describe_metrics();
        let parts = Parts {
            askers: Askers::new(Proofs::new(chains), *identity.did(), config.rate_by_wallet),
            executor: Executor::new(db.clone(), config.alarm_tries, config.refused_keys_an_hour),
            by_address: Limiter::new(config.rate_by_address),
            stores_by_address: Limiter::new(config.rate_of_stores),
            housekeeping: Housekeeping { db: db.clone(), metrics: metrics.clone(), clock: clock.clone() },
            sealer,
            config,
            db,
            identity,
            metrics,
            clock,
        };
        Ok(Self { inner: Inner(Arc::new(parts)) })
    }

    /// The HTTP API, with all its layers. Serve it with the clients' addresses
    /// (`into_make_service_with_connect_info::<SocketAddr>()`): they are limited by them.
    pub fn router(&self) -> axum::Router {
        http::router(self.inner.clone())
    }

    /// Drops what has ended, once a minute, until `shutdown`.
    pub async fn housekeeping(&self, shutdown: CancellationToken) {
        self.inner.housekeeping.run(&shutdown).await;
    }

    /// What the node can do at the moment.
    pub async fn readiness(&self) -> Readiness {
        self.inner.readiness().await
    }

    /// The node's `did:key`.
    pub fn did(&self) -> &NodeDid {
        self.inner.identity.did()
    }

    /// Closes the database. To be called after the last request was answered.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }
}

fn describe_metrics() {
    metrics::describe_counter!(
        "idos_mpc_refused_tries_total",
        "Requests by wallets that may not ask for what they asked for, or for what is not there."
    );
    metrics::describe_counter!(
        "idos_mpc_alarms_total",
        "Key shares that were asked for in vain as often in an hour as makes an alarm."
    );
}

/// What the node can do at the moment. It is ready if all is `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// The database answers.
    pub database: bool,
}

impl Readiness {
    /// Whether all is well.
    pub fn is_ready(&self) -> bool {
        self.database
    }
}

/// Why a node does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database could not be opened.
    #[error("the key-share node's database: {0}")]
    Database(#[from] idos_database::OpenError),
    /// The shares that are there were sealed under another key, or it cannot be used.
    #[error("{0}: start the node with the key that its shares were stored under")]
    ShareKey(SealerError),
    /// What is stored is not what this program wrote.
    #[error("what the key-share node has stored cannot be read")]
    Stored(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No Ed25519 key in use has a weak public half.
    #[error("the node's key is not usable: make a new one")]
    WeakNodeKey,
    /// Another part of the process has installed a metrics recorder.
    #[error(transparent)]
    MetricsTaken(#[from] MetricsTaken),
}
