//! The grants that the caller's wallets were given, or gave, on all mirrored chains.

use axum::{Json, extract::State};
use idos_api::grants::{OwnGrant, OwnGrantPage};
use idos_grants::Account;
use idos_mirror::{Cursor, MirroredGrant, NewestFilter, Side};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    grants::shown,
    paging::{Params, rows},
    refusals,
};
use crate::{auth::Reader, db::table, error::ServiceError, gate::addresses, vault::Inner};

/// Which grants that were received.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReceivedParams {
    /// By this account only (CAIP-10).
    #[param(value_type = Option<String>)]
    owner: Option<Account>,
    /// Created in this Unix second or later.
    since: Option<u64>,
    /// Created in this Unix second or earlier.
    until: Option<u64>,
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows, at most 100; 50 unless stated.
    limit: Option<u32>,
}

/// Which grants that were given.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GivenParams {
    /// To this account only (CAIP-10).
    #[param(value_type = Option<String>)]
    grantee: Option<Account>,
    /// Created in this Unix second or later.
    since: Option<u64>,
    /// Created in this Unix second or earlier.
    until: Option<u64>,
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows, at most 100; 50 unless stated.
    limit: Option<u32>,
}

/// Grants to the caller's wallets, newest first. A page may hold fewer rows than asked for, or none, and yet have a next one.
#[utoipa::path(
    get, path = "/v1/grants/received", tag = "chain", security(("session" = [])), params(ReceivedParams),
    responses((status = 200, body = OwnGrantPage), refusals::OwnList)
)]
pub(super) async fn received(
    State(vault): State<Inner>,
    reader: Reader,
    Params(params): Params<ReceivedParams>,
) -> Result<Json<OwnGrantPage>, ServiceError> {
    let ReceivedParams { owner: other, since, until, cursor, limit } = params;
    list(&vault, reader, Which { side: Side::Grantee, other, since, until, cursor, limit }).await
}

/// Grants by the caller's wallets, newest first. A page may hold fewer rows than asked for, or none, and yet have a next one.
#[utoipa::path(
    get, path = "/v1/grants/given", tag = "chain", security(("session" = [])), params(GivenParams),
    responses((status = 200, body = OwnGrantPage), refusals::OwnList)
)]
pub(super) async fn given(
    State(vault): State<Inner>,
    reader: Reader,
    Params(params): Params<GivenParams>,
) -> Result<Json<OwnGrantPage>, ServiceError> {
    let GivenParams { grantee: other, since, until, cursor, limit } = params;
    list(&vault, reader, Which { side: Side::Owner, other, since, until, cursor, limit }).await
}

struct Which {
    side: Side,
    other: Option<Account>,
    since: Option<u64>,
    until: Option<u64>,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn list(
    vault: &Inner,
    Reader(caller): Reader,
    which: Which,
) -> Result<Json<OwnGrantPage>, ServiceError> {
    let Which { side, other, since, until, cursor, limit } = which;
    let profile = caller.profile()?;
    let wallets = vault.memory.wallets_of(profile).await?;
    let cursor = cursor.as_deref().map(str::parse::<Cursor>).transpose();
    let cursor = cursor.map_err(|error| ServiceError::Malformed(error.to_string().into()))?;
    let filter = NewestFilter {
        side,
        accounts: &addresses(&wallets),
        other: other.map(|account| account.address()),
        since,
        until,
    };
    let page = vault.gate.mirrored().reader().newest(&filter, cursor.as_ref(), rows(limit)?).await?;
    let mut grants = Vec::with_capacity(page.items.len());
    for grant in &page.items {
        let (own, others) = sides(grant, side);
        // The mirror looks for an address on all chains.
        if other.is_none_or(|other| other == others) && wallets.iter().any(|wallet| wallet.controls(&own)) {
            grants.push(own_grant(vault, profile, side, grant).await?);
        }
    }
    Ok(Json(OwnGrantPage { grants, next_cursor: page.next.map(|cursor| cursor.to_string()) }))
}

/// The account on that side of a grant, and the one on the other.
fn sides(grant: &MirroredGrant, side: Side) -> (Account, Account) {
    match side {
        Side::Owner => (grant.owner, grant.grantee),
        Side::Grantee => (grant.grantee, grant.owner),
    }
}

/// Anyone may record a grant over any data id: that it is stored is said only where the one who granted owns it.
async fn own_grant(
    vault: &Inner,
    caller: Uuid,
    side: Side,
    grant: &MirroredGrant,
) -> Result<OwnGrant, ServiceError> {
    let stored = match vault.memory.credential(grant.data_id).await? {
        Some(credential) => controls(vault, credential.profile_id, &grant.owner).await?,
        None => false,
    };
    Ok(OwnGrant {
        grant: shown(grant),
        stored,
        rescinded_at: rescinded_at(vault, caller, side, grant).await?,
    })
}

async fn rescinded_at(
    vault: &Inner,
    caller: Uuid,
    side: Side,
    grant: &MirroredGrant,
) -> Result<Option<u64>, ServiceError> {
    let mut db = vault.db.reader().await?;
    let found = match side {
        Side::Grantee => table::rescissions::get(&mut db, grant.data_id, caller).await?.into_iter().collect(),
        Side::Owner => table::rescissions::of_owner(&mut db, grant.data_id, caller).await?,
    };
    drop(db);
    for rescission in found {
        let (owner, grantee) = (rescission.owner_profile_id, rescission.profile_id);
        if controls(vault, owner, &grant.owner).await? && controls(vault, grantee, &grant.grantee).await? {
            return Ok(Some(rescission.rescinded_at));
        }
    }
    Ok(None)
}

async fn controls(vault: &Inner, profile: Uuid, account: &Account) -> Result<bool, ServiceError> {
    Ok(vault.memory.wallets_of(profile).await?.iter().any(|wallet| wallet.controls(account)))
}
