//! What an issuer does: issue a credential into a profile with its owner's consent.

use idos_api::credentials::{Consent, Credential, NewCredential};
use idos_credentials::{CredentialDraft, Expectations, IssuerKey, PublicNotes, issue, sign_notes, verify};
use idos_keys::EncryptionKey;
use rand_core::CryptoRngCore;
use serde_json::{Map, Value};

use crate::{
    ClientError, Session,
    chain::Chains,
    encryption,
    owner::{ConsentToWrite, upload_sealed},
};

/// A credential to be issued.
#[derive(Debug, Clone)]
pub struct Issuance {
    /// What it says.
    pub draft: CredentialDraft,
    /// What is readable beside it, next to id, type, issuer, period and status. Nothing personal.
    pub notes: Map<String, Value>,
    /// The key that the issuer's own copy is sealed for, if it keeps one.
    pub own_copy_for: Option<EncryptionKey>,
}

/// Signs the credential, seals it for the owner (and the issuer itself), and stores it with her consent.
///
/// The owner's key is believed only if the wallet that consented stated it.
pub async fn issue_into(
    session: &Session,
    key: &IssuerKey,
    consent: &ConsentToWrite,
    issuance: Issuance,
    chains: &dyn Chains,
    now: u64,
    rng: &mut impl CryptoRngCore,
) -> Result<Credential, ClientError> {
    let write_grant = &consent.write_grant.write_grant;
    let owner_key = encryption::of_profile(session, consent.profile_id, &[write_grant.owner], chains).await?;

    let document = issue(issuance.draft, key, now).map_err(unissuable)?;
    let plaintext = serde_json::to_vec(&document).map_err(unissuable)?;
    let notes = notes_of(&plaintext, issuance.notes, now)?;
    let notes_signature = sign_notes(key, &notes).map_err(unissuable)?;

    let content = upload_sealed(session, write_grant.credential_id, &owner_key, &plaintext, rng).await?;
    let issuer_copy = match &issuance.own_copy_for {
        Some(own_key) => Some(upload_sealed(session, write_grant.data_id, own_key, &plaintext, rng).await?),
        None => None,
    };
    let credential = NewCredential {
        content,
        public_notes: notes.as_str().to_owned(),
        notes_signature: format!("0x{}", hex::encode(notes_signature)),
        issuer: key.did().to_string(),
        consent: Some(Consent {
            profile_id: consent.profile_id,
            write_grant: consent.write_grant.clone(),
            issuer_copy,
        }),
    };
    session.create_credential(&credential).await
}

/// Notes are of the credential as every reader will read it, so it is read back and checked here.
fn notes_of(plaintext: &[u8], more: Map<String, Value>, now: u64) -> Result<PublicNotes, ClientError> {
    let verdict = verify(plaintext, now, &Expectations::default());
    let credential =
        verdict.credential.ok_or_else(|| unissuable("the signed credential cannot be read back"))?;
    PublicNotes::of(&credential, more).map_err(unissuable)
}

fn unissuable(error: impl ToString) -> ClientError {
    ClientError::Input(error.to_string())
}
