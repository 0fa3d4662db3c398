//! What a vault is opened with.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use idos_api::usage::Prices;
use idos_service::rates::RateLimits;
use idos_wallets::Domain;
use metrics_exporter_prometheus::PrometheusHandle;
use object_store::ObjectStore;

use crate::{
    quotas::Quotas,
    relay::{NoRelay, Relay},
};

/// The node's clock, in Unix seconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Settings of a [`Vault`](crate::Vault). [`VaultConfig::new`] has sensible ones for all but three.
#[derive(Clone)]
pub struct VaultConfig {
    /// The host (and port) that sign-in messages and request signatures must name.
    pub domain: Domain,
    /// `sqlite:<path>`, made if missing, or `postgres://…`. Tables begin with `store_`, so other tables may share the database.
    pub database_url: String,
    /// What a SQLite file may grow to, in bytes; then whatever must be written down is refused, a grantee's read too. `None`: what the disk holds.
    pub database_bytes_max: Option<u64>,
    /// Where blobs are kept.
    pub blobs: BlobLocation,
    /// How long ago, in seconds, the mirror may last have been level with a chain. Older, and grants on that chain open nothing.
    pub mirror_stale_after_secs: u64,
    /// Requests that are served at a time; more are refused as too busy.
    pub requests_in_flight_max: usize,
    /// Uploads that are taken at a time, each of up to 16 MiB of memory; more are refused as too busy.
    pub uploads_in_flight_max: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long an upload or a download of content may take.
    pub content_timeout: Duration,
    /// How long an upload stands before it is dropped, in seconds, unless a credential takes it.
    pub upload_secs: u64,
    /// How often the mirror is looked at for streams of events, while there are any.
    pub event_poll: Duration,
    /// How often a stream says that it is alive, and looks whether its session is.
    pub event_heartbeat: Duration,
    /// Streams of events at a time; more are refused as too busy.
    pub event_streams_max: usize,
    /// How often an address or a wallet may ask.
    pub rates: RateLimits,
    /// How much a profile may hold.
    pub quotas: Quotas,
    /// For how many days the audit log says who read, to the month; then the reader is erased, and the line stays. `None`: as long as reader and
    /// owner have their profiles.
    pub readers_kept_days: Option<u32>,
    /// What issuers and consumers are charged; nothing unless stated.
    pub prices: Prices,
    /// Who sends what owners signed; nobody unless stated.
    pub relay: Arc<dyn Relay>,
    /// The process's metrics. `None`: the vault installs a recorder, once a process.
    pub metrics: Option<PrometheusHandle>,
}

impl VaultConfig {
    /// The settings to start from.
    pub fn new(domain: Domain, database_url: impl Into<String>, blobs: BlobLocation) -> Self {
        Self {
            domain,
            database_url: database_url.into(),
            database_bytes_max: None,
            blobs,
            mirror_stale_after_secs: 60,
            requests_in_flight_max: 1024,
            uploads_in_flight_max: 8,
            request_timeout: Duration::from_secs(15),
            content_timeout: Duration::from_secs(120),
            upload_secs: 60 * 60,
            event_poll: Duration::from_millis(500),
            event_heartbeat: Duration::from_secs(15),
            event_streams_max: 1024,
            rates: RateLimits::default(),
            quotas: Quotas::default(),
            readers_kept_days: None,
            prices: Prices::default(),
            relay: Arc::new(NoRelay),
            metrics: None,
        }
    }
}

impl fmt::Debug for VaultConfig {
    /// Without the database's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultConfig")
            .field("domain", &self.domain)
            .field("blobs", &self.blobs)
            .finish_non_exhaustive()
    }
}

/// Where blobs are kept.
#[derive(Clone)]
pub enum BlobLocation {
    /// In this directory, which is made if missing. Files and directories are synced before a write is answered.
    Directory(PathBuf),
    /// In an object store, such as one that speaks S3.
    Store(Arc<dyn ObjectStore>),
}

impl fmt::Debug for BlobLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "Directory({})", path.display()),
            Self::Store(store) => write!(f, "Store({store})"),
        }
    }
}
