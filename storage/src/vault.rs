//! The vault: everything put together.

use std::sync::{Arc, Mutex, atomic::AtomicU64};

use ed25519_dalek::SigningKey;
use idos_mirror::MirrorReader;
use idos_proofs::{ChainCalls, Proofs};
use idos_wallets::Domain;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    access_keys::AccessKeys,
    audit::AuditLog,
    auth::{ReadKeys, Verifier},
    blobs::Blobs,
    challenges::Challenges,
    commands::Executor,
    config::{Clock, VaultConfig},
    db,
    deletion::Deletion,
    events::Events,
    gate::Gate,
    housekeeping::Housekeeping,
    http,
    identity::Identity,
    memory::Memory,
    mirrored::Mirrored,
    quotas::QuotaOutOfRange,
    rescission::Rescissions,
    revoked_copies::RevokedCopies,
    status_lists::StatusLists,
    uploads::Uploads,
};

/// A node's store of encrypted credentials. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    inner: Inner,
}

/// What handlers work with. There is no way from here to a blob but through the gate.
#[derive(Clone)]
pub(crate) struct Inner(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) config: VaultConfig,
    pub(crate) db: Arc<db::Db>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) verifier: Verifier,
    pub(crate) read_keys: Arc<ReadKeys>,
    pub(crate) challenges: Challenges,
    pub(crate) proofs: Arc<Proofs>,
    pub(crate) executor: Executor,
    pub(crate) uploads: Uploads,
    pub(crate) deletion: Deletion,
    pub(crate) rescissions: Rescissions,
    pub(crate) events: Events,
    pub(crate) status_lists: StatusLists,
    pub(crate) identity: Arc<Identity>,
    pub(crate) metrics: PrometheusHandle,
    housekeeping: Housekeeping,
    access_keys: AccessKeys,
    blobs: Arc<Blobs>,
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

    /// The host that messages must name.
    pub(crate) fn domain(&self) -> &Domain {
        &self.config.domain
    }

    /// What the node can do at the moment.
    pub(crate) async fn readiness(&self) -> Readiness {
        Readiness {
            database: self.db.is_alive().await,
            blobs: self.blobs.is_alive().await,
            mirror: self.is_mirror_fresh().await,
        }
    }

    async fn is_mirror_fresh(&self) -> bool {
        let now = self.now();
        let is_usable = |contract: &idos_mirror::ContractState| {
            contract.broken.is_none() && contract.is_fresh(now, self.config.mirror_stale_after_secs)
        };
        self.gate.mirrored().contracts().await.is_ok_and(|contracts| contracts.iter().all(is_usable))
    }
}

impl Vault {
    /// Opens the vault: makes or updates the database's schema, and starts the tasks that batch work. To be called in a Tokio runtime, by
    /// one process at a time for a SQLite file and a directory of blobs.
    ///
    /// `node_key` names the node and signs receipts; it must be the same each time.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(
        config: VaultConfig,
        mirror: MirrorReader,
        chains: Arc<dyn ChainCalls>,
        clock: Clock,
        node_key: SigningKey,
    ) -> Result<Self, OpenError> {
        config.quotas.check()?;
        let identity = Arc::new(Identity::new(node_key)?);
        let db = Arc::new(db::open(&config.database_url, config.database_bytes_max).await?);
        let blobs = Arc::new(Blobs::open(&config.blobs)?);
        let memory = Arc::new(Memory::new(db.clone()));
        let executor = Executor::new(db.clone(), memory.clone(), config.quotas);
        // Before anything is counted.
        let metrics = idos_service::metrics::handle(config.metrics.as_ref())?;
        crate::metrics::describe();
        let events = Events::start(mirror.clone(), memory.clone(), clock.clone(), &config);
        let mirrored = Mirrored::new(mirror, config.mirror_stale_after_secs);
        let log = AuditLog::new(db.clone());
        log.take_over_unchained().await.map_err(|error| OpenError::AuditLog(error.to_string()))?;
        let gate = Arc::new(Gate::new(log, memory.clone(), mirrored, blobs.clone()));
        let read_keys = Arc::new(ReadKeys::new());
        let proofs = Arc::new(Proofs::new(chains));
        let parts = Parts {
            verifier: Verifier::new(config.domain.clone(), memory.clone(), read_keys.clone(), &config.rates),
            challenges: Challenges::new(identity.derive("idos sign-in challenges v1")?),
            proofs: proofs.clone(),
            uploads: Uploads::new(
                db.clone(),
                blobs.clone(),
                executor.clone(),
                config.uploads_in_flight_max,
                config.upload_secs,
            ),
            status_lists: StatusLists::new(identity.clone(), &config.domain),
            rescissions: Rescissions {
                db: db.clone(),
                memory: memory.clone(),
                gate: gate.clone(),
                executor: executor.clone(),
            },
            events,
            deletion: Deletion {
                db: db.clone(),
                blobs: blobs.clone(),
                memory: memory.clone(),
                gate: gate.clone(),
                executor: executor.clone(),
                identity: identity.clone(),
                relay: config.relay.clone(),
            },
            housekeeping: Housekeeping {
                metrics: metrics.clone(),
                db: db.clone(),
                blobs: blobs.clone(),
                read_keys: read_keys.clone(),
                revoked_copies: RevokedCopies {
                    db: db.clone(),
                    blobs: blobs.clone(),
                    memory: memory.clone(),
                    gate: gate.clone(),
                    executor: executor.clone(),
                    after: Mutex::new(None),
                },
                relay: config.relay.clone(),
                readers_kept_days: config.readers_kept_days,
                readers_erased_before: AtomicU64::new(0),
                clock: clock.clone(),
            },
            access_keys: AccessKeys {
                db: db.clone(),
                executor: executor.clone(),
                proofs,
                clock: clock.clone(),
                after: Mutex::new(None),
            },
            metrics,
            config,
            db,
            memory,
            gate,
            read_keys,
            executor,
            identity,
            blobs,
            clock,
        };
        Ok(Self { inner: Inner(Arc::new(parts)) })
    }

    /// The HTTP API, with all its layers.
    pub fn router(&self) -> axum::Router {
        http::router(self.inner.clone())
    }

    /// Drops what has ended, and ends sessions whose key was taken away, once a minute, until `shutdown`.
    pub async fn housekeeping(&self, shutdown: CancellationToken) {
        tokio::join!(self.inner.housekeeping.run(&shutdown), self.inner.access_keys.run(&shutdown));
    }

    /// What the node can do at the moment.
    pub async fn readiness(&self) -> Readiness {
        self.inner.readiness().await
    }

    /// The node's `did:key`.
    pub fn did(&self) -> &str {
        self.inner.identity.did()
    }

    /// Ends every stream of events. To be called when the node stops: a server that waits for its connections would wait for ever.
    pub fn end_streams(&self) {
        self.inner.events.end();
    }

    /// Closes the database. To be called after the last request was answered.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }
}

/// What the node can do at the moment. It is ready if all is `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// The database answers.
    pub database: bool,
    /// The store of blobs answers.
    pub blobs: bool,
    /// Every mirrored contract is level with its chain and matches its history.
    pub mirror: bool,
}

impl Readiness {
    /// Whether all is well.
    pub fn is_ready(&self) -> bool {
        self.database && self.blobs && self.mirror
    }
}

/// Why a vault does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A quota that no node may have.
    #[error(transparent)]
    Quota(#[from] QuotaOutOfRange),
    /// The database could not be opened.
    #[error("the store's database: {0}")]
    Database(#[from] idos_database::OpenError),
    /// The directory of blobs could not be made.
    #[error("the directory of blobs: {0}")]
    Directory(#[from] std::io::Error),
    /// The store of blobs could not be opened.
    #[error("the store of blobs: {0}")]
    Blobs(#[from] object_store::Error),
    /// What the audit log held before it was chained could not be taken over.
    #[error("the audit log: {0}")]
    AuditLog(String),
    /// No Ed25519 key in use has a weak public half.
    #[error("the node's key is not usable: make a new one")]
    WeakNodeKey,
    /// Another part of the process has installed a metrics recorder.
    #[error(transparent)]
    MetricsTaken(#[from] idos_service::metrics::MetricsTaken),
}
