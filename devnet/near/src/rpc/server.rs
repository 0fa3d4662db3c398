//! HTTP around the methods.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State, rejection::BytesRejection},
    http::{Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use near_jsonrpc_primitives::{
    errors::{RpcError, RpcErrorKind},
    message::{self, Message},
};
use near_primitives::types::BlockHeight;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_http::cors::{Any, CorsLayer};

use super::{dispatch, lake, node::Node};

/// Bytes of a request, as nearcore allows. A contract of four megabytes fits in as base64.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Requests at the same time, those that wait for blocks included.
const REQUESTS_MAX: usize = 512;

/// JSON-RPC at `/`, and NEAR Lake blocks below `/v0`.
pub(super) fn router(node: Arc<Node>) -> Router {
    let slots = Arc::new(Semaphore::new(REQUESTS_MAX));
    Router::new()
        .route("/", post(rpc))
        .route("/status", get(status))
        .route("/health", get(health))
        .merge(lake::routes::<Node>())
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(slots, bounded))
        .layer(cors())
        .with_state(node)
}

/// Web pages of every origin may call, as on a NEAR node: nothing here is worth anything.
fn cors() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers([
        header::ACCEPT,
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
    ])
}

async fn bounded(State(slots): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match slots.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => {
            let why = format!("more than {REQUESTS_MAX} requests at the same time");
            (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    }
}

async fn rpc(State(node): State<Arc<Node>>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let error =
                RpcError::parse_error(format!("{} (at most {BODY_BYTES_MAX} bytes)", rejection.body_text()));
            return (rejection.status(), Json(Message::error(error))).into_response();
        }
    };
    match message::from_slice(&body) {
        Ok(Message::Request(request)) => answer(&node, request).await,
        Ok(Message::Batch(_)) => unread("a NEAR node takes no batches: send one request at a time"),
        Ok(_) => unread("JSON RPC Request format was expected"),
        Err(broken) => (StatusCode::BAD_REQUEST, Json(broken.reply())).into_response(),
    }
}

fn unread(why: &str) -> Response {
    let error = RpcError::parse_error(why.to_owned());
    (StatusCode::BAD_REQUEST, Json(Message::error(error))).into_response()
}

async fn answer(node: &Node, request: message::Request) -> Response {
    let height = asked_height(&request.params);
    let answer = dispatch::dispatch(node, &request.method, request.params).await;
    let status = answer.as_ref().map_or_else(|error| status_of(node, error, height), |_| StatusCode::OK);
    (status, Json(Message::response(request.id, answer))).into_response()
}

/// The height of a block that a request names.
fn asked_height(params: &Value) -> Option<BlockHeight> {
    params.get("block_id").or_else(|| params.get(0)).and_then(Value::as_u64)
}

/// HTTP's word for an error, as nearcore has it: most are told in the body only.
fn status_of(node: &Node, error: &RpcError, height: Option<BlockHeight>) -> StatusCode {
    match &error.error_struct {
        Some(RpcErrorKind::RequestValidationError(_)) => StatusCode::BAD_REQUEST,
        Some(RpcErrorKind::InternalError(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(RpcErrorKind::HandlerError(cause)) => match cause["name"].as_str() {
            Some("TIMEOUT_ERROR") => StatusCode::REQUEST_TIMEOUT,
            Some("UNKNOWN_BLOCK")
                if height.is_some_and(|height| height < node.heads().borrow().optimistic) =>
            {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            _ => StatusCode::OK,
        },
        None => StatusCode::OK,
    }
}

async fn status(State(node): State<Arc<Node>>) -> Response {
    match dispatch::status(&node).await {
        Ok(status) => Json(status).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response(),
    }
}

async fn health() -> StatusCode {
    StatusCode::OK
}

async fn no_such_path(method: Method, uri: Uri) -> Response {
    let error =
        format!("{method} {}: this devnet has no such path; its README lists those it has", uri.path());
    (StatusCode::NOT_FOUND, Json(json!({ "error": error, "type": "NO_SUCH_PATH" }))).into_response()
}
