//! The deletion of a profile, and what is left of what was deleted.

use axum::{Json, extract::State};
use idos_api::{
    credentials::{KeptReceipt, ReceiptPage},
    profiles::ProfileDeletionReceipt,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    paging::{PageParams, Params, split},
    refusals,
};
use crate::{
    auth::{Reader, SignedBody},
    db::{Place, Receipt, table},
    error::ServiceError,
    vault::Inner,
};

/// Which profile. It is named so that a late repetition never deletes one that the wallet has made since.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ProfileParams {
    /// The caller's profile.
    profile_id: Uuid,
}

/// Deletes the caller's profile with everything in it, unless something in it is under a timelock. Its sessions end, but for the one that asked:
/// until it ends, that one gets the same receipt again. Its wallets may make new profiles.
#[utoipa::path(
    delete, path = "/v1/profile", tag = "profiles", security(("session" = [])), params(ProfileParams),
    responses((status = 200, body = ProfileDeletionReceipt), refusals::DeleteProfile)
)]
pub(super) async fn profile(
    State(vault): State<Inner>,
    Params(ProfileParams { profile_id }): Params<ProfileParams>,
    request: SignedBody,
) -> Result<Json<ProfileDeletionReceipt>, ServiceError> {
    let now = vault.now();
    Ok(Json(vault.deletion.delete_profile(&request.caller, request.signer, profile_id, now).await?))
}

/// What was deleted of the caller's, and why, oldest first: also the copies that were purged because their grants were revoked.
#[utoipa::path(
    get, path = "/v1/receipts", tag = "credentials", security(("session" = [])), params(PageParams),
    responses((status = 200, body = ReceiptPage), refusals::OwnList)
)]
pub(super) async fn receipts(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<ReceiptPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let after = page.cursor::<Place>()?;
    let rows = table::receipts::of_profile(&mut *vault.db.reader().await?, profile, after, limit + 1).await?;
    let (rows, more) = split(rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| last.place().to_string());
    let kept = |row: &Receipt| Ok(KeptReceipt { reason: row.reason, receipt: vault.identity.sign(row)? });
    let receipts = rows.iter().map(kept).collect::<Result<_, ServiceError>>()?;
    Ok(Json(ReceiptPage { receipts, next_cursor }))
}
