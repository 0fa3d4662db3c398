//! Handing on what owners signed.

use axum::{Json, extract::State, http::StatusCode};
use futures::FutureExt;
use idos_api::relay::{RelayCall, RelayCallForm, Submission};
use idos_wallets::Wallet;
use uuid::Uuid;

use super::{paging::Param, refusals};
use crate::{
    auth::{Reader, SignedBody},
    commands::{Command, CountRelayed, HandInCall, Signer},
    error::ServiceError,
    relay::{Settle, app_of},
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
    let wallet = request.signer.wallet();
    vault.executor.execute(Command::HandInCall(HandInCall), request.signer, vault.now()).await?;
    let settle = settle(vault.clone(), wallet, profile, call.digest());
    // On to its end also if the caller goes away: what was settled is taken.
    let task = tokio::spawn(async move { vault.config.relay.submit(call, &app_of(profile), settle).await });
    let (submission, is_new) = task.await.map_err(|_| ServiceError::failed("a relay ended early"))??;
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(submission)))
}

/// Counts the call, and sees that whoever hands it in is still there.
fn settle(vault: Inner, wallet: Wallet, profile_id: Uuid, digest: String) -> Settle {
    Box::new(move |owner, is_new| {
        let settled = async move {
            let count = Command::CountRelayed(CountRelayed { profile_id, digest, owner, is_new });
            vault.executor.execute(count, Signer::Wallet(wallet), vault.now()).await?;
            Ok(())
        };
        settled.boxed()
    })
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
    let found = vault.config.relay.submission(&digest.0, &app_of(profile)).await?;
    Ok(Json(found.ok_or(ServiceError::NotFound)?))
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
