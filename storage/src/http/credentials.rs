//! Credentials and copies.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use ed25519_dalek::VerifyingKey;
use idos_api::{
    audit::ReadPart,
    credentials::{
        Consent, Credential, CredentialPage, DeletionReceipt, NewCopy, NewCredential, NewPublicNotes,
        RenewedNotes, SENDER_KEY_HEADER, SealedContent,
    },
    limits::CLOCK_SKEW_SECS,
};
use idos_credentials::{IssuerDid, IssuerName, KnownKey, PublicNotes, WebDid, verify_notes_by};
use idos_grants::DataId;
use idos_wallets::{WriteGrant, verify};
use uuid::Uuid;

use super::{
    paging::{PageParams, Param, Params, split},
    refusals,
    uploads::digest,
};
use crate::{
    auth::{Reader, SignedBody},
    blobs::Content,
    commands::{Command, Consented, NewObject, Outcome, RenewNotes, ShareCopy, StoreCredential},
    db::{IssuerGrant, Place, StoredCredential, table},
    error::ServiceError,
    gate::Permit,
    vault::Inner,
};

/// The caller's credentials and copies, oldest first.
#[utoipa::path(
    get, path = "/v1/credentials", tag = "credentials", security(("session" = [])), params(PageParams),
    responses((status = 200, body = CredentialPage), refusals::OwnList)
)]
pub(super) async fn list(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Params(page): Params<PageParams>,
) -> Result<Json<CredentialPage>, ServiceError> {
    let (profile, limit) = (caller.profile()?, page.rows()?);
    let after = page.cursor::<Place>()?;
    let rows =
        table::credentials::of_profile(&mut *vault.db.reader().await?, profile, after, limit + 1).await?;
    let (rows, more) = split(rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| last.place().to_string());
    Ok(Json(CredentialPage { credentials: rows.iter().map(|row| shown(row, true)).collect(), next_cursor }))
}

/// Stores an original: the caller's own, or with its owner's consent.
#[utoipa::path(
    post, path = "/v1/credentials", tag = "credentials", security(("session" = [])), request_body = NewCredential,
    responses(
        (status = 201, body = Credential), (status = 200, body = Credential), refusals::StoreCredential
    )
)]
pub(super) async fn create(
    State(vault): State<Inner>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Credential>), ServiceError> {
    let new: NewCredential = request.json()?;
    let now = vault.now();
    let profile = request.caller.profile()?;
    let named = match (&new.notes_key, &new.consent) {
        (None, _) => None,
        (Some(key), None) => {
            Some(key.parse().map_err(|_| {
                ServiceError::NotesInvalid("notes_key is the did:key of an Ed25519 key".into())
            })?)
        }
        (Some(_), Some(_)) => {
            return Err(ServiceError::NotesInvalid(
                "notes_key is for one's own profile only: state your signing key with PUT /v1/profile/signing-key".into(),
            ));
        }
    };
    let signed = SignedNotes { text: &new.public_notes, signature: &new.notes_signature };
    let (notes, issuer) = check_notes(&vault, profile, &signed, named).await?;
    if notes.issuer().as_str() != new.issuer {
        return Err(ServiceError::NotesInvalid("they name another issuer".into()));
    }
    let consent = match &new.consent {
        Some(consent) => Some(consented(&vault, consent, &new.content, &issuer).await?),
        None => None,
    };
    let command = StoreCredential {
        original: new_object(&new.content)?,
        public_notes: new.public_notes,
        notes_signature: new.notes_signature,
        issuer: new.issuer,
        consent,
    };
    stored(vault.executor.execute(Command::StoreCredential(Box::new(command)), request.signer, now).await?)
}

/// Stores a copy of the caller's own original, sealed for somebody else. It is readable once a grant on its data id is final.
#[utoipa::path(
    post, path = "/v1/credentials/{data_id}/copies", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, pattern = "^0x[0-9a-f]{64}$", description = "The original")), request_body = NewCopy,
    responses(
        (status = 201, body = Credential), (status = 200, body = Credential), refusals::ShareCopy
    )
)]
pub(super) async fn share(
    State(vault): State<Inner>,
    Param(original): Param<DataId>,
    request: SignedBody,
) -> Result<(StatusCode, Json<Credential>), ServiceError> {
    let NewCopy { content, shared_with } = request.json()?;
    request.caller.profile()?;
    let command = ShareCopy { original, copy: new_object(&content)?, shared_with };
    stored(vault.executor.execute(Command::ShareCopy(command), request.signer, vault.now()).await?)
}

/// Renews the public notes of an original and of all its copies, by whoever stored it, signed by the credential's issuer. Their version is the
/// present one and one more; what says which credential they are of stays.
#[utoipa::path(
    put, path = "/v1/credentials/{data_id}/public-notes", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, pattern = "^0x[0-9a-f]{64}$", description = "The original, which may be deleted already")),
    request_body = NewPublicNotes,
    responses((status = 200, body = RenewedNotes), refusals::RenewNotes)
)]
pub(super) async fn renew_notes(
    State(vault): State<Inner>,
    Param(original): Param<DataId>,
    request: SignedBody,
) -> Result<Json<RenewedNotes>, ServiceError> {
    let NewPublicNotes { public_notes, notes_signature } = request.json()?;
    request.caller.profile()?;
    let signed = SignedNotes { text: &public_notes, signature: &notes_signature };
    let (notes, _) = check_notes(&vault, request.caller.profile()?, &signed, None).await?;
    let command = Command::RenewNotes(Box::new(RenewNotes { original, notes, notes_signature }));
    match vault.executor.execute(command, request.signer, vault.now()).await? {
        Outcome::Notes { version } => Ok(Json(RenewedNotes { data_id: original, version })),
        _ => Err(ServiceError::failed("a renewal of notes came to something else")),
    }
}

/// What the node knows of a credential or copy, for its owner or a grantee.
#[utoipa::path(
    get, path = "/v1/credentials/{data_id}", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, pattern = "^0x[0-9a-f]{64}$")),
    responses((status = 200, body = Credential), refusals::GatedRead)
)]
pub(super) async fn get(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Param(data_id): Param<DataId>,
) -> Result<Json<Credential>, ServiceError> {
    let permit = vault.gate.open(&caller, data_id, ReadPart::Metadata, vault.now()).await?;
    Ok(Json(shown(permit.credential(), permit.is_by_owner())))
}

/// The encrypted content of a credential or copy, for its owner or a grantee.
#[utoipa::path(
    get, path = "/v1/credentials/{data_id}/content", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, pattern = "^0x[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "nonce and NaCl box", body = Vec<u8>, content_type = "application/octet-stream",
            headers(("idos-sender-key" = String, description = "The ephemeral key that it was sealed with"))),
        refusals::GatedRead
    )
)]
pub(super) async fn content(
    State(vault): State<Inner>,
    Reader(caller): Reader,
    Param(data_id): Param<DataId>,
) -> Result<Response, ServiceError> {
    let permit = vault.gate.open(&caller, data_id, ReadPart::Content, vault.now()).await?;
    let body = match vault.gate.content(&permit).await? {
        Content::Whole(bytes) => Body::from(bytes),
        Content::Stream(stream) => Body::from_stream(stream),
    };
    let mut response = Response::new(body);
    *response.headers_mut() = content_headers(&permit)?;
    Ok(response)
}

/// Deletes a credential or copy of the caller's own, unless a timelock forbids it.
#[utoipa::path(
    delete, path = "/v1/credentials/{data_id}", tag = "credentials", security(("session" = [])),
    params(("data_id" = String, Path, pattern = "^0x[0-9a-f]{64}$")),
    responses((status = 200, body = DeletionReceipt), refusals::DeleteCredential)
)]
pub(super) async fn delete(
    State(vault): State<Inner>,
    Param(data_id): Param<DataId>,
    request: SignedBody,
) -> Result<Json<DeletionReceipt>, ServiceError> {
    Ok(Json(vault.deletion.delete(&request.caller, request.signer, data_id, vault.now()).await?))
}

struct SignedNotes<'a> {
    text: &'a str,
    signature: &'a str,
}

/// The notes, if they are in form and signed by the issuer that they name; and the key that signed. A `did:key` is the key; for a `did:web` it is `named`, or
/// the one that the profile stated. The node asks no site: readers do that for themselves.
async fn check_notes(
    vault: &Inner,
    profile: Uuid,
    signed: &SignedNotes<'_>,
    named: Option<IssuerDid>,
) -> Result<(PublicNotes, IssuerDid), ServiceError> {
    let invalid = |why: String| ServiceError::NotesInvalid(why.into());
    let notes = PublicNotes::parse(signed.text).map_err(|error| invalid(error.to_string()))?;
    let mut signature = [0; 64];
    let digits = signed.signature.strip_prefix("0x").unwrap_or_default();
    hex::decode_to_slice(digits, &mut signature)
        .map_err(|_| ServiceError::NotesInvalid("their signature is 0x and 128 hex digits".into()))?;
    let known = match notes.issuer() {
        IssuerName::Key(did) => KnownKey {
            verification_method: did.verification_method(),
            issuer: did.to_string(),
            key: did.clone(),
        },
        IssuerName::Web(did) => match named {
            Some(key) => known_key(did, key),
            None => known_key(did, stated_key(vault, profile, did).await?),
        },
    };
    verify_notes_by(&notes, &signature, std::slice::from_ref(&known))
        .map_err(|error| invalid(error.to_string()))?;
    Ok((notes, known.key))
}

fn known_key(did: &WebDid, key: IssuerDid) -> KnownKey {
    KnownKey { verification_method: did.verification_method(&key), issuer: did.to_string(), key }
}

async fn stated_key(vault: &Inner, profile: Uuid, did: &WebDid) -> Result<IssuerDid, ServiceError> {
    let stated = table::signing_keys::get(&mut *vault.db.reader().await?, profile).await?;
    let stated = stated.filter(|stated| stated.statement.issuer.as_str() == did.as_str()).ok_or(
        ServiceError::NotesInvalid(
            "state the signing key of that did:web first, with PUT /v1/profile/signing-key".into(),
        ),
    )?;
    let corrupt = ServiceError::corrupt("signing key");
    let key = VerifyingKey::from_bytes(&stated.statement.signing_key).ok();
    key.and_then(|key| IssuerDid::from_key(key).ok()).ok_or(corrupt)
}

/// A write grant that allows this write, as far as that can be said without the database.
async fn consented(
    vault: &Inner,
    consent: &Consent,
    content: &SealedContent,
    issuer: &IssuerDid,
) -> Result<Consented, ServiceError> {
    let signed = &consent.write_grant;
    let grant = &signed.write_grant;
    let refuse = |why| Err(ServiceError::WriteGrantInvalid(why));
    if grant.issuer_key != issuer.key().to_bytes() {
        return refuse("it names another issuer's key");
    }
    if grant.credential_id != content.data_id {
        return refuse("it names another data id for the original");
    }
    if consent.issuer_copy.as_ref().is_some_and(|copy| copy.data_id != grant.data_id) {
        return refuse("it names another data id for the issuer's copy");
    }
    if grant.credential_id == grant.data_id {
        return refuse("it names one data id for both the original and the copy");
    }
    vault.gate.mirrored().check_access_grants(&signed.contract).await?;
    check_unused_elsewhere(vault, grant).await?;
    let Ok(signable) = grant.signable(&signed.contract) else {
        return refuse(
            "owner and grantee must be accounts of the contract's chain, and its times Unix seconds",
        );
    };
    let checked = verify(&grant.owner, &signable, signed.signature.as_bytes());
    let owner = vault.proofs.wallet(checked).await?;
    Ok(Consented {
        profile_id: consent.profile_id,
        owner,
        grant: IssuerGrant {
            contract: signed.contract,
            owner: grant.owner,
            grantee: grant.grantee,
            locked_until: grant.locked_until,
        },
        usable: grant.not_before.saturating_sub(CLOCK_SKEW_SECS)
            ..=grant.not_after.saturating_add(CLOCK_SKEW_SECS),
        digest: signable.digest(),
        expires_at: grant.not_after.saturating_add(CLOCK_SKEW_SECS),
        issuer_copy: consent.issuer_copy.as_ref().map(new_object).transpose()?,
    })
}

/// The grant that a write grant leads to is on the chain after the credential is stored. If it is there and nothing is stored here, then the write
/// grant was used at another node.
async fn check_unused_elsewhere(vault: &Inner, grant: &WriteGrant) -> Result<(), ServiceError> {
    if vault.memory.credential(grant.credential_id).await?.is_some() {
        return Ok(());
    }
    let (owner, grantee) = (grant.owner.address(), grant.grantee.address());
    let seen = vault.gate.mirrored().access(&grant.data_id, &[owner], &[grantee]).await?;
    if seen.is_empty() { Ok(()) } else { Err(ServiceError::WriteGrantUsed) }
}

fn new_object(content: &SealedContent) -> Result<NewObject, ServiceError> {
    digest(&content.content_sha256)?;
    Ok(NewObject {
        data_id: content.data_id,
        content_sha256: content.content_sha256.clone(),
        sender_key: content.sender_key,
        recipient_key: content.recipient_key,
    })
}

fn stored(outcome: Outcome) -> Result<(StatusCode, Json<Credential>), ServiceError> {
    match outcome {
        Outcome::Credential { credential, is_new } => {
            let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, Json(shown(&credential, true))))
        }
        _ => Err(ServiceError::failed("a write came to something else")),
    }
}

/// Of which original a copy is made is the owner's business.
pub(super) fn shown(row: &StoredCredential, to_owner: bool) -> Credential {
    Credential {
        data_id: row.data_id,
        profile_id: row.profile_id,
        original: row.original.filter(|_| to_owner),
        shared_with: row.shared_with.filter(|_| to_owner),
        public_notes: row.public_notes.clone(),
        notes_signature: row.notes_signature.clone(),
        issuer: row.issuer.clone(),
        content_sha256: row.content_sha256.clone(),
        size: row.size,
        sender_key: row.sender_key,
        recipient_key: row.recipient_key,
        created_at: row.created_at,
    }
}

/// These, those that the envelope adds, and room to spare.
const HEADERS: usize = 12;

fn content_headers(permit: &Permit) -> Result<HeaderMap, ServiceError> {
    let credential = permit.credential();
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| ServiceError::corrupt("header"));
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(credential.size));
    headers.insert(header::ETAG, value(format!("\"{}\"", credential.content_sha256))?);
    headers.insert(SENDER_KEY_HEADER, value(credential.sender_key.to_string())?);
    Ok(headers)
}
