//! Profiles, their wallets, and the statements of their keys.

use axum::{Json, extract::State, http::StatusCode};
use ed25519_dalek::VerifyingKey;
use idos_api::{
    limits::CHALLENGE_SECS,
    profiles::{
        KeyStatementPage, NewProfile, NewWallet, Profile, ProfileAnswer, SignedKeyStatement,
        SignedSigningKeyStatement,
    },
};
use idos_credentials::{IssuerDid, WebDid};
use idos_wallets::{Wallet, verify_message};
use uuid::Uuid;

use super::{
    paging::{PageParams, Param, Params, split},
    refusals,
};
use crate::{
    auth::{Reader, SignedBody},
    commands::{
        Command, CreateProfile, LinkWallet, Outcome, StateKey, StateSigningKey, UnlinkWallet, read_profile,
    },
    db::{KeyStatementCursor, table},
    error::ServiceError,
    vault::Inner,
};

/// The caller's profile; that there is none is an ordinary answer.
#[utoipa::path(
    get, path = "/v1/profile", tag = "profiles", security(("session" = [])),
    responses((status = 200, body = ProfileAnswer), refusals::ReadProfile)
)]
pub(super) async fn get(
    State(vault): State<Inner>,
    Reader(caller): Reader,
) -> Result<Json<ProfileAnswer>, ServiceError> {
    let profile = match caller.profile_id {
        Some(id) => Some(read_profile(&mut *vault.db.reader().await?, id).await?),
        None => None,
    };
    Ok(Json(ProfileAnswer { profile }))
}

/// Makes a profile for the wallet that signed in.
#[utoipa::path(
    post, path = "/v1/profile", tag = "profiles", security(("session" = [])), request_body = NewProfile,
    responses((status = 201, body = Profile), (status = 200, body = Profile), refusals::CreateProfile)
)]
pub(super) async fn create(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Profile>), ServiceError> {
    let NewProfile { profile_id, key_statement } = request.json()?;
    check_random(profile_id)?;
    let key_statement = match key_statement {
        Some(statement) => Some(proven(&vault, statement).await?),
        None => None,
    };
    let command = CreateProfile { profile_id, key_statement };
    profile(vault.executor.execute(Command::CreateProfile(command), request.signer, vault.now()).await?)
}

/// States the profile's encryption key, in the place of the statement before.
#[utoipa::path(
    put, path = "/v1/profile/key-statement", tag = "profiles", security(("session" = [])),
    request_body = SignedKeyStatement,
    responses((status = 200, body = Profile), refusals::StateKey)
)]
pub(super) async fn state_key(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Profile>), ServiceError> {
    let (statement, signed_by) = proven(&vault, request.json()?).await?;
    let command = StateKey { statement, signed_by };
    profile(vault.executor.execute(Command::StateKey(command), request.signer, vault.now()).await?)
}

/// The statements of the profile's encryption keys, the present one first: what was not sealed anew is sealed for an older one.
#[utoipa::path(
    get, path = "/v1/profile/key-statements", tag = "profiles", security(("session" = [])), params(PageParams),
    responses((status = 200, body = KeyStatementPage), refusals::OwnList)
)]
pub(super) async fn key_statements(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<KeyStatementPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let after = page.cursor::<KeyStatementCursor>()?;
    let mut reader = vault.db.reader().await?;
    let rows = table::past_key_statements::of_profile(&mut reader, profile, after, limit + 1).await?;
    let (key_statements, more) = split(rows, limit);
    let last = key_statements.last().filter(|_| more);
    let next_cursor = last.map(|last| KeyStatementCursor::after(last).to_string());
    Ok(Json(KeyStatementPage { key_statements, next_cursor }))
}

/// States the key that the profile signs credentials with, in the place of the statement before.
#[utoipa::path(
    put, path = "/v1/profile/signing-key", tag = "profiles", security(("session" = [])),
    request_body = SignedSigningKeyStatement,
    responses((status = 200, body = SignedSigningKeyStatement), refusals::StateKey)
)]
pub(super) async fn state_signing_key(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<Json<SignedSigningKeyStatement>, ServiceError> {
    let statement: SignedSigningKeyStatement = request.json()?;
    let said = &statement.statement;
    let now = vault.now();
    said.check(now)?;
    let key = VerifyingKey::from_bytes(&said.signing_key).map_err(|_| UNUSABLE_KEY)?;
    IssuerDid::from_key(key).map_err(|_| UNUSABLE_KEY)?;
    if said.issuer.as_str().parse::<WebDid>().is_err() {
        return Err(ServiceError::KeyStatementInvalid(
            "its issuer is not named by did:web: a did:key needs no statement",
        ));
    }
    let checked = verify_message(&said.account, &said.message()?, statement.signature.as_bytes());
    let signed_by = vault.proofs.wallet(checked).await?;
    let command = StateSigningKey { statement: statement.clone(), signed_by };
    vault.executor.execute(Command::StateSigningKey(Box::new(command)), request.signer, now).await?;
    Ok(Json(statement))
}

const UNUSABLE_KEY: ServiceError = ServiceError::KeyStatementInvalid("it holds no usable Ed25519 key");

/// Links another wallet to the caller's profile, by that wallet's own signature.
#[utoipa::path(
    post, path = "/v1/profile/wallets", tag = "profiles", security(("session" = [])), request_body = NewWallet,
    responses((status = 201, body = Profile), (status = 200, body = Profile), refusals::LinkWallet)
)]
pub(super) async fn link_wallet(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Profile>), ServiceError> {
    let NewWallet { link, signature } = request.json()?;
    let now = vault.now();
    link.check(now, vault.domain(), CHALLENGE_SECS)?;
    let nonce_expires_at = vault.challenges.check(&link.nonce, now)?;
    let checked = verify_message(&link.account, &link.message()?, signature.as_bytes());
    let wallet = vault.proofs.wallet(checked).await?;
    let command = LinkWallet { profile_id: link.profile_id, wallet, nonce: link.nonce, nonce_expires_at };
    profile(vault.executor.execute(Command::LinkWallet(command), request.signer, now).await?)
}

/// Unlinks a wallet: not the last one, and none with a live timelock. Its sessions end, and grants by or to it no longer count.
#[utoipa::path(
    delete, path = "/v1/profile/wallets/{wallet}", tag = "profiles", security(("session" = [])),
    params(("wallet" = String, Path, description = "As the profile lists it: `eip155:0x…`, or `eip155:1:0x…`")),
    responses((status = 200, body = Profile), refusals::UnlinkWallet)
)]
pub(super) async fn unlink_wallet(
    State(vault): State<Inner>,
    Param(wallet): Param<Wallet>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Profile>), ServiceError> {
    let now = vault.now();
    let wallets = vault.memory.wallets_of(request.caller.profile()?).await?;
    if wallets.contains(&wallet) && wallets.len() > 1 {
        vault.gate.check_unlink(wallet, now).await?;
    }
    profile(
        vault.executor.execute(Command::UnlinkWallet(UnlinkWallet { wallet }), request.signer, now).await?,
    )
}

/// The statement of a profile's encryption key, for whoever writes to its owner. Check its signature.
#[utoipa::path(
    get, path = "/v1/profiles/{profile_id}/key-statement", tag = "profiles", security(("session" = [])),
    params(("profile_id" = Uuid, Path)),
    responses((status = 200, body = SignedKeyStatement), refusals::ReadKeyStatement)
)]
pub(super) async fn key_statement(
    State(vault): State<Inner>,
    _reader: Reader,
    Param(profile_id): Param<Uuid>,
) -> Result<Json<SignedKeyStatement>, ServiceError> {
    let statement = table::profiles::key_statement(&mut *vault.db.reader().await?, profile_id).await?;
    // Where her shares are is nobody's business but the owner's.
    let told = |signed| Json(SignedKeyStatement { node_set: None, ..signed });
    statement.map(told).ok_or(ServiceError::NotFound)
}

/// Ids are random, so that nobody chooses one to be taken for somebody else.
pub(super) fn check_random(profile_id: Uuid) -> Result<(), ServiceError> {
    const RANDOM: usize = 4;
    if profile_id.get_version_num() == RANDOM {
        Ok(())
    } else {
        Err(ServiceError::malformed("profile_id must be a random UUID (version 4)"))
    }
}

/// The statement, and the wallet that signed it.
pub(super) async fn proven(
    vault: &Inner,
    signed: SignedKeyStatement,
) -> Result<(SignedKeyStatement, Wallet), ServiceError> {
    signed.statement.check(vault.now())?;
    if !signed.names_its_nodes() {
        return Err(ServiceError::KeyStatementInvalid(
            "it names other nodes than those that are sent with it",
        ));
    }
    let message = signed.statement.message()?;
    let checked = verify_message(&signed.statement.account, &message, signed.signature.as_bytes());
    let wallet = vault.proofs.wallet(checked).await?;
    Ok((signed, wallet))
}

fn profile(outcome: Outcome) -> Result<(StatusCode, Json<Profile>), ServiceError> {
    match outcome {
        Outcome::Profile { profile, is_new } => {
            Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(*profile)))
        }
        _ => Err(ServiceError::failed("a profile's change came to something else")),
    }
}
