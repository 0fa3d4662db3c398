//! HTTP around the methods.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, Request, State, rejection::BytesRejection},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_http::cors::{Any, CorsLayer};

use super::{
    dispatch,
    error::RpcError,
    friendbot::{self, FundError},
    message::{self, Call, Message, Refused},
    methods,
    node::Node,
};

/// Bytes of a request, as Stellar RPC allows. A contract of 128 KiB, which is the most that a network takes, fits in as
/// base64.
const BODY_BYTES_MAX: usize = 512 * 1024;

/// Requests at the same time, those that wait for ledgers included.
const REQUESTS_MAX: usize = 512;

/// Stellar RPC at `/rpc` and `/`, friendbot at `/friendbot`.
pub(super) fn router(node: Arc<Node>) -> Router {
    let slots = Arc::new(Semaphore::new(REQUESTS_MAX));
    Router::new()
        .route("/", post(rpc))
        .route("/rpc", post(rpc))
        .route("/friendbot", get(give).post(give))
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(slots, bounded))
        .layer(cors())
        .with_state(node)
}

/// Web pages of every origin may call, as on Stellar RPC: nothing here is worth anything.
fn cors() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers(Any)
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

async fn rpc(
    State(node): State<Arc<Node>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !is_json(&headers) {
        return unread(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send Content-Type: application/json");
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let why = format!("{} (at most {BODY_BYTES_MAX} bytes)", rejection.body_text());
            return unread(rejection.status(), &why);
        }
    };
    match message::parse(&body) {
        Ok(Message::One(call)) => answer(&node, call).await.map(Json).into_answer(),
        Ok(Message::Batch(calls)) => {
            let mut answers = Vec::new();
            for call in calls {
                answers.extend(answer(&node, call).await);
            }
            (!answers.is_empty()).then_some(Json(answers)).into_answer()
        }
        Err(error) => {
            (StatusCode::BAD_REQUEST, Json(message::answer(Value::Null, Err(error)))).into_response()
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = named.and_then(|named| named.split(';').next()).map(str::trim);
    media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
}

fn unread(status: StatusCode, why: &str) -> Response {
    (status, Json(message::answer(Value::Null, Err(RpcError::invalid_request(why))))).into_response()
}

/// None to a notification.
async fn answer(node: &Node, call: Result<Call, Refused>) -> Option<Value> {
    match call {
        Ok(Call { id, method, params }) => {
            let result = dispatch::dispatch(node, &method, params).await;
            id.map(|id| message::answer(id, result))
        }
        Err(Refused { id, error }) => Some(message::answer(id, Err(error))),
    }
}

/// Where nobody wants an answer, there is none.
trait IntoAnswer {
    fn into_answer(self) -> Response;
}

impl<T: IntoResponse> IntoAnswer for Option<T> {
    fn into_answer(self) -> Response {
        self.map_or_else(|| StatusCode::NO_CONTENT.into_response(), IntoResponse::into_response)
    }
}

#[derive(Deserialize)]
struct Give {
    addr: Option<String>,
}

async fn give(State(node): State<Arc<Node>>, Query(asked): Query<Give>) -> Response {
    let Some(address) = asked.addr else {
        return problem(StatusCode::BAD_REQUEST, "addr is missing: ask for /friendbot?addr=G…");
    };
    let funded = match friendbot::account_of(&address) {
        Ok(account) => friendbot::fund(&node, account).await,
        Err(error) => Err(error),
    };
    match funded {
        Ok(applied) => methods::horizon::transaction(&applied)
            .map_or_else(|error| internal(&error), |told| Json(told).into_response()),
        Err(error) => not_given(&error),
    }
}

fn not_given(error: &FundError) -> Response {
    let status = match error {
        FundError::Address(_) | FundError::Exists(_) | FundError::Failed(_) => StatusCode::BAD_REQUEST,
        FundError::NoLedger | FundError::NotTaken(_) => StatusCode::GATEWAY_TIMEOUT,
        FundError::NoRoot | FundError::Chain(_) | FundError::Xdr(_) | FundError::Engine(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    problem(status, &error.to_string())
}

fn internal(error: &RpcError) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, &error.message)
}

/// RFC 7807, as Horizon and friendbot tell problems.
fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

async fn no_such_path(method: Method, uri: Uri) -> Response {
    let why = format!("{method} {}: this devnet has no such path; its README lists those it has", uri.path());
    problem(StatusCode::NOT_FOUND, &why)
}
