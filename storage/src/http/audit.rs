//! Who read the caller's data.

use axum::{Json, extract::State};
use idos_api::audit::{AuditPage, LogHash, LogHead, Read};
use uuid::Uuid;

use super::{
    paging::{PageParams, Params, split},
    refusals,
};
use crate::{
    auth::Reader,
    db::{ChainEnd, LogCursor, table},
    error::ServiceError,
    vault::Inner,
};

/// Reads of the caller's data by others, newest first, chained by hashes, with the log's head signed by the node.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", security(("session" = [])), params(PageParams),
    responses((status = 200, body = AuditPage), refusals::OwnList)
)]
pub(super) async fn audit(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<AuditPage>, ServiceError> {
    let (profile_id, limit) = (caller.profile()?, page.rows()?);
    let before = page.cursor::<LogCursor>()?;
    let (end, rows) = log_of(&vault, profile_id, before, limit + 1).await?;
    let (reads, more) = split(rows, limit);
    let next_cursor = reads.last().filter(|_| more).map(|read| read.number.to_string());
    let head = LogHead { profile_id, reads: end.reads, hash: end.hash, at: vault.now() };
    Ok(Json(AuditPage { reads, head: vault.identity.sign_log_head(head), next_cursor }))
}

/// Rows are only ever added, so what was read up to the end that was seen first is of one piece.
async fn log_of(
    vault: &Inner,
    profile: Uuid,
    before: Option<LogCursor>,
    limit: u32,
) -> Result<(ChainEnd, Vec<Read>), ServiceError> {
    let mut db = vault.db.reader().await?;
    let Some(chain) = table::audit::chain_of(&mut db, profile).await? else {
        return Ok((ChainEnd { reads: 0, hash: LogHash::EMPTY }, Vec::new()));
    };
    let end = table::audit::end_of(&mut db, chain).await?;
    let rows = table::audit::of_chain(&mut db, chain, end, before, limit).await?;
    Ok((end, rows))
}
