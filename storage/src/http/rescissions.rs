//! Giving up a copy.

use axum::{Json, extract::State};
use idos_api::grants::Rescinded;
use idos_grants::DataId;

use super::{paging::Param, refusals};
use crate::{auth::SignedBody, error::ServiceError, vault::Inner};

/// Gives up a copy that was granted to the caller, locked or not: from then on the caller does not read it, whatever is granted, and its owner
/// sees so. It is deleted if nobody else has a grant on it that stands. The owner's original stays.
#[utoipa::path(
    post, path = "/v1/credentials/{data_id}/rescind", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path)), responses((status = 200, body = Rescinded), refusals::Rescind)
)]
pub(super) async fn rescind(
    State(vault): State<Inner>,
    Param(data_id): Param<DataId>,
    request: SignedBody,
) -> Result<Json<Rescinded>, ServiceError> {
    let now = vault.now();
    let (caller, signer) = (request.caller, request.signer);
    let rescinded = vault.rescissions.rescind(&caller, signer, data_id, &vault.deletion, now);
    Ok(Json(rescinded.await?))
}
