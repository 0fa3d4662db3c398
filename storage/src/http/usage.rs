//! What the caller used.

use axum::{Json, extract::State};
use idos_api::usage::{DAY_SECS, MAX_USAGE_DAYS, UsageReport, day_of};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{paging::Params, refusals};
use crate::{auth::Reader, db::table, error::ServiceError, vault::Inner};

/// Days before `to` from which usage counts unless `from` says otherwise.
const DAYS: u64 = 30;

/// Which days.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UsageParams {
    /// Unix seconds, of which the whole day counts; 30 days before `to` unless stated.
    from: Option<u64>,
    /// Unix seconds, of which the whole day counts; now unless stated. At most 400 days after `from`.
    to: Option<u64>,
}

impl UsageParams {
    /// The first and the last day.
    fn days(self, now: u64) -> Result<(u64, u64), ServiceError> {
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or(to.saturating_sub(DAYS * DAY_SECS));
        let (first, last) = (day_of(from), day_of(to));
        if first > last || last - first >= MAX_USAGE_DAYS {
            return Err(ServiceError::malformed(
                "from must not be later than to, and at most 400 days before it",
            ));
        }
        Ok((first, last))
    }
}

/// What the caller used as an issuer or a consumer, by day, and what it comes to. What an owner does with her own is not counted.
#[utoipa::path(
    get, path = "/v1/usage", tag = "usage", security(("session" = [])), params(UsageParams),
    responses((status = 200, body = UsageReport), refusals::OwnList)
)]
pub(super) async fn usage(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(params): Params<UsageParams>,
) -> Result<Json<UsageReport>, ServiceError> {
    let profile = caller.profile()?;
    let (first_day, last_day) = params.days(vault.now())?;
    let rows = table::usage::of_profile(&mut *vault.db.reader().await?, profile, first_day, last_day).await?;
    let bill = vault.config.prices.bill(&rows);
    Ok(Json(UsageReport { first_day, last_day, rows, bill }))
}
