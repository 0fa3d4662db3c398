//! What each route can refuse with: the one table of it, which the OpenAPI document states route by route. The tests hold every answer that they see
//! to what is stated here.

use idos_api::ErrorCode::*;
use idos_service::Refusals;

/// Of every route.
const SERVED: Refusals = &[(503, LimitReached), (500, Internal)];
/// Of every signed request.
const SIGNED: Refusals = &[
    (400, Malformed),
    (403, Expired),
    (403, SignatureInvalid),
    (403, WrongNodeSet),
    (409, NonceInvalid),
    (413, TooLarge),
    (415, UnsupportedMediaType),
    (422, UnknownChain),
    (429, LimitReached),
    (503, ChainUnavailable),
    (507, StorageFull),
];
/// Of what is asked of a share that is there, and whose wallet may ask.
const ASKED: Refusals = &[(404, NotFound)];
/// Of what brings a share.
const BROUGHT: Refusals = &[(422, ShareInvalid)];

idos_service::refusals! {
    every route: SERVED;
    /// `GET /health`, `GET /metrics`, `GET /v1/node`
    Node: &[];
    /// `POST /v1/shares`
    Store: SIGNED, ASKED, BROUGHT, &[(409, Exists)];
    /// `POST /v1/shares/release`, `POST /v1/shares/delete`, `POST /v1/wallets/add`, `POST /v1/audit`
    Ask: SIGNED, ASKED;
    /// `POST /v1/wallets/remove`
    RemoveWallet: SIGNED, ASKED, &[(409, LastWallet)];
    /// `POST /v1/shares/refresh/prepare`
    Prepare: SIGNED, ASKED, BROUGHT, &[(409, RefreshNotPrepared), (409, RefreshUnderWay)];
    /// `POST /v1/shares/refresh/commit`
    Commit: SIGNED, ASKED, &[(409, RefreshNotPrepared)];
}
