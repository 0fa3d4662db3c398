//! What an issuer stored for others, and how its own grants stand.

use axum::{Json, extract::State};
use futures::future::try_join_all;
use idos_api::{
    credentials::{Issuance, IssuancePage},
    grants::GrantState,
};
use idos_grants::DataId;

use super::{
    grants::state_of,
    paging::{PageParams, Param, Params, split},
    refusals,
};
use crate::{
    auth::Reader,
    db::{Place, StoredIssuance, table},
    error::ServiceError,
    mirrored::Mirrored,
    vault::Inner,
};

/// What the caller stored for others with their consent, newest first.
#[utoipa::path(
    get, path = "/v1/issuances", tag = "credentials", security(("session" = [])), params(PageParams),
    responses((status = 200, body = IssuancePage), refusals::OwnList)
)]
pub(super) async fn list(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<IssuancePage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let after = page.cursor::<Place>()?;
    let rows = table::issuances::of_issuer(&mut *vault.db.reader().await?, profile, after, limit + 1).await?;
    let (rows, more) = split(rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| last.place().to_string());
    let issuances = try_join_all(rows.iter().map(|row| shown(&vault, row))).await?;
    Ok(Json(IssuancePage { issuances, next_cursor }))
}

/// One of them.
#[utoipa::path(
    get, path = "/v1/issuances/{data_id}", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, pattern = "^0x[0-9a-f]{64}$", description = "The original")),
    responses((status = 200, body = Issuance), refusals::OwnOne)
)]
pub(super) async fn get(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Param(data_id): Param<DataId>,
) -> Result<Json<Issuance>, ServiceError> {
    let profile = caller.profile()?;
    let found = table::issuances::own(&mut *vault.db.reader().await?, profile, data_id).await?;
    let row = found.ok_or(ServiceError::NotFound)?;
    Ok(Json(shown(&vault, &row).await?))
}

async fn shown(vault: &Inner, row: &StoredIssuance) -> Result<Issuance, ServiceError> {
    let grant = row.grant.as_ref();
    let state = grant_state(vault.gate.mirrored(), row).await?;
    let left = table::credentials::notes_of(&mut *vault.db.reader().await?, row.data_id).await?;
    let (public_notes, notes_signature) =
        left.map(|credential| (credential.public_notes, credential.notes_signature)).unzip();
    Ok(Issuance {
        data_id: row.data_id,
        copy_data_id: row.copy,
        contract: grant.map(|grant| grant.contract),
        owner: grant.map(|grant| grant.owner),
        grantee: grant.map(|grant| grant.grantee),
        locked_until: grant.map_or(0, |grant| grant.locked_until),
        grant: state,
        public_notes,
        notes_signature,
        created_at: row.created_at,
    })
}

/// How the issuer's own grant stands; `None` if it was never seen.
async fn grant_state(mirrored: &Mirrored, row: &StoredIssuance) -> Result<Option<GrantState>, ServiceError> {
    let (Some(copy), Some(terms)) = (row.copy, &row.grant) else { return Ok(None) };
    let (owner, grantee) = (terms.owner.address(), terms.grantee.address());
    let found = mirrored.access(&copy, &[owner], &[grantee]).await?;
    let states = found.iter().filter(|grant| grant.contract.account == terms.contract).map(state_of);
    // One that stands comes before one that was revoked earlier.
    Ok(states.min_by_key(|state| match state {
        GrantState::Final => 0,
        GrantState::Pending => 1,
        GrantState::Revoked => 2,
    }))
}
