//! Metrics of requests, by route, method and status. To find a metric by its labels costs as much as a small request, so each is looked
//! up once.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use axum::http::StatusCode;
use metrics::{Counter, Histogram};

/// The metrics of one route, by method and status.
type OfRoute = HashMap<(&'static str, u16), Measure>;

/// The metrics that were used so far: no more than there are routes, methods and statuses.
#[derive(Default)]
pub(crate) struct Measures(RwLock<HashMap<String, OfRoute>>);

struct Measure {
    requests: Counter,
    duration: Histogram,
}

impl Measures {
    /// Counts an answer.
    pub(crate) fn record(&self, route: &str, method: &'static str, status: StatusCode, elapsed: Duration) {
        let key = (method, status.as_u16());
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(measure) = known.get(route).and_then(|of_route| of_route.get(&key)) {
            return measure.count(elapsed);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let of_route = known.entry(route.to_owned()).or_default();
        of_route.entry(key).or_insert_with(|| measure(route, method, status)).count(elapsed);
    }
}

impl Measure {
    fn count(&self, elapsed: Duration) {
        self.requests.increment(1);
        self.duration.record(elapsed.as_secs_f64());
    }
}

fn measure(route: &str, method: &'static str, status: StatusCode) -> Measure {
    let (route, status) = (route.to_owned(), status.as_str().to_owned());
    Measure {
        requests: metrics::counter!(
            "idos_http_requests_total", "route" => route.clone(), "method" => method, "status" => status
        ),
        duration: metrics::histogram!("idos_http_request_duration_seconds", "route" => route, "method" => method),
    }
}
