//! Who read the caller's data.

use axum::{Json, extract::State};
use idos_api::audit::AuditPage;

use super::{
    paging::{PageParams, Params, split},
    refusals,
};
use crate::{
    auth::Reader,
    db::{AuditCursor, table},
    error::ServiceError,
    vault::Inner,
};

/// Reads of the caller's data by others, newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", security(("session" = [])), params(PageParams),
    responses((status = 200, body = AuditPage), refusals::OwnList)
)]
pub(super) async fn audit(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<AuditPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let before = page.cursor::<AuditCursor>()?;
    let rows = table::audit::of_owner(&mut *vault.db.reader().await?, profile, before, limit + 1).await?;
    let (rows, more) = split(rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|(cursor, _)| cursor.to_string());
    Ok(Json(AuditPage { reads: rows.into_iter().map(|(_, read)| read).collect(), next_cursor }))
}
