//! Content that takes the place of other content.

use axum::{Json, extract::State};
use idos_api::credentials::{Credential, NewContent};
use idos_grants::DataId;

use super::{credentials::shown, paging::Param, refusals, uploads::digest};
use crate::{auth::SignedBody, commands::ResealCredential, error::ServiceError, vault::Inner};

/// Puts content that was sealed anew in the place of an original's, as after a change of the profile's encryption key. What was there is
/// deleted, so that a timelock on the original forbids it.
#[utoipa::path(
    put, path = "/v1/credentials/{data_id}/content", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, description = "The original")), request_body = NewContent,
    responses((status = 200, body = Credential), refusals::Reseal)
)]
pub(super) async fn reseal(
    State(vault): State<Inner>,
    Param(data_id): Param<DataId>,
    request: SignedBody,
) -> Result<Json<Credential>, ServiceError> {
    let NewContent { replaces, content_sha256, sender_key, recipient_key } = request.json()?;
    digest(&replaces)?;
    digest(&content_sha256)?;
    let wallets = Vec::new();
    let command = ResealCredential { data_id, replaces, content_sha256, sender_key, recipient_key, wallets };
    let stored = vault.deletion.reseal(&request.caller, request.signer, command, vault.now()).await?;
    Ok(Json(shown(&stored, true)))
}
