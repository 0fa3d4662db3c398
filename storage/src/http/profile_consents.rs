//! Profiles that issuers make for people who consented.

use axum::{Json, extract::State, http::StatusCode};
use idos_api::{
    limits::MAX_PROFILE_CONSENT_SECS,
    profiles::{NewProfileFor, ProfileFor, SignedKeyStatement},
};
use idos_credentials::{IssuerDid, verify_profile_consent};
use idos_wallets::{ProfileConsent, verify_message};

use super::{
    profiles::{check_random, proven},
    refusals,
};
use crate::{
    auth::SignedBody,
    commands::{Command, CreateProfileFor, Outcome},
    error::ServiceError,
    vault::Inner,
};

/// Makes a profile for a person whose wallet consented, by the issuer that her consent names. Once; the same request again gets the same
/// answer until the consent expires.
#[utoipa::path(
    post, path = "/v1/profiles", tag = "profiles", security(("session" = [])), request_body = NewProfileFor,
    responses((status = 201, body = ProfileFor), (status = 200, body = ProfileFor), refusals::CreateProfileFor)
)]
pub(super) async fn create(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<ProfileFor>), ServiceError> {
    let NewProfileFor { consent, signature, key_statement, issuer_signature } = request.json()?;
    let now = vault.now();
    request.caller.profile()?;
    check_random(consent.profile_id)?;
    consent.check(now, vault.domain(), MAX_PROFILE_CONSENT_SECS)?;
    let message = consent.message()?;
    let digest = message.digest();
    check_issuer(&consent, &digest, &issuer_signature)?;
    check_key(&consent, &key_statement)?;
    let checked = verify_message(&consent.account, &message, signature.as_bytes());
    let wallet = vault.proofs.wallet(checked).await?;
    let (key_statement, stated_by) = proven(&vault, key_statement).await?;
    if stated_by != wallet {
        return Err(ServiceError::ProfileConsentInvalid("another wallet signed the key statement"));
    }
    let command = CreateProfileFor {
        profile_id: consent.profile_id,
        account: consent.account,
        wallet,
        key_statement,
        digest,
        nonce: consent.nonce,
        expires_at: consent.expires_at,
    };
    let command = Command::CreateProfileFor(Box::new(command));
    match vault.executor.execute(command, request.signer, now).await? {
        Outcome::ProfileFor { profile, is_new } => {
            Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(*profile)))
        }
        _ => Err(ServiceError::failed("a profile for somebody came to something else")),
    }
}

/// Refuses whoever is not the issuer that the consent names.
fn check_issuer(consent: &ProfileConsent, digest: &[u8; 32], signature: &str) -> Result<(), ServiceError> {
    let issuer: IssuerDid = consent.issuer.as_str().parse().map_err(|_| {
        ServiceError::ProfileConsentInvalid("the did:key of its issuer holds no usable Ed25519 key")
    })?;
    let mut bytes = [0; 64];
    let digits = signature.strip_prefix("0x").unwrap_or_default();
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| ServiceError::malformed("issuer_signature is 0x and 128 hex digits"))?;
    if verify_profile_consent(&issuer, digest, &bytes) {
        Ok(())
    } else {
        Err(ServiceError::ProfileConsentInvalid("the issuer that it names did not sign this request"))
    }
}

/// The wallet signed two messages: both must be about the same key of the same profile.
fn check_key(consent: &ProfileConsent, signed: &SignedKeyStatement) -> Result<(), ServiceError> {
    let stated = &signed.statement;
    let is_same = stated.profile_id == consent.profile_id
        && stated.account == consent.account
        && stated.encryption_key == consent.encryption_key
        && stated.kdf == consent.kdf;
    if is_same {
        Ok(())
    } else {
        Err(ServiceError::ProfileConsentInvalid("the key statement is of another profile, account or key"))
    }
}
