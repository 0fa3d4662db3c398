//! The relay's own routes.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use idos_api::{
    ErrorBody, ErrorCode,
    relay::{Fate, Submission},
};
use idos_relay::{App, Apps, HttpConfig, RelayLimits, router};
use idos_testdb::each;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::support::{Office, call};

pub const TOKEN: &str = "a-token-of-32-random-bytes-in-text";
pub const OTHER: &str = "another";

fn app(name: &str, token: &str) -> App {
    App::new(name, &hex::encode(Sha256::digest(token))).unwrap()
}

pub fn routes(office: &Office) -> Router {
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
    let apps = Apps::new(vec![app("app", TOKEN), app("other", OTHER)]).unwrap();
    router(HttpConfig { relay: office.relay.clone(), apps, metrics })
}

pub fn post(token: Option<&str>, media_type: &str, body: Vec<u8>) -> Request<Body> {
    let request = Request::post("/v1/relay").header("content-type", media_type);
    let request = match token {
        Some(token) => request.header("authorization", token),
        None => request,
    };
    request.body(body.into()).unwrap()
}

pub async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

#[tokio::test]
async fn an_app_hands_in_a_call_and_asks_what_became_of_it() {
    each(async |database| {
        let mut office = Office::open(database.url(), RelayLimits::default()).await;
        office.work();
        let router = routes(&office);
        let (call, bearer) = (call(1, 1), format!("Bearer {TOKEN}"));
        let body = serde_json::to_vec(&call).unwrap();
        let (status, answer) = ask(&router, post(Some(&bearer), "application/json", body.clone())).await;
        assert_eq!(status, 202);
        let taken: Submission = serde_json::from_slice(&answer).unwrap();
        assert_eq!(taken.digest, call.digest());
        let again = post(Some(&bearer), "application/json; charset=utf-8", body.clone());
        let (status, _) = ask(&router, again).await;
        assert_eq!(status, 200);
        office.end_of(&call).await;
        let get = |token: &str| {
            let path = format!("/v1/relay/{}", call.digest());
            Request::get(path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
        };
        let (status, answer) = ask(&router, get(TOKEN)).await;
        let told: Submission = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 200);
        assert!(matches!(told.fate, Fate::Done { .. }));
        assert_eq!(ask(&router, get(OTHER)).await.0, 404, "another app's call");
        let brought = post(Some(&format!("Bearer {OTHER}")), "application/json", body);
        assert_eq!(ask(&router, brought).await.0, 200, "the other app has it, too");
        assert_eq!(ask(&router, get(OTHER)).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_order_is_refused() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        let router = routes(&office);
        let (good, bearer) = (serde_json::to_vec(&call(1, 1)).unwrap(), format!("Bearer {TOKEN}"));
        let json = "application/json";
        let unknown = {
            let mut value: serde_json::Value = serde_json::from_slice(&good).unwrap();
            value["signed_call"]["gas"] = 1.into();
            serde_json::to_vec(&value).unwrap()
        };
        let two = {
            let mut value: serde_json::Value = serde_json::from_slice(&good).unwrap();
            value["write_grant"] = serde_json::json!({});
            serde_json::to_vec(&value).unwrap()
        };
        let arbitrary = br#"{"to": "0x00", "data": "0x", "value": 1}"#.to_vec();
        let table = [
            ("no token", post(None, json, good.clone()), 401, ErrorCode::Unauthenticated),
            ("a foreign token", post(Some("Bearer x"), json, good.clone()), 401, ErrorCode::Unauthenticated),
            ("another scheme", post(Some("Basic x"), json, good.clone()), 401, ErrorCode::Unauthenticated),
            (
                "the digest as token",
                post(Some(&format!("Bearer {}", hex::encode(Sha256::digest(TOKEN)))), json, good.clone()),
                401,
                ErrorCode::Unauthenticated,
            ),
            (
                "another content type",
                post(Some(&bearer), "text/plain", good.clone()),
                415,
                ErrorCode::UnsupportedMediaType,
            ),
            ("no JSON", post(Some(&bearer), json, b"{".to_vec()), 400, ErrorCode::Malformed),
            ("nothing", post(Some(&bearer), json, Vec::new()), 400, ErrorCode::Malformed),
            ("an unknown field", post(Some(&bearer), json, unknown), 400, ErrorCode::Malformed),
            ("two calls", post(Some(&bearer), json, two), 400, ErrorCode::Malformed),
            ("any transaction", post(Some(&bearer), json, arbitrary), 400, ErrorCode::Malformed),
            ("too large", post(Some(&bearer), json, vec![b' '; 65 * 1024]), 413, ErrorCode::TooLarge),
        ];
        for (name, request, status, code) in table {
            let (answered, body) = ask(&router, request).await;
            let body: ErrorBody = serde_json::from_slice(&body).unwrap();
            assert_eq!((answered.as_u16(), body.error.code), (status, code), "{name}");
        }
        assert_eq!(office.chain.checks(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_operator_sees_whether_it_works() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        let router = routes(&office);
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        for path in ["/health", "/ready", "/metrics", "/openapi.json"] {
            assert_eq!(ask(&router, get(path)).await.0, 200, "{path}");
        }
        assert_eq!(ask(&router, get("/v1/other")).await.0, 404);
        let openapi = serde_json::to_string(&idos_relay::openapi()).unwrap();
        assert!(openapi.contains("/v1/relay/{digest}"));
    })
    .await;
}
