//! Who may ask, and who did.

use axum::{Json, extract::State};
use idos_api::{
    key_shares::{Holding, KeyShareAudit},
    messages::SignedShareRequestFields,
};
use idos_wallets::SignedShareRequest;

use super::{body::Body, refusals};
use crate::{error::ServiceError, node::Inner};

/// Lets one more wallet ask. Asked again, it changes nothing.
#[utoipa::path(
    post, path = "/v1/wallets/add", tag = "wallets", request_body = SignedShareRequestFields,
    responses((status = 200, body = Holding), refusals::Ask)
)]
pub(super) async fn add(
    State(node): State<Inner>,
    Body(signed): Body<SignedShareRequest>,
) -> Result<Json<Holding>, ServiceError> {
    Ok(Json(node.add_wallet(signed).await?))
}

/// Lets a wallet ask no more; the last one stays. Asked again, it changes nothing.
#[utoipa::path(
    post, path = "/v1/wallets/remove", tag = "wallets", request_body = SignedShareRequestFields,
    responses((status = 200, body = Holding), refusals::RemoveWallet)
)]
pub(super) async fn remove(
    State(node): State<Inner>,
    Body(signed): Body<SignedShareRequest>,
) -> Result<Json<Holding>, ServiceError> {
    Ok(Json(node.remove_wallet(signed).await?))
}

/// What was asked of the share and done, and how often somebody asked in vain.
#[utoipa::path(
    post, path = "/v1/audit", tag = "wallets", request_body = SignedShareRequestFields,
    responses((status = 200, body = KeyShareAudit), refusals::Ask)
)]
pub(super) async fn audit(
    State(node): State<Inner>,
    Body(signed): Body<SignedShareRequest>,
) -> Result<Json<KeyShareAudit>, ServiceError> {
    Ok(Json(node.audit(signed).await?))
}
