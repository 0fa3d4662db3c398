//! What an issuer does: issue a credential into a profile with its owner's consent, and renew its public notes.
//!
//! Issuing is three steps that cannot be one: seal, store at the node, create the issuer's grant on the chain. [`Journal`] keeps what was sealed, so that
//! whatever stops half way goes on later with the very same bytes and ids: see [`carry_on`].

mod journal;
mod profiles;
mod steps;

use idos_api::{
    credentials::{Consent, NewCredential, NewPublicNotes, RenewedNotes},
    profiles::SignedSigningKeyStatement,
};
use idos_credentials::{
    CredentialDraft, CredentialSchema, Expectations, IssuerKey, PublicNotes, issue, sign_notes, verify,
    verify_notes_by,
};
use idos_grants::{DataId, Namespace};
use idos_keys::EncryptionKey;
use idos_wallets::{GrantCall, SigningKeyStatement};
use rand_core::CryptoRngCore;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    ClientError, Session, Signer,
    chain::{Chains, check_signed_call},
    encryption,
    owner::{ConsentToWrite, SealedBytes, seal_for},
};

pub use journal::{Journal, JournalError, Pending, Step, Stored};
pub use profiles::create_profile_for;
pub use steps::{Granting, Issued, carry_on};

/// A credential to be issued.
#[derive(Debug)]
pub struct Issuance {
    /// What it says.
    pub draft: CredentialDraft,
    /// What is readable beside it, next to id, type, issuer, period and status. Nothing personal.
    pub notes: Map<String, Value>,
    /// The key that the issuer's own copy is sealed for, if it keeps one.
    pub own_copy_for: Option<EncryptionKey>,
    /// The schema that it must follow, and that it will name.
    pub schema: Option<CredentialSchema>,
}

/// A credential that is signed and sealed, and nowhere stored yet.
#[derive(Debug, Clone)]
pub struct SealedIssuance {
    pub(crate) request: NewCredential,
    pub(crate) grant_call: Option<crate::chain::SignedCall>,
    pub(crate) original: Vec<u8>,
    pub(crate) copy: Option<Vec<u8>>,
}

/// Signs a credential and seals it for its owner, and for the issuer itself. Nothing leaves this process.
///
/// The owner's key is believed only if the wallet that consented stated it, in the statement that the node serves or in the consent.
pub async fn seal(
    session: &Session,
    key: &IssuerKey,
    consent: &ConsentToWrite,
    issuance: Issuance,
    chains: &dyn Chains,
    now: u64,
    rng: &mut impl CryptoRngCore,
) -> Result<SealedIssuance, ClientError> {
    check_grant_call(consent)?;
    let write_grant = &consent.write_grant.write_grant;
    let (owner, by_herself) = ([write_grant.owner], consent.key_statement.as_slice());
    let owner_key = encryption::of_profile(session, consent.profile_id, &owner, by_herself, chains).await?;

    let Issuance { mut draft, notes, own_copy_for, schema } = issuance;
    if let Some(schema) = &schema {
        draft.schema = Some(schema.reference());
    }
    let document = issue(draft, key, now).map_err(unissuable)?;
    let plaintext = zeroize::Zeroizing::new(serde_json::to_vec(&document).map_err(unissuable)?);
    let notes = notes_of(&plaintext, notes, schema.as_ref(), now)?;

    let original = seal_for(write_grant.credential_id, &owner_key, &plaintext, rng)?;
    let copy = match &own_copy_for {
        Some(own_key) => Some(seal_for(write_grant.data_id, own_key, &plaintext, rng)?),
        None => None,
    };
    let NewPublicNotes { public_notes, notes_signature } = signed(key, &notes)?;
    let (issuer_copy, copy) = match copy {
        Some(SealedBytes { content, bytes }) => (Some(content), Some(bytes)),
        None => (None, None),
    };
    let request = NewCredential {
        content: original.content,
        public_notes,
        notes_signature,
        issuer: key.name().to_string(),
        notes_key: None,
        consent: Some(Consent {
            profile_id: consent.profile_id,
            write_grant: consent.write_grant.clone(),
            issuer_copy,
        }),
    };
    Ok(SealedIssuance { request, grant_call: consent.grant_call.clone(), original: original.bytes, copy })
}

/// States, by `wallet`'s signature, that the profile signs as `key`'s web site from `now` on. A `did:key` needs no such statement.
pub fn state_signing_key(
    wallet: &impl Signer,
    profile_id: Uuid,
    key: &IssuerKey,
    version: u32,
    now: u64,
) -> Result<SignedSigningKeyStatement, ClientError> {
    let statement = SigningKeyStatement {
        profile_id,
        account: wallet.account(),
        issuer: key.name().as_str().parse().map_err(unissuable)?,
        signing_key: key.did().key().to_bytes(),
        version,
        issued_at: now,
    };
    let message = statement.message().map_err(unissuable)?;
    let signature = wallet.sign(&message.into())?;
    Ok(SignedSigningKeyStatement { statement, signature })
}

/// Renews the public notes of what the caller stored: the next version, with `more` in the place of the free fields. The present ones are taken from the
/// node, and believed only if this issuer signed them.
pub async fn renew_notes(
    session: &Session,
    key: &IssuerKey,
    original: DataId,
    more: Map<String, Value>,
) -> Result<RenewedNotes, ClientError> {
    let (text, signature) = present_notes(session, original).await?;
    let forged = |_| ClientError::Forged("public notes that this issuer did not sign");
    let present = PublicNotes::parse(&text).map_err(forged)?;
    let mut bytes = [0; 64];
    hex::decode_to_slice(signature.trim_start_matches("0x"), &mut bytes)
        .map_err(|_| ClientError::Forged("public notes with a malformed signature"))?;
    verify_notes_by(&present, &bytes, &[key.known()]).map_err(forged)?;
    let next = present.next(more).map_err(unissuable)?;
    session.renew_notes(original, &signed(key, &next)?).await
}

async fn present_notes(session: &Session, original: DataId) -> Result<(String, String), ClientError> {
    match session.issuance(original).await {
        Ok(issuance) => issuance.public_notes.zip(issuance.notes_signature).ok_or_else(|| {
            ClientError::Input(
                "nothing of this credential is left: its owner has deleted it and its copies".into(),
            )
        }),
        // What is stored in one's own profile was issued to nobody else.
        Err(error) if error.node_code() == Some(idos_api::ErrorCode::NotFound) => {
            let own = session.credential(original).await?;
            Ok((own.public_notes, own.notes_signature))
        }
        Err(error) => Err(error),
    }
}

fn signed(key: &IssuerKey, notes: &PublicNotes) -> Result<NewPublicNotes, ClientError> {
    let signature = sign_notes(key, notes).map_err(unissuable)?;
    Ok(NewPublicNotes {
        public_notes: notes.as_str().to_owned(),
        notes_signature: format!("0x{}", hex::encode(signature)),
    })
}

/// Whether what the owner signed for the chain is the grant that her consent speaks of: whoever sends it pays for whatever it is.
fn check_grant_call(consent: &ConsentToWrite) -> Result<(), ClientError> {
    let terms = &consent.write_grant.write_grant;
    let Some(call) = &consent.grant_call else {
        return Ok(());
    };
    if consent.write_grant.contract.chain().namespace() != Namespace::Near {
        return Err(ClientError::Input("only on NEAR a consent holds a signed call of its own".into()));
    }
    let expected = GrantCall::CreateGrant {
        grantee: terms.grantee,
        data_id: terms.data_id,
        locked_until: terms.locked_until,
    };
    Ok(check_signed_call(call, &consent.write_grant.contract, &terms.owner, &expected)?)
}

/// Notes are of the credential as every reader will read it, so it is read back and checked here.
fn notes_of(
    plaintext: &[u8],
    more: Map<String, Value>,
    schema: Option<&CredentialSchema>,
    now: u64,
) -> Result<PublicNotes, ClientError> {
    let verdict = verify(plaintext, now, &Expectations { schema, ..Expectations::default() });
    let refused = verdict.failures().find(|(check, _)| *check == idos_credentials::Check::Schema);
    if let Some((_, reason)) = refused {
        return Err(unissuable(reason));
    }
    let credential =
        verdict.credential.as_ref().ok_or_else(|| unissuable("the signed credential cannot be read back"))?;
    PublicNotes::of(credential, more).map_err(unissuable)
}

fn unissuable(error: impl ToString) -> ClientError {
    ClientError::Input(error.to_string())
}
