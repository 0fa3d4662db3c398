//! Every route.

use axum::{Router, middleware};
use idos_service::{Envelope, EnvelopeSettings, no_such_method, no_such_route};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use super::{address, node, openapi_document::openapi, operations, shares, wallets};
use crate::node::Inner;

/// What brings a new key.
fn stored() -> OpenApiRouter<Inner> {
    OpenApiRouter::new().routes(routes!(shares::store))
}

/// What is asked of a key that is there.
fn asked() -> OpenApiRouter<Inner> {
    OpenApiRouter::new()
        .routes(routes!(shares::release))
        .routes(routes!(shares::prepare_refresh))
        .routes(routes!(shares::commit_refresh))
        .routes(routes!(shares::delete))
        .routes(routes!(wallets::add))
        .routes(routes!(wallets::remove))
        .routes(routes!(wallets::audit))
}

fn open() -> OpenApiRouter<Inner> {
    OpenApiRouter::new()
        .routes(routes!(operations::health))
        .routes(routes!(operations::ready))
        .routes(routes!(operations::metrics))
        .routes(routes!(node::node))
}

/// The API. Each route's method and path stand in the attribute of its handler.
pub(crate) fn api() -> OpenApiRouter<Inner> {
    open().merge(stored()).merge(asked())
}

/// The API with its documentation and layers.
pub(crate) fn router(node: Inner) -> Router {
    let (open, _) = open().split_for_parts();
    let (asked, _) = asked().split_for_parts();
    let (stored, _) = stored().split_for_parts();
    let stored = stored.layer(middleware::from_fn_with_state(node.clone(), address::limit_stores));
    let signed = stored.merge(asked).layer(middleware::from_fn_with_state(node.clone(), address::limit));
    let docs = SwaggerUi::new("/docs").url("/openapi.json", openapi());
    let envelope = Envelope::new(EnvelopeSettings {
        requests_in_flight_max: node.config.requests_in_flight_max,
        request_timeout: node.config.request_timeout,
        content_routes: &[],
        content_timeout: node.config.request_timeout,
        rates: None,
        public_routes: &[],
    });
    open.merge(signed)
        .with_state(node)
        .merge(docs)
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(envelope)
}
