//! The relay as a process of its own: its routes, for apps with tokens.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, FromRequestParts, Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use idos_api::{
    ErrorBody, ErrorCode, ErrorDetail,
    limits::MAX_JSON_BYTES,
    relay::{RelayCall, RelayCallForm, RelayRefusal, Submission},
};
use metrics_exporter_prometheus::PrometheusHandle;
use rand_core::{OsRng, RngCore};
use serde_json::json;
use tower::ServiceBuilder;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::Apps, refusals, service::Relay};

/// Requests that are served at a time; more wait, and are refused once they have waited.
const IN_FLIGHT_MAX: usize = 256;

/// How long a request may take: a chain is asked.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// What the routes work with.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Takes and sends.
    pub relay: Relay,
    /// Who may ask.
    pub apps: Apps,
    /// The process's metrics, for `/metrics`.
    pub metrics: PrometheusHandle,
}

type Shared = State<Arc<HttpConfig>>;

/// The relay's routes.
pub fn router(config: HttpConfig) -> Router {
    let (router, _) = api().split_for_parts();
    router
        .route("/openapi.json", axum::routing::get(|| async { Json(openapi()) }))
        .with_state(Arc::new(config))
        .fallback(|| async { no_route(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { no_route(StatusCode::METHOD_NOT_ALLOWED) })
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(
            ServiceBuilder::new()
                .layer(axum::error_handling::HandleErrorLayer::new(|_| async { overloaded() }))
                .load_shed()
                .concurrency_limit(IN_FLIGHT_MAX)
                .timeout(REQUEST_TIMEOUT),
        )
}

fn api() -> OpenApiRouter<Arc<HttpConfig>> {
    OpenApiRouter::new()
        .routes(routes!(submit))
        .routes(routes!(submission))
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(metrics))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "idOS relay",
        description = "Sends what owners signed to the chains, and pays for it. Each call is sent once, however often it is handed in."
    ),
    components(schemas(ErrorBody)),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The app's token.")).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("app", SecurityScheme::Http(bearer));
    }
}

/// The relay's API, as it is served at `/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(api().into_openapi());
    document.info = Document::openapi().info;
    document
}

/// The app that asks.
struct Caller(String);

impl FromRequestParts<Arc<HttpConfig>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, config: &Arc<HttpConfig>) -> Result<Self, Refused> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let app = token.and_then(|token| config.apps.by_token(token));
        app.map(|app| Self(app.to_owned())).ok_or(Refused(RelayRefusal {
            code: ErrorCode::Unauthenticated,
            message: "send the token that the relay's operator gave you: `Authorization: Bearer TOKEN`"
                .into(),
            refused: None,
        }))
    }
}

/// Takes a call that its owner signed, to be sent once. The same call again tells how far it is.
#[utoipa::path(
    post, path = "/v1/relay", tag = "relay", security(("app" = [])), request_body = RelayCallForm,
    responses(
        (status = 202, description = "taken", body = Submission),
        (status = 200, description = "taken before", body = Submission),
        refusals::Submit
    )
)]
async fn submit(
    State(config): Shared,
    caller: Caller,
    headers: axum::http::HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Submission>), Refused> {
    let call = parse(&headers, body)?;
    let taken = config.relay.submit(call, &caller.0).await?;
    let status = if taken.is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(taken.submission)))
}

fn parse(headers: &axum::http::HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<RelayCall, Refused> {
    const MESSAGE_CHARS_MAX: usize = 200;
    let refused =
        |code, message: &str| Refused(RelayRefusal { code, message: message.into(), refused: None });
    let media_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(refused(ErrorCode::UnsupportedMediaType, "send JSON: content-type: application/json"));
    }
    let too_large = |_| refused(ErrorCode::TooLarge, "the body is larger than this route takes");
    let body = body.map_err(too_large)?;
    serde_json::from_slice(&body).map_err(|error| {
        let message: String =
            format!("the body is not this route's JSON: {error}").chars().take(MESSAGE_CHARS_MAX).collect();
        refused(ErrorCode::Malformed, &message)
    })
}

/// How far a call is that the caller handed in.
#[utoipa::path(
    get, path = "/v1/relay/{digest}", tag = "relay", security(("app" = [])),
    params(("digest" = String, Path, description = "What names the call", pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, body = Submission), refusals::Told)
)]
async fn submission(
    State(config): Shared,
    caller: Caller,
    digest: Result<Path<String>, PathRejection>,
) -> Result<Json<Submission>, Refused> {
    let digest = named(digest)?;
    let found = config.relay.submission(&digest, &caller.0).await?;
    let missing = || RelayRefusal {
        code: ErrorCode::NotFound,
        message: "there is no such call, or none that you handed in".into(),
        refused: None,
    };
    Ok(Json(found.ok_or_else(missing)?))
}

/// A call's name, out of a path.
fn named(path: Result<Path<String>, PathRejection>) -> Result<String, Refused> {
    const DIGITS: usize = 64;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let name = path.ok().map(|Path(name)| name);
    let name = name.filter(|name| name.len() == DIGITS && name.bytes().all(is_digit));
    name.ok_or_else(|| {
        let message = "a call is named by 64 hex digits: the digest that it was taken under";
        Refused(RelayRefusal { code: ErrorCode::Malformed, message: message.into(), refused: None })
    })
}

/// Whether the process lives.
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200), refusals::Operations))]
async fn health() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether calls can be sent: the database and every chain answer, and there is something to pay with.
#[utoipa::path(get, path = "/ready", tag = "operations", responses((status = 200), (status = 503)))]
async fn ready(State(config): Shared) -> (StatusCode, Json<serde_json::Value>) {
    let ready = config.relay.is_ready().await;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": ready })))
}

/// Prometheus metrics.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, body = String), refusals::Operations))]
async fn metrics(State(config): Shared) -> String {
    config.metrics.render()
}

/// An answer that is no success.
struct Refused(RelayRefusal);

impl From<RelayRefusal> for Refused {
    fn from(refusal: RelayRefusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let RelayRefusal { code, message, refused } = self.0;
        let details = refused.map(|name| json!({ "refused": name }));
        error(status_of(code), code, message, details)
    }
}

fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Malformed => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Expired => StatusCode::FORBIDDEN,
        ErrorCode::NotFound | ErrorCode::RelayUnavailable => StatusCode::NOT_FOUND,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::UnknownContract | ErrorCode::CallRefused | ErrorCode::CallNotRelayed => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ErrorCode::LimitReached => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::RelayUnfunded | ErrorCode::FeeTooHigh | ErrorCode::ChainUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn overloaded() -> Response {
    let message = "the relay has too much to do: try again shortly".to_owned();
    error(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::LimitReached, message, None)
}

fn no_route(status: StatusCode) -> Response {
    error(
        status,
        ErrorCode::NoSuchRoute,
        "there is no such route: /openapi.json lists all of them".into(),
        None,
    )
}

fn error(
    status: StatusCode,
    code: ErrorCode,
    message: String,
    details: Option<serde_json::Value>,
) -> Response {
    let request_id = format!("{:016x}", OsRng.next_u64());
    tracing::info!(status = status.as_u16(), request_id, "refused");
    let id = HeaderValue::from_str(&request_id);
    let body = ErrorBody { error: ErrorDetail { code, message, details, request_id } };
    let mut response = (status, Json(body)).into_response();
    if let Ok(id) = id {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
