//! What a key-share node is opened with.

use std::{fmt, sync::Arc, time::Duration};

use axum::http::HeaderName;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::limits::Rate;

/// The node's clock, in Unix seconds.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Settings of a [`KeyShareNode`](crate::KeyShareNode). [`KeyShareConfig::new`] has sensible ones for all but the database.
#[derive(Clone)]
pub struct KeyShareConfig {
    /// `sqlite:<path>`, made if missing, or `postgres://…`. Tables begin with `mpc_`, so other tables may share the database; nodes may not.
    pub database_url: String,
    /// What a SQLite file may grow to, in bytes; then whatever must be written down is refused, a release too. `None`: what the disk holds.
    pub database_bytes_max: Option<u64>,
    /// Requests that are served at a time; more are refused as too busy.
    pub requests_in_flight_max: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How often one address (of IPv6: one /64) may ask.
    pub rate_by_address: Rate,
    /// How often one wallet may ask.
    pub rate_by_wallet: Rate,
    /// How often one address may store shares of a new key.
    pub rate_of_stores: Rate,
    /// What may be asked of one profile's share in an hour, at most [`MAX_OPERATIONS_AN_HOUR`].
    pub operations_an_hour: u64,
    /// Refused tries of one profile's share in an hour from which on there is an alarm.
    pub alarm_tries: u64,
    /// Keys that the node holds shares of; no more are stored then, so that strangers leave room for those who come for theirs.
    pub holdings_max: u64,
    /// Of how many keys refused tries are written down in an hour; tries of still others leave no trace.
    pub refused_keys_an_hour: u64,
    /// The header in which a reverse proxy names the client's address, if there is one: its last value counts. Without it, every client behind the
    /// proxy has the proxy's address.
    pub client_address_header: Option<HeaderName>,
    /// The process's metrics. `None`: the node installs a recorder, once a process.
    pub metrics: Option<PrometheusHandle>,
}

/// The most that may be asked of one profile's share in an hour: as many as lines of the audit log are kept.
pub const MAX_OPERATIONS_AN_HOUR: u64 = 1000;

impl KeyShareConfig {
    /// The settings to start from.
    pub fn new(database_url: impl Into<String>) -> Self {
        Self {
            database_url: database_url.into(),
            database_bytes_max: None,
            requests_in_flight_max: 512,
            request_timeout: Duration::from_secs(15),
            rate_by_address: Rate { burst: 60, every: Duration::from_millis(500) },
            rate_by_wallet: Rate { burst: 30, every: Duration::from_secs(2) },
            rate_of_stores: Rate { burst: 60, every: Duration::from_secs(60) },
            operations_an_hour: 240,
            alarm_tries: 5,
            holdings_max: 1_000_000,
            refused_keys_an_hour: 5_000,
            client_address_header: None,
            metrics: None,
        }
    }
}

impl fmt::Debug for KeyShareConfig {
    /// Without the database's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyShareConfig").finish_non_exhaustive()
    }
}
