//! What the chain says, as mirrored: public, and so the same for everybody.

use axum::{Json, extract::State};
use idos_api::grants::{Grant, GrantPage, GrantState, StatusAnswer};
use idos_grants::{Account, DataId};
use idos_mirror::{Cursor, GrantFilter, MirroredGrant};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    paging::{Params, rows},
    refusals,
};
use crate::{auth::Reader, error::ServiceError, vault::Inner};

/// Which grants: at least one of the first three.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GrantParams {
    /// By this account (CAIP-10).
    #[param(value_type = Option<String>)]
    owner: Option<Account>,
    /// To this account (CAIP-10).
    #[param(value_type = Option<String>)]
    grantee: Option<Account>,
    /// On this data id.
    #[param(value_type = Option<String>, pattern = "^0x[0-9a-f]{64}$")]
    data_id: Option<DataId>,
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows, at most 100; 50 unless stated.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Mirrored grants. A page may hold fewer rows than asked for, or none, and yet have a next one.
#[utoipa::path(
    get, path = "/v1/grants", tag = "chain", security(("session" = [])), params(GrantParams),
    responses((status = 200, body = GrantPage), refusals::Grants)
)]
pub(super) async fn grants(
    State(vault): State<Inner>,
    _reader: Reader,
    Params(params): Params<GrantParams>,
) -> Result<Json<GrantPage>, ServiceError> {
    let filter = GrantFilter {
        owner: params.owner.map(|account| account.address()),
        grantee: params.grantee.map(|account| account.address()),
        data_id: params.data_id,
    };
    if filter.is_empty() {
        return Err(ServiceError::malformed("give an owner, a grantee or a data_id"));
    }
    let cursor = params.cursor.as_deref().map(str::parse::<Cursor>).transpose();
    let cursor = cursor.map_err(|error| ServiceError::Malformed(error.to_string().into()))?;
    let page = vault.gate.mirrored().reader().grants(&filter, cursor.as_ref(), rows(params.limit)?).await?;
    // The mirror looks for an address on all chains.
    let on_chain = |grant: &&MirroredGrant| {
        params.owner.is_none_or(|owner| owner == grant.owner)
            && params.grantee.is_none_or(|grantee| grantee == grant.grantee)
    };
    let grants = page.items.iter().filter(on_chain).map(shown).collect();
    Ok(Json(GrantPage { grants, next_cursor: page.next.map(|cursor| cursor.to_string()) }))
}

/// A grant as the API shows it.
pub(super) fn shown(grant: &MirroredGrant) -> Grant {
    Grant {
        contract: grant.contract.account,
        owner: grant.owner,
        grantee: grant.grantee,
        data_id: grant.data_id,
        state: state_of(grant),
        created_at: grant.created_at,
        locked_until: grant.locked_until,
    }
}

/// How a grant stands.
pub(super) fn state_of(grant: &MirroredGrant) -> GrantState {
    match grant.state {
        idos_mirror::GrantState::Revoked { .. } => GrantState::Revoked,
        idos_mirror::GrantState::Standing if grant.is_final() => GrantState::Final,
        idos_mirror::GrantState::Standing => GrantState::Pending,
    }
}

/// Which status.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StatusParams {
    /// The credential-status contract (CAIP-10).
    #[param(value_type = String)]
    contract: Account,
    /// The issuer's account on that chain (CAIP-10).
    #[param(value_type = String)]
    issuer: Account,
    /// Which of the issuer's lists.
    list: u32,
    /// The position, below 131072.
    #[param(maximum = 131_071)]
    index: u32,
}

/// What an issuer says of a credential, and as of which block.
#[utoipa::path(
    get, path = "/v1/statuses", tag = "chain", params(StatusParams),
    responses((status = 200, body = StatusAnswer), refusals::Status)
)]
pub(super) async fn status(
    State(vault): State<Inner>,
    Params(params): Params<StatusParams>,
) -> Result<Json<StatusAnswer>, ServiceError> {
    if params.index >= idos_grants::status::LIST_SIZE {
        return Err(ServiceError::malformed("a status list has 131072 positions"));
    }
    if params.issuer.chain() != params.contract.chain() {
        return Err(ServiceError::malformed("issuer and contract must be on one chain"));
    }
    let mirrored = vault.gate.mirrored();
    let (issuer, list, index) = (params.issuer.address(), params.list, params.index);
    let found = mirrored.reader().status_of(&params.contract, &issuer, list, index).await?;
    let found = found.ok_or(ServiceError::UnknownContract)?;
    if found.contract.broken.is_some() {
        return Err(ServiceError::MirrorInconsistent);
    }
    let seen = found.contract.seen.as_ref();
    match seen {
        Some(seen) if found.contract.is_fresh(vault.now(), mirrored.stale_after_secs()) => {
            Ok(Json(StatusAnswer { status: found.status, seen_block: seen.number, seen_at: seen.time }))
        }
        _ => Err(ServiceError::MirrorStale),
    }
}
