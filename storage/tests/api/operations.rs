//! What operators and developers ask: health, readiness, metrics, documentation.

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request},
};
use idos_api::{
    ErrorCode,
    node::{MirrorState, NodeInfo},
};
use idos_testdb::each;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{DOMAIN, House, Issuer, Person, grants_contract, random_box, status_contract};

#[tokio::test]
async fn a_node_is_ready_while_its_mirror_is_fresh() {
    each(async |database| {
        let mut house = House::build(database).await;
        assert_eq!(house.get("/health").await.json::<Value>(), json!({ "status": "ok" }));
        let ready = json!({ "database": true, "blobs": true, "mirror": true });
        assert_eq!(house.get("/ready").await.json::<Value>(), ready);
        assert!(house.vault.readiness().await.is_ready());
        house.pass(61);
        assert_eq!(house.get("/ready").await.status, 503);
        house.pass_with_chain(0).await;
        assert_eq!(house.get("/ready").await.status, 200);
        house.statuses.break_it().await;
        assert_eq!(house.get("/ready").await.status, 503);
    })
    .await;
}

#[tokio::test]
async fn a_node_says_what_it_is_and_what_it_follows() {
    each(async |database| {
        let house = House::build(database).await;
        house.statuses.break_it().await;
        let info: NodeInfo = house.get("/v1/node").await.json();
        assert_eq!(
            (info.did.as_str(), info.domain.as_str(), info.now),
            (house.vault.did(), DOMAIN, house.now())
        );
        let states: Vec<_> =
            info.contracts.iter().map(|contract| (contract.account, contract.state)).collect();
        assert_eq!(
            states,
            [(grants_contract(), MirrorState::Fresh), (status_contract(), MirrorState::Inconsistent)]
        );
        house.pass(61);
        let info: NodeInfo = house.get("/v1/node").await.json();
        assert_eq!(info.contracts[0].state, MirrorState::Stale);
    })
    .await;
}

#[tokio::test]
async fn a_status_is_told_to_anybody_as_long_as_the_mirror_is_to_be_trusted() {
    each(async |database| {
        let house = House::build(database).await;
        let path = |contract, index: u32| {
            format!(
                "/v1/statuses?contract={contract}&issuer=eip155:31337:0x{}&list=0&index={index}",
                "11".repeat(20)
            )
        };
        let good = path(status_contract(), 7);
        assert_eq!(house.get(&good).await.json::<Value>()["status"], "valid");
        let table = [
            ("beyond the list", path(status_contract(), 131_072), (400, ErrorCode::Malformed)),
            ("another kind of contract", path(grants_contract(), 7), (422, ErrorCode::UnknownContract)),
            ("no contract", "/v1/statuses?list=0&index=1".to_owned(), (400, ErrorCode::Malformed)),
            ("another chain", good.replace("31337:0x11", "1:0x11"), (400, ErrorCode::Malformed)),
        ];
        for (name, path, error) in table {
            assert_eq!(house.get(&path).await.error(), error, "{name}");
        }
        house.pass(61);
        assert_eq!(house.get(&good).await.error(), (503, ErrorCode::MirrorStale));
        house.statuses.break_it().await;
        assert_eq!(house.get(&good).await.error(), (503, ErrorCode::MirrorInconsistent));
    })
    .await;
}

#[tokio::test]
async fn metrics_count_by_route_and_name_nobody() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let (id, _) = person.store(&house, &Issuer::number(1)).await;
        person.read(&house, id).await;
        house.get("/somewhere/private").await;
        let metrics = house.get("/metrics").await.text();
        assert!(metrics.contains(r#"idos_http_requests_total{route="/v1/credentials/{data_id}/content",method="GET",status="200"}"#), "{metrics}");
        assert!(metrics.contains("idos_http_request_duration_seconds_bucket"));
        let address = person.account.address().to_string();
        for secret in [id.to_string().as_str(), &person.profile_id.to_string(), &address, "private"] {
            assert!(!metrics.contains(secret), "{secret}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_answer_has_its_request_id_and_strict_headers() {
    each(async |database| {
        let house = House::build(database).await;
        let one = house.get("/v1/node").await;
        let other = house
            .ask(Request::get("/v1/node").header("x-request-id", "mine").body(Body::empty()).unwrap())
            .await;
        assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
        assert_ne!(other.header("x-request-id"), Some("mine"), "it is the node's to give");
        assert_eq!(one.header("cache-control"), Some("no-store"));
        assert_eq!(one.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(one.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'none'"));

        assert_eq!(house.get("/v1/nowhere").await.error(), (404, ErrorCode::NoSuchRoute));
        let wrong = house.ask(Request::delete("/v1/node").body(Body::empty()).unwrap()).await;
        assert_eq!(wrong.error(), (405, ErrorCode::NoSuchRoute));
        assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
    })
    .await;
}

#[tokio::test]
async fn the_documentation_page_is_served_without_any_other_host() {
    each(async |database| {
        let house = House::build(database).await;
        let page = house.get("/docs/").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("swagger-ui"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'") && !policy.contains("script-src"), "{policy}");
        let document: Value = house.get("/openapi.json").await.json();
        assert_eq!(document, serde_json::to_value(idos_storage::openapi()).unwrap());
    })
    .await;
}

/// What clients are written against: a change here is a change of the API.
#[test]
fn the_api_is_as_it_was() {
    let mut document = serde_json::to_value(idos_storage::openapi()).unwrap();
    document["info"]["version"] = "-".into();
    insta::assert_json_snapshot!("openapi", document);
}

/// No route may say "or some error": each states its statuses, and with each status its codes.
#[test]
fn every_route_states_what_it_can_refuse_with() {
    let document = serde_json::to_value(idos_storage::openapi()).unwrap();
    let mut undocumented = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // What its 503 says is which part is not ready.
        for (method, operation) in methods.as_object().unwrap().iter().filter(|_| path != "/ready") {
            if !states_its_refusals(operation) {
                undocumented.push(format!("{method} {path}"));
            }
        }
    }
    assert!(undocumented.is_empty(), "give these a row of storage/src/http/refusals.rs: {undocumented:?}");
}

fn states_its_refusals(operation: &Value) -> bool {
    let responses = operation["responses"].as_object().unwrap();
    let refusals = || responses.iter().filter(|(status, _)| status.starts_with(['4', '5']));
    let codes = |response: &Value| {
        let schema = &response["content"]["application/json"]["schema"];
        schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"].is_array()
    };
    let has = |status: &str| responses.contains_key(status);
    !has("default")
        && has("500")
        && has("503")
        && (operation.get("security").is_none() || has("401"))
        && (operation.get("requestBody").is_none() || (has("413") && has("415")))
        && refusals().all(|(_, response)| codes(response))
}

#[tokio::test]
async fn a_body_of_another_content_type_is_refused() {
    each(async |database| {
        let house = House::build(database).await;
        let person = Person::new(&house, 1).await;
        let content = random_box(500);
        let upload = format!("/v1/uploads/{}", hex::encode(Sha256::digest(&content)));
        let statement = serde_json::to_vec(&person.key_statement(&house, 2)).unwrap();
        let typed = |method: Method, path: &str, body: &[u8], types: &[&'static str]| {
            let mut request = person.signed(&house, method, path, body.to_vec());
            for media_type in types {
                request.headers_mut().append("content-type", HeaderValue::from_static(media_type));
            }
            house.ask(request)
        };
        let refused = (415, ErrorCode::UnsupportedMediaType);
        let statements = "/v1/profile/key-statement";
        for types in
            [&["text/plain"][..], &["application/jsonp"], &[""], &["application/json", "application/json"]]
        {
            assert_eq!(typed(Method::PUT, statements, &statement, types).await.error(), refused, "{types:?}");
            let mut unsigned = Request::post("/v1/sessions").body(Body::from("{}")).unwrap();
            for media_type in types {
                unsigned.headers_mut().append("content-type", HeaderValue::from_static(media_type));
            }
            assert_eq!(house.ask(unsigned).await.error(), refused, "{types:?}");
        }
        assert_eq!(typed(Method::PUT, &upload, &content, &["application/json"]).await.error(), refused);
        assert_eq!(typed(Method::PUT, &upload, &content, &["application/octet-stream"]).await.status, 201);
        let json = ["application/json; charset=utf-8"];
        assert_eq!(typed(Method::PUT, statements, &statement, &json).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_overloaded_node_refuses_at_once_but_says_that_it_is_alive() {
    each(async |database| {
        let house = House::build_with(database, |config| config.requests_in_flight_max = 0).await;
        assert_eq!(house.get("/v1/node").await.error(), (503, ErrorCode::LimitReached));
        assert_eq!(house.get("/health").await.status, 200);
    })
    .await;
}
