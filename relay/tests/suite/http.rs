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

/// Whoever calls, by the header that they send.
const CALLERS: [Option<&str>; 4] = [
    None,
    Some("Bearer a-token-that-nobody-was-given"),
    Some("Bearer a-token-of-32-random-bytes-in-text"),
    Some("Bearer another"),
];

/// No token, a wrong one, the app, another app.
type Answers = [u16; 4];

#[tokio::test]
async fn each_caller_gets_the_stated_answer_from_each_route() {
    each(async |database| {
        let office = Office::open(database.url(), RelayLimits::default()).await;
        let router = routes(&office);
        let of_app = call(1, 1);
        office.relay.submit(of_app.clone(), "app").await.unwrap();
        let json = |number| serde_json::to_vec(&call(2, number)).unwrap();
        let own = [10, 11, 12, 13].map(json).to_vec();
        let again = vec![serde_json::to_vec(&of_app).unwrap(); 4];
        let none = vec![Vec::new(); 4];
        let told = format!("/v1/relay/{}", of_app.digest());
        let unknown = format!("/v1/relay/{}", "0".repeat(64));
        let (name, capitals) =
            ("/v1/relay/{digest}", format!("/v1/relay/{}", of_app.digest().to_uppercase()));
        // In the order in which they are asked.
        let table: [(&str, &str, &str, &[Vec<u8>], Answers); 11] = [
            ("GET", "/health", "/health", &none, [200; 4]),
            ("GET", "/ready", "/ready", &none, [200; 4]),
            ("GET", "/metrics", "/metrics", &none, [200; 4]),
            ("GET", name, &told, &none, [401, 401, 200, 404]),
            ("GET", name, &unknown, &none, [401, 401, 404, 404]),
            ("GET", name, &capitals, &none, [401, 401, 400, 400]),
            ("GET", name, "/v1/relay/x", &none, [401, 401, 400, 400]),
            ("GET", name, "/v1/relay/%ff", &none, [401, 401, 400, 400]),
            ("POST", "/v1/relay", "/v1/relay", &own, [401, 401, 202, 202]),
            ("POST", "/v1/relay", "/v1/relay", &again, [401, 401, 200, 200]),
            ("GET", name, &told, &none, [401, 401, 200, 200]),
        ];
        let document = serde_json::to_value(idos_relay::openapi()).unwrap();
        for (method, route, path, bodies, expected) in table {
            let mut answers = Answers::default();
            for ((caller, body), answer) in CALLERS.into_iter().zip(bodies).zip(&mut answers) {
                let request = Request::builder().method(method).uri(path);
                let request = request.header("content-type", "application/json");
                let request = match caller {
                    Some(token) => request.header("authorization", token),
                    None => request,
                };
                let (status, text) = ask(&router, request.body(body.clone().into()).unwrap()).await;
                *answer = status.as_u16();
                check_documented(&document, method, route, *answer, &text);
            }
            assert_eq!(answers, expected, "{method} {path}");
        }
        let stated: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let unasked: Vec<_> = stated.iter().filter(|path| !table.iter().any(|row| row.1 == *path)).collect();
        assert!(unasked.is_empty(), "say who may call these: {unasked:?}");
    })
    .await;
}

/// Every answer is one that the document states of its route: status and, for an error, code.
#[track_caller]
fn check_documented(document: &serde_json::Value, method: &str, route: &str, status: u16, body: &[u8]) {
    let responses = &document["paths"][route][method.to_ascii_lowercase()]["responses"];
    let response = &responses[status.to_string()];
    assert!(response.is_object(), "{method} {route} answered {status}, which is not stated");
    if status >= 400 {
        let error: ErrorBody = serde_json::from_slice(body).unwrap();
        let codes = &response["content"]["application/json"]["schema"]["allOf"][1]["properties"]["error"]["properties"]
            ["code"]["enum"];
        let code = serde_json::to_value(error.error.code).unwrap();
        assert!(codes.as_array().unwrap().contains(&code), "{method} {route}: {code} is not stated");
    }
}

#[test]
fn a_full_disk_and_every_other_refusal_is_stated_with_its_code() {
    let document = serde_json::to_value(idos_relay::openapi()).unwrap();
    for (route, method) in [("/v1/relay", "post"), ("/v1/relay/{digest}", "get")] {
        let response = &document["paths"][route][method]["responses"]["507"];
        assert!(response.to_string().contains("storage_full"), "{route}: {response}");
    }
}
