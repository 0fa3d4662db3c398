//! Every route.

use std::sync::Arc;

use axum::Router;
use idos_service::{Envelope, EnvelopeSettings, no_such_method, no_such_route, rates::AddressRates};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use super::{
    audit, credentials, grants, issuances, node, openapi_document::openapi, operations, own_grants, profiles,
    relay, sessions, status_lists, uploads, usage,
};
use super::{contents, deletions, profile_consents};
use super::{events, requests, rescissions};
use crate::{config::VaultConfig, vault::Inner};

/// Routes whose bodies are content.
const CONTENT_ROUTES: [&str; 2] = ["/v1/uploads/{sha256}", "/v1/credentials/{data_id}/content"];

/// Routes without a session that cost something.
const PUBLIC_ROUTES: [&str; 4] = [
    "/v1/sign-in/challenges",
    "/v1/sessions",
    "/v1/statuses",
    "/v1/status-lists/{contract}/{issuer}/{list}/{purpose}",
];

/// The API. Each route's method and path stand in the attribute of its handler.
pub(crate) fn api() -> OpenApiRouter<Inner> {
    OpenApiRouter::new()
        .routes(routes!(operations::health))
        .routes(routes!(operations::ready))
        .routes(routes!(operations::metrics))
        .routes(routes!(node::node))
        .routes(routes!(sessions::challenge))
        .routes(routes!(sessions::open))
        .routes(routes!(sessions::close))
        .routes(routes!(sessions::read_key))
        .routes(routes!(profiles::get, profiles::create, deletions::profile))
        .routes(routes!(profiles::state_key))
        .routes(routes!(profiles::key_statements))
        .routes(routes!(profiles::state_signing_key))
        .routes(routes!(profiles::link_wallet))
        .routes(routes!(profiles::unlink_wallet))
        .routes(routes!(profiles::key_statement))
        .routes(routes!(profile_consents::create))
        .routes(routes!(deletions::receipts))
        .routes(routes!(uploads::put))
        .routes(routes!(credentials::list, credentials::create))
        .routes(routes!(credentials::get, credentials::delete))
        .routes(routes!(credentials::content, contents::reseal))
        .routes(routes!(credentials::share))
        .routes(routes!(credentials::renew_notes))
        .routes(routes!(issuances::list))
        .routes(routes!(issuances::get))
        .routes(routes!(grants::grants))
        .routes(routes!(own_grants::received))
        .routes(routes!(own_grants::given))
        .routes(routes!(rescissions::rescind))
        .routes(routes!(events::events))
        .routes(routes!(requests::list, requests::publish))
        .routes(routes!(requests::published))
        .routes(routes!(requests::get, requests::withdraw))
        .routes(routes!(requests::answers))
        .routes(routes!(requests::accept))
        .routes(routes!(requests::decline))
        .routes(routes!(grants::status))
        .routes(routes!(status_lists::get))
        .routes(routes!(audit::audit))
        .routes(routes!(usage::usage))
        .routes(routes!(relay::submit))
        .routes(routes!(relay::submission))
}

/// The API with its documentation and layers.
pub(crate) fn router(vault: Inner) -> Router {
    let (api, _) = api().split_for_parts();
    let envelope = Envelope::new(envelope_settings(&vault.config));
    let docs = SwaggerUi::new("/docs").url("/openapi.json", openapi());
    api.with_state(vault)
        .merge(docs)
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(envelope)
}

fn envelope_settings(config: &VaultConfig) -> EnvelopeSettings {
    EnvelopeSettings {
        requests_in_flight_max: config.requests_in_flight_max,
        request_timeout: config.request_timeout,
        content_routes: &CONTENT_ROUTES,
        content_timeout: config.content_timeout,
        rates: Some(Arc::new(AddressRates::new(&config.rates))),
        public_routes: &PUBLIC_ROUTES,
    }
}
