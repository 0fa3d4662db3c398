//! What each route can refuse with: the one table of it, which the OpenAPI document states route by route.

use idos_api::ErrorCode::*;
use idos_service::Refusals;

/// Of every route.
const SERVED: Refusals = &[(503, LimitReached), (500, Internal)];
/// Of every route for apps: the database is asked.
const APP: Refusals = &[(400, Malformed), (401, Unauthenticated), (429, LimitReached), (507, StorageFull)];
/// Of a route that takes JSON.
const JSON: Refusals = &[(413, TooLarge), (415, UnsupportedMediaType)];

idos_service::refusals! {
    every route: SERVED;
    /// `GET /health`, `GET /metrics`
    Operations: &[];
    /// `POST /v1/relay`
    Submit: APP, JSON, &[
        (403, Expired), (404, RelayUnavailable), (422, UnknownContract), (422, CallRefused), (422, CallNotRelayed),
        (503, ChainUnavailable), (503, RelayUnfunded), (503, FeeTooHigh),
    ];
    /// `GET /v1/relay/{digest}`
    Told: APP, &[(404, NotFound)];
}
