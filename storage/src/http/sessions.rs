//! Signing in and out.

use axum::{Json, extract::State, http::StatusCode};
use idos_api::{
    limits::MAX_SESSION_SECS,
    sessions::{Challenge, NewReadKey, NewSession, ReadKey, Session},
};
use idos_keys::EncryptionKey;
use idos_sessions::{ReadKeyExchange, SessionPublicKey};
use idos_wallets::{Proof, verify_message};
use rand_core::OsRng;

use super::refusals;
use crate::{
    auth::{SignedBody, UnsignedJson},
    commands::{AgreeReadKey, Command, EndSession, OpenSession, Outcome, Signer},
    error::ServiceError,
    vault::Inner,
};

/// Asks for a nonce, to be named in a message that a wallet signs.
#[utoipa::path(
    post, path = "/v1/sign-in/challenges", tag = "sessions",
    responses((status = 200, body = Challenge), refusals::NewChallenge)
)]
pub(super) async fn challenge(State(vault): State<Inner>) -> Result<Json<Challenge>, ServiceError> {
    let (nonce, expires_at) = vault.challenges.give_out(vault.now(), &mut OsRng)?;
    Ok(Json(Challenge { nonce, domain: vault.domain().to_string(), expires_at }))
}

/// Signs in: a wallet's signature over a message that names the session's key.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "sessions", request_body = NewSession,
    responses((status = 201, body = Session), refusals::OpenSession)
)]
pub(super) async fn open(
    State(vault): State<Inner>,
    UnsignedJson(NewSession { sign_in, signature }): UnsignedJson<NewSession>,
) -> Result<(StatusCode, Json<Session>), ServiceError> {
    let now = vault.now();
    sign_in.check(now, vault.domain(), MAX_SESSION_SECS)?;
    let nonce_expires_at = vault.challenges.check(&sign_in.nonce, now)?;
    let weak = || ServiceError::malformed("the session key is not a usable Ed25519 key: make a new one");
    let key = SessionPublicKey::from_bytes(&sign_in.session_key).ok_or_else(weak)?;
    let checked = verify_message(&sign_in.account, &sign_in.message()?, signature.as_bytes());
    let access_key = match &checked {
        Ok(Proof::AccessKey(check)) => Some(check.key()),
        _ => None,
    };
    let wallet = vault.proofs.wallet(checked).await?;
    let expires_at = sign_in.expires_at;
    let command = OpenSession { key, access_key, expires_at, nonce: sign_in.nonce, nonce_expires_at };
    let outcome = vault.executor.execute(Command::OpenSession(command), Signer::Wallet(wallet), now).await?;
    let Outcome::Session { session, profile_id } = outcome else {
        return Err(ServiceError::failed("a sign-in came to something else"));
    };
    let answer = Session { session_id: session.id.to_string(), expires_at: session.expires_at, profile_id };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Signs out.
#[utoipa::path(
    delete, path = "/v1/session", tag = "sessions", security(("session" = [])),
    responses((status = 204), refusals::CloseSession)
)]
pub(super) async fn close(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<StatusCode, ServiceError> {
    let session = request.caller.session.id;
    vault.executor.execute(Command::EndSession(EndSession), request.signer, vault.now()).await?;
    vault.read_keys.drop_key(&session);
    Ok(StatusCode::NO_CONTENT)
}

/// Agrees a key under which reads are authenticated faster than by signatures. The node forgets it when it is restarted.
#[utoipa::path(
    post, path = "/v1/session/read-key", tag = "sessions", security(("session" = [])), request_body = NewReadKey,
    responses((status = 200, body = ReadKey), refusals::AgreeReadKey)
)]
pub(super) async fn read_key(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<Json<ReadKey>, ServiceError> {
    let NewReadKey { client_key } = request.json()?;
    let session = request.caller.session;
    let exchange = ReadKeyExchange::new(&mut OsRng);
    let unusable = |_| ServiceError::failed("the node made an unusable key");
    let node_key = EncryptionKey::from_bytes(exchange.public_key()).map_err(unusable)?;
    let key = exchange
        .complete(client_key.as_bytes(), &session.id)
        .map_err(|error| ServiceError::Malformed(error.to_string().into()))?;
    vault.executor.execute(Command::AgreeReadKey(AgreeReadKey), request.signer, vault.now()).await?;
    vault.read_keys.put(&session, key);
    Ok(Json(ReadKey { node_key, expires_at: session.expires_at }))
}
