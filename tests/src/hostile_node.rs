//! A hostile node: a real vault whose answers are rewritten on their way.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use serde_json::Value;
use tower::ServiceExt;

/// The most of an answer that is rewritten, in bytes.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// An answer on its way.
pub struct OnTheWay {
    /// The request's method.
    pub method: String,
    /// The request's path.
    pub path: String,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether the body never ends.
    pub endless: bool,
}

impl OnTheWay {
    /// Whether it answers this request.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// Changes its JSON.
    pub fn rewrite(&mut self, change: impl FnOnce(&mut Value)) {
        let mut json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        change(&mut json);
        self.body = json.to_string().into();
    }
}

type Rewriting = Arc<dyn Fn(&mut OnTheWay) + Send + Sync>;

/// What is done to answers.
#[derive(Clone, Default)]
pub struct Hostility(Arc<Mutex<Option<Rewriting>>>);

impl Hostility {
    /// From now on.
    pub fn begin(&self, rewriting: impl Fn(&mut OnTheWay) + Send + Sync + 'static) {
        self.set(Some(Arc::new(rewriting)));
    }

    /// Honest again.
    pub fn end(&self) {
        self.set(None);
    }

    fn set(&self, rewriting: Option<Rewriting>) {
        if let Ok(mut present) = self.0.lock() {
            *present = rewriting;
        }
    }
}

/// `vault`, with `hostility` in front of it.
pub fn in_front_of(vault: Router, hostility: Hostility) -> Router {
    Router::new().fallback(answer).with_state((vault, hostility))
}

async fn answer(State((vault, hostility)): State<(Router, Hostility)>, request: Request) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let answered: Result<Response, Infallible> = vault.oneshot(request).await;
    let Ok(response) = answered;
    let rewriting = hostility.0.lock().ok().and_then(|present| present.clone());
    let Some(rewriting) = rewriting else { return response };
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut on_the_way =
        OnTheWay { method, path, status: parts.status, headers: parts.headers, body, endless: false };
    rewriting(&mut on_the_way);
    let OnTheWay { status, mut headers, body, endless, .. } = on_the_way;
    headers.remove("content-length");
    let body = if endless {
        Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 65_536]))))
    } else {
        Body::from(body)
    };
    (status, headers, body).into_response()
}
