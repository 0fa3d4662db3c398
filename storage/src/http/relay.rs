//! Handing on what owners signed.

use axum::{Json, extract::State, http::StatusCode};
use idos_api::relay::{RelayCall, RelayCallForm, Submission};
use uuid::Uuid;

use super::{paging::Param, refusals};
use crate::{
    auth::{Reader, SignedBody},
    commands::{Command, CountRelayed},
    error::ServiceError,
    vault::Inner,
};

/// Takes a call that its owner signed, to be sent once, at the operator's expense. The same call again tells how far it is.
#[utoipa::path(
    post, path = "/v1/relay", tag = "relay", security(("session" = [])), request_body = RelayCallForm,
    responses(
        (status = 202, description = "taken", body = Submission),
        (status = 200, description = "taken before", body = Submission),
        refusals::Relay
    )
)]
pub(super) async fn submit(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Submission>), ServiceError> {
    let profile = request.caller.profile()?;
    let call = request.json::<RelayCall>()?;
    let (submission, is_new) = vault.config.relay.submit(call, &app(profile)).await?;
    if is_new {
        let count = Command::CountRelayed(CountRelayed { owner: submission.owner });
        // It is taken, whether or not it can be counted.
        if let Err(error) = vault.executor.execute(count, request.signer, vault.now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a relayed call could not be counted");
        }
    }
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(submission)))
}

/// How far a call is that the caller handed in.
#[utoipa::path(
    get, path = "/v1/relay/{digest}", tag = "relay", security(("session" = [])),
    params(("digest" = String, Path, description = "What names the call", pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, body = Submission), refusals::ReadRelayed)
)]
pub(super) async fn submission(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Param(digest): Param<Digest>,
) -> Result<Json<Submission>, ServiceError> {
    let profile = caller.profile()?;
    let found = vault.config.relay.submission(&digest.0, &app(profile)).await?;
    Ok(Json(found.ok_or(ServiceError::NotFound)?))
}

/// As a relay knows a profile; no app's name has a colon.
fn app(profile: Uuid) -> String {
    format!("profile:{profile}")
}

/// What names a call.
pub(super) struct Digest(String);

impl std::str::FromStr for Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const DIGITS: usize = 64;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == DIGITS && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a call is named by 64 hex digits: the digest that it was taken under")
        }
    }
}
