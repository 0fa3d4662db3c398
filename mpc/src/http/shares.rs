//! Shares.

use axum::{Json, extract::State, http::StatusCode};
use idos_api::{
    key_shares::{Holding, NewRefresh, NewShare, ReleasedShares, ShareDeleted},
    messages::SignedShareRequestFields,
};
use idos_wallets::SignedShareRequest;

use super::{body::Body, refusals};
use crate::{error::ServiceError, node::Inner};

/// Keeps a share of a new key. The wallet that signed may ask for it from then on. The same share again changes nothing.
#[utoipa::path(
    post, path = "/v1/shares", tag = "shares", request_body = NewShare,
    responses((status = 201, body = Holding), refusals::Store)
)]
pub(super) async fn store(
    State(node): State<Inner>,
    Body(new): Body<NewShare>,
) -> Result<(StatusCode, Json<Holding>), ServiceError> {
    Ok((StatusCode::CREATED, Json(node.store(new).await?)))
}

/// Gives the share out, sealed to the reply key of the request; while a refresh is under way, the one to come, too.
#[utoipa::path(
    post, path = "/v1/shares/release", tag = "shares", request_body = SignedShareRequestFields,
    responses((status = 200, body = ReleasedShares), refusals::Ask)
)]
pub(super) async fn release(
    State(node): State<Inner>,
    Body(signed): Body<SignedShareRequest>,
) -> Result<Json<ReleasedShares>, ServiceError> {
    Ok(Json(node.release(signed).await?))
}

/// First step of a refresh: the share of the next epoch is made ready beside the present one. Asked again, it changes nothing.
#[utoipa::path(
    post, path = "/v1/shares/refresh/prepare", tag = "shares", request_body = NewRefresh,
    responses((status = 200, body = Holding), refusals::Prepare)
)]
pub(super) async fn prepare_refresh(
    State(node): State<Inner>,
    Body(new): Body<NewRefresh>,
) -> Result<Json<Holding>, ServiceError> {
    Ok(Json(node.prepare_refresh(new).await?))
}

/// Second step of a refresh, once every node is ready: the old share is wiped. Asked again, it changes nothing.
#[utoipa::path(
    post, path = "/v1/shares/refresh/commit", tag = "shares", request_body = SignedShareRequestFields,
    responses((status = 200, body = Holding), refusals::Commit)
)]
pub(super) async fn commit_refresh(
    State(node): State<Inner>,
    Body(signed): Body<SignedShareRequest>,
) -> Result<Json<Holding>, ServiceError> {
    Ok(Json(node.commit_refresh(signed).await?))
}

/// Wipes the share, the list of wallets and the audit log.
#[utoipa::path(
    post, path = "/v1/shares/delete", tag = "shares", request_body = SignedShareRequestFields,
    responses((status = 200, body = ShareDeleted), refusals::Ask)
)]
pub(super) async fn delete(
    State(node): State<Inner>,
    Body(signed): Body<SignedShareRequest>,
) -> Result<Json<ShareDeleted>, ServiceError> {
    Ok(Json(node.delete(signed).await?))
}
