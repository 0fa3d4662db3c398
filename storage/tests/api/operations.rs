//! What operators and developers ask: health, readiness, metrics, documentation.

use axum::{body::Body, http::Request};
use idos_api::{
    ErrorCode,
    node::{MirrorState, NodeInfo},
};
use idos_testdb::each;
use serde_json::{Value, json};

use crate::support::{DOMAIN, House, Issuer, Person, grants_contract, status_contract};

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

#[tokio::test]
async fn an_overloaded_node_refuses_at_once_but_says_that_it_is_alive() {
    each(async |database| {
        let house = House::build_with(database, |config| config.requests_in_flight_max = 0).await;
        assert_eq!(house.get("/v1/node").await.error(), (503, ErrorCode::LimitReached));
        assert_eq!(house.get("/health").await.status, 200);
    })
    .await;
}
