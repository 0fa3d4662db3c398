//! Prometheus metrics: names, help, buckets. No label says anything about anybody.

use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds; from a cached read to a slow upload.
const LATENCY_BUCKETS: [f64; 12] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// Requests that were served together.
const BATCH_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The recorder that a service installed, for the next one of this process.
static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// The handle given, or that of a recorder which is installed once a process.
///
/// # Errors
/// If another part of the process has installed a recorder.
pub fn handle(given: Option<&PrometheusHandle>) -> Result<PrometheusHandle, MetricsTaken> {
    let handle = match given {
        Some(handle) => handle.clone(),
        None => installed()?,
    };
    describe();
    Ok(handle)
}

/// Another part of the process has installed a metrics recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("metrics are recorded already: give the service the handle, in its configuration")]
pub struct MetricsTaken;

fn installed() -> Result<PrometheusHandle, MetricsTaken> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*installed {
        return Ok(handle.clone());
    }
    let handle = builder().and_then(|builder| builder.install_recorder().ok()).ok_or(MetricsTaken)?;
    Ok(installed.insert(handle).clone())
}

/// The recorder's settings, for a binary that installs it itself; `None` only if the buckets are empty, which they are not.
pub fn builder() -> Option<PrometheusBuilder> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("idos_http_request_duration_seconds".into()), &LATENCY_BUCKETS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_batch_reads".into()), &BATCH_BUCKETS)
        })
        .ok()
}

fn describe() {
    metrics::describe_counter!("idos_http_requests_total", "Requests answered, by route, method and status.");
    metrics::describe_histogram!(
        "idos_http_request_duration_seconds",
        "Time to an answer, by route and method."
    );
}
