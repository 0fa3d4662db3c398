//! Requests: consumers publish what they need, owners answer.

use axum::{Json, extract::State, http::StatusCode};
use idos_api::{
    limits::MAX_REQUEST_SECS,
    requests::{
        Acceptance, AnswerPage, OwnRequest, OwnRequestPage, PublishedRequest, RequestPage, SignedRequest,
    },
};
use idos_wallets::{Wallet, verify_message};
use uuid::Uuid;

use super::{
    paging::{PageParams, Param, Params, split},
    refusals,
};
use crate::{
    auth::{Reader, SignedBody},
    commands::{AnswerRequest, Command, Outcome, PublishRequest, WithdrawRequest, shown_request},
    db::{AnswerCursor, RequestCursor, StoredRequest, table},
    error::ServiceError,
    vault::Inner,
};

/// Publishes a request for credentials, signed by a wallet of the caller's profile. It is answered alike whether or not the wallet that is
/// asked has a profile here.
#[utoipa::path(
    post, path = "/v1/requests", tag = "requests", security(("session" = [])), request_body = SignedRequest,
    responses(
        (status = 201, body = PublishedRequest), (status = 200, body = PublishedRequest),
        refusals::PublishRequest
    )
)]
pub(super) async fn publish(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<PublishedRequest>), ServiceError> {
    let signed: SignedRequest = request.json()?;
    request.caller.profile()?;
    let signed_by = proven(&vault, &signed).await?;
    let command = PublishRequest { signed, signed_by };
    answered(
        vault
            .executor
            .execute(Command::PublishRequest(Box::new(command)), request.signer, vault.now())
            .await?,
    )
}

/// Requests to the caller's wallets that she has not answered, newest first. A page may hold fewer rows than asked for, or none, and yet have
/// a next one.
#[utoipa::path(
    get, path = "/v1/requests", tag = "requests", security(("session" = [])), params(PageParams),
    responses((status = 200, body = RequestPage), refusals::OwnList)
)]
pub(super) async fn list(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<RequestPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let before = page.cursor::<RequestCursor>()?;
    let wallets = vault.memory.wallets_of(profile).await?;
    let addresses = table::requests::addresses(&wallets);
    let mut db = vault.db.reader().await?;
    let rows =
        table::requests::addressed(&mut db, profile, &addresses, before, vault.now(), limit + 1).await?;
    let (rows, more) = split(rows, limit);
    let next_cursor = next_cursor(&rows, more);
    // An address may be somebody else's on another chain.
    let requests = rows.into_iter().filter(|row| row.is_to(&wallets)).map(|row| shown_request(row, None));
    Ok(Json(RequestPage { requests: requests.collect(), next_cursor }))
}

/// The caller's own requests that are open, newest first, and how many answered.
#[utoipa::path(
    get, path = "/v1/requests/published", tag = "requests", security(("session" = [])), params(PageParams),
    responses((status = 200, body = OwnRequestPage), refusals::OwnList)
)]
pub(super) async fn published(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<OwnRequestPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let before = page.cursor::<RequestCursor>()?;
    let mut db = vault.db.reader().await?;
    let rows = table::requests::of_profile(&mut db, profile, before, vault.now(), limit + 1).await?;
    let (rows, more) = split(rows, limit);
    let next_cursor = next_cursor(&rows, more);
    let mut requests = Vec::with_capacity(rows.len());
    for StoredRequest { signed, published_at } in rows {
        let (accepted, declined) = table::requests::count_answers(&mut db, signed.request.id).await?;
        requests.push(OwnRequest { request: signed.request, published_at, accepted, declined });
    }
    Ok(Json(OwnRequestPage { requests, next_cursor }))
}

/// A request: to the caller, or to whoever knows its id, or her own.
#[utoipa::path(
    get, path = "/v1/requests/{request_id}", tag = "requests", security(("session" = [])),
    params(("request_id" = Uuid, Path)),
    responses((status = 200, body = PublishedRequest), refusals::OwnOne)
)]
pub(super) async fn get(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Param(request_id): Param<Uuid>,
) -> Result<Json<PublishedRequest>, ServiceError> {
    let profile = caller.profile()?;
    let wallets = vault.memory.wallets_of(profile).await?;
    let mut db = vault.db.reader().await?;
    // Both are looked up, whoever asks and whatever there is.
    let found = table::requests::shown_to(&mut db, profile, &wallets, request_id).await?;
    let answer = table::requests::answer_of(&mut db, request_id, profile).await?;
    let may_see = |found: &StoredRequest| {
        let request = &found.signed.request;
        request.profile_id == profile || vault.now() < request.expires_at
    };
    let found = found.filter(may_see).ok_or(ServiceError::NotFound)?;
    Ok(Json(shown_request(found, answer)))
}

/// Takes back the caller's own request, with its answers. Grants stay.
#[utoipa::path(
    delete, path = "/v1/requests/{request_id}", tag = "requests", security(("session" = [])),
    params(("request_id" = Uuid, Path)),
    responses((status = 204), refusals::WithdrawRequest)
)]
pub(super) async fn withdraw(
    State(vault): State<Inner>,
    Param(request_id): Param<Uuid>,
    request: SignedBody,
) -> Result<StatusCode, ServiceError> {
    request.caller.profile()?;
    let command = Command::WithdrawRequest(WithdrawRequest { request_id });
    vault.executor.execute(command, request.signer, vault.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What owners answered to the caller's own request, newest first.
#[utoipa::path(
    get, path = "/v1/requests/{request_id}/answers", tag = "requests", security(("session" = [])),
    params(("request_id" = Uuid, Path), PageParams),
    responses((status = 200, body = AnswerPage), refusals::OwnOne)
)]
pub(super) async fn answers(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Param(request_id): Param<Uuid>,
    Params(page): Params<PageParams>,
) -> Result<Json<AnswerPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let before = page.cursor::<AnswerCursor>()?;
    let mut db = vault.db.reader().await?;
    let own = table::requests::own(&mut db, profile, request_id).await?;
    // Asked for whatever there is; of no request there are none.
    let of = own.as_ref().map_or(Uuid::nil(), |own| own.signed.request.id);
    let rows = table::requests::answers(&mut db, of, before, limit + 1).await?;
    own.ok_or(ServiceError::NotFound)?;
    let (rows, more) = split(rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|(cursor, _)| cursor.to_string());
    Ok(Json(AnswerPage { answers: rows.into_iter().map(|(_, answer)| answer).collect(), next_cursor }))
}

/// Says yes: with a copy that is sealed for the request's key. The grant on it is the owner's own, on chain.
#[utoipa::path(
    post, path = "/v1/requests/{request_id}/accept", tag = "requests", security(("session" = [])),
    params(("request_id" = Uuid, Path)), request_body = Acceptance,
    responses((status = 200, body = PublishedRequest), refusals::AcceptRequest)
)]
pub(super) async fn accept(
    State(vault): State<Inner>,
    Param(request_id): Param<Uuid>,
    request: SignedBody,
) -> Result<(StatusCode, Json<PublishedRequest>), ServiceError> {
    let Acceptance { data_id } = request.json()?;
    request.caller.profile()?;
    let command = Command::AnswerRequest(AnswerRequest { request_id, copy: Some(data_id) });
    answered(vault.executor.execute(command, request.signer, vault.now()).await?)
}

/// Says no. The request is no longer listed; it can still be accepted.
#[utoipa::path(
    post, path = "/v1/requests/{request_id}/decline", tag = "requests", security(("session" = [])),
    params(("request_id" = Uuid, Path)),
    responses((status = 200, body = PublishedRequest), refusals::DeclineRequest)
)]
pub(super) async fn decline(
    State(vault): State<Inner>,
    Param(request_id): Param<Uuid>,
    request: SignedBody,
) -> Result<(StatusCode, Json<PublishedRequest>), ServiceError> {
    request.caller.profile()?;
    let command = Command::AnswerRequest(AnswerRequest { request_id, copy: None });
    answered(vault.executor.execute(command, request.signer, vault.now()).await?)
}

/// The wallet that signed a request which is in form and of this node and time.
async fn proven(vault: &Inner, signed: &SignedRequest) -> Result<Wallet, ServiceError> {
    let request = &signed.request;
    request.check_form().map_err(malformed)?;
    let statement = request.statement().map_err(malformed)?;
    statement.check(vault.now(), vault.domain(), MAX_REQUEST_SECS)?;
    let checked = verify_message(&request.account, &statement.message()?, signed.signature.as_bytes());
    Ok(vault.proofs.wallet(checked).await?)
}

fn malformed(error: idos_api::requests::RequestError) -> ServiceError {
    ServiceError::Malformed(error.to_string().into())
}

fn next_cursor(rows: &[StoredRequest], more: bool) -> Option<String> {
    rows.last().filter(|_| more).map(|last| RequestCursor::after(last).to_string())
}

fn answered(outcome: Outcome) -> Result<(StatusCode, Json<PublishedRequest>), ServiceError> {
    match outcome {
        Outcome::Request { request, is_new } => {
            Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(*request)))
        }
        _ => Err(ServiceError::failed("a request came to something else")),
    }
}
