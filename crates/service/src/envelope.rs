//! What every request and answer has around it: an id, a bound on how many are served and for how long, a log line and metrics without
//! personal data, and errors in one form.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, header},
    response::{IntoResponse, Json, Response},
};
use futures::{FutureExt, future::BoxFuture};
use idos_api::{ErrorBody, ErrorDetail};
use rand_core::OsRng;
use tokio::sync::Semaphore;
use tower::{Layer, Service};

use crate::{
    measures::Measures,
    rates::{AddressRates, TooFast},
    refusal::Refusal,
    request_id::RequestIds,
};

/// Carries the id that is also in the log, and in the body of an error.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is served however much there is to do: monitoring must see an overloaded node as alive.
const ALWAYS_SERVED: [&str; 3] = ["/health", "/ready", "/metrics"];

/// Swagger UI is served from the node itself; its page needs inline styles and data images, and no inline script.
const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'none'";

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The bounds of a service's requests.
#[derive(Clone)]
pub struct EnvelopeSettings {
    /// Requests that are served at a time; more are refused as too busy.
    pub requests_in_flight_max: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Routes whose bodies are content, which may take longer.
    pub content_routes: &'static [&'static str],
    /// How long those may take.
    pub content_timeout: Duration,
    /// How often an address may ask; without it, as often as it likes.
    pub rates: Option<Arc<AddressRates>>,
    /// Routes without a session, for which addresses have a bound of their own.
    pub public_routes: &'static [&'static str],
}

/// The layer.
#[derive(Clone)]
pub struct Envelope(Arc<State>);

/// A route with the envelope around it. It is a service by itself, for a function as a layer (axum's `from_fn`) would box every request's
/// way through it once more.
#[derive(Clone)]
pub struct Enveloped<S> {
    route: S,
    envelope: Envelope,
}

struct State {
    in_flight: Semaphore,
    settings: EnvelopeSettings,
    ids: RequestIds,
    measures: Measures,
}

impl Envelope {
    /// An envelope with these bounds.
    pub fn new(settings: EnvelopeSettings) -> Self {
        Self(Arc::new(State {
            in_flight: Semaphore::new(settings.requests_in_flight_max),
            settings,
            ids: RequestIds::new(&mut OsRng),
            measures: Measures::default(),
        }))
    }
}

impl<S> Layer<S> for Envelope {
    type Service = Enveloped<S>;

    fn layer(&self, route: S) -> Enveloped<S> {
        Enveloped { route, envelope: self.clone() }
    }
}

impl<S> Service<Request> for Enveloped<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.route.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let path = request.extensions().get::<MatchedPath>().cloned();
        let method = method_label(request.method());
        let Envelope(state) = self.envelope.clone();
        let too_fast = state.check_address(path.as_ref(), &request).err();
        // Nothing is done before it is first polled.
        let served = self.route.call(request);
        Box::pin(async move { Ok(state.serve(path.as_ref(), method, too_fast, served).await) })
    }
}

/// The answer of a route that has yet to be asked for it.
trait Served: Future<Output = Result<Response, Infallible>> {}

impl<F: Future<Output = Result<Response, Infallible>>> Served for F {}

impl State {
    fn check_address(&self, path: Option<&MatchedPath>, request: &Request) -> Result<(), TooFast> {
        let route = path.map_or("none", MatchedPath::as_str);
        match &self.settings.rates {
            Some(rates) if !ALWAYS_SERVED.contains(&route) => {
                let is_public = self.settings.public_routes.contains(&route);
                rates.check(request.extensions(), request.headers(), is_public)
            }
            _ => Ok(()),
        }
    }

    async fn serve(
        &self,
        path: Option<&MatchedPath>,
        method: &'static str,
        too_fast: Option<TooFast>,
        served: impl Served,
    ) -> Response {
        let begun = Instant::now();
        // Of an unknown path nothing is repeated: it may hold anything.
        let route = path.map_or("none", MatchedPath::as_str);
        let response = match too_fast {
            Some(too_fast) => too_fast.into_response(),
            None => self.answer(route, served).await,
        };
        let id = self.ids.next();
        let (response, cause) = write_refusal(response, &id);
        let elapsed = begun.elapsed();
        log(route, method, &response, elapsed, &id, cause.as_deref());
        self.measures.record(route, method, response.status(), elapsed);
        with_headers(response, route, &id)
    }

    fn timeout(&self, route: &str) -> Duration {
        let EnvelopeSettings { request_timeout, content_routes, content_timeout, .. } = &self.settings;
        if content_routes.contains(&route) { *content_timeout } else { *request_timeout }
    }

    async fn answer(&self, route: &str, served: impl Served) -> Response {
        let _permit = match self.in_flight.try_acquire() {
            Ok(permit) => Some(permit),
            Err(_) if ALWAYS_SERVED.contains(&route) => None,
            Err(_) => return Refusal::busy().into_response(),
        };
        let served = AssertUnwindSafe(served).catch_unwind();
        match tokio::time::timeout(self.timeout(route), served).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Err(_)) => Refusal::panicked().into_response(),
            Err(_) => Refusal::busy().into_response(),
        }
    }
}

/// Writes the body of an error; answers that are none pass.
fn write_refusal(mut response: Response, id: &str) -> (Response, Option<String>) {
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return (response, None) };
    let Refusal { status: _, code, message, details, cause } = refusal;
    let error = ErrorDetail { code, message, details, request_id: id.to_owned() };
    let mut written = (response.status(), Json(ErrorBody { error })).into_response();
    // Such as the methods that a path has, and when to ask again.
    let kept = [header::ALLOW, header::RETRY_AFTER];
    for (name, value) in response.headers().iter().filter(|(name, _)| kept.contains(name)) {
        written.headers_mut().insert(name, value.clone());
    }
    (written, cause)
}

fn log(
    route: &str,
    method: &'static str,
    response: &Response,
    elapsed: Duration,
    request_id: &str,
    cause: Option<&str>,
) {
    let status = response.status().as_u16();
    let latency_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    match cause {
        Some(cause) => tracing::error!(route, method, status, latency_us, request_id, cause, "failed"),
        None => tracing::info!(route, method, status, latency_us, request_id, "answered"),
    }
}

fn with_headers(mut response: Response, route: &str, id: &str) -> Response {
    let is_docs = route.starts_with("/docs");
    let policy = if is_docs { DOCS_POLICY } else { API_POLICY };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // What may be kept says so itself.
    if !is_docs && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// A method that no route has could be any word.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
