//! Issuing: a draft becomes a signed W3C credential.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    context::{UNDEFINED_TERMS, VCDM_2},
    iri,
    issuer_key::IssuerKey,
    json::{self, JsonError},
    proof::{self, ProofError, jcs},
    rfc3339,
    status_reference::StatusReference,
};

/// A credential before it is signed. Everything in it will be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialDraft {
    /// Becomes `urn:uuid:…`.
    pub id: Uuid,
    /// Types beside `VerifiableCredential`, of ASCII letters and digits.
    pub types: Vec<String>,
    /// The subject's `id`: an absolute IRI, a DID say.
    pub subject: String,
    /// Unix seconds.
    pub valid_from: u64,
    /// Unix seconds, the last second included.
    pub valid_until: Option<u64>,
    /// What the issuer says of the subject, under any names except `id` and those that begin with `@`. Files belong here too, as
    /// `data:` URLs.
    pub claims: Map<String, Value>,
    /// Where the status will stand.
    pub status: Option<StatusEntry>,
    /// Which schema the claims follow.
    pub schema: Option<Schema>,
}

/// A credential's status: the place on a chain, and where W3C processors find the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEntry {
    /// The place on the chain.
    pub reference: StatusReference,
    /// The URL below which a node serves status lists, e.g. `https://node.example/v1/status-lists`.
    pub lists_url: String,
}

/// A W3C `credentialSchema`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The schema's URL.
    pub id: String,
    /// Its kind, e.g. `JsonSchema`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl CredentialDraft {
    /// A draft with no claims yet.
    pub fn new(id: Uuid, subject: String, valid_from: u64) -> Self {
        let (types, claims) = (Vec::new(), Map::new());
        Self { id, types, subject, valid_from, valid_until: None, claims, status: None, schema: None }
    }
}

/// Signs a draft: VCDM 2.0 with an `eddsa-jcs-2022` proof, created at `now` (Unix seconds).
///
/// # Errors
/// Whatever [`verify`](crate::verify()) would refuse in a credential is refused here, before anybody receives it.
pub fn issue(draft: CredentialDraft, key: &IssuerKey, now: u64) -> Result<Value, IssueError> {
    seal(document(draft, key)?, key, now)
}

/// Adds the proof to a document of ours.
pub(crate) fn seal(mut document: Value, key: &IssuerKey, now: u64) -> Result<Value, IssueError> {
    let mut options = json!({
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": proof::JCS_2022,
        "created": time(now)?,
        "verificationMethod": key.verification_method(),
        "proofPurpose": "assertionMethod",
    });
    let (Some(fields), Some(signed_options)) = (document.as_object(), options.as_object()) else {
        return Err(IssueError::Draft { field: "claims" });
    };
    let signature = key.sign(&jcs::hash(fields, signed_options).map_err(|error| unsignable(&error))?);
    options["proofValue"] = proof::encode_signature(&signature).into();
    document["proof"] = options;
    // Read it back as any verifier will: bounds, doubled fields, numbers that lose digits.
    let bytes = serde_json::to_vec(&document).map_err(|error| JsonError::Malformed(error.to_string()))?;
    json::parse_object(&bytes, json::MAX_CREDENTIAL_LEN)?;
    Ok(document)
}

fn unsignable(error: &ProofError) -> IssueError {
    IssueError::Json(JsonError::Malformed(error.to_string()))
}

fn document(draft: CredentialDraft, key: &IssuerKey) -> Result<Value, IssueError> {
    let mut document = json!({
        "@context": [VCDM_2, UNDEFINED_TERMS],
        "id": draft.id.urn().to_string(),
        "type": types(draft.types)?,
        "issuer": key.name().as_str(),
        "validFrom": time(draft.valid_from)?,
    });
    if let Some(valid_until) = draft.valid_until {
        if valid_until < draft.valid_from {
            return Err(IssueError::Draft { field: "valid_until" });
        }
        document["validUntil"] = time(valid_until)?.into();
    }
    if let Some(StatusEntry { reference, lists_url }) = draft.status {
        let is_url = lists_url.starts_with("https://") || lists_url.starts_with("http://");
        if !is_url || !iri::is_absolute(&lists_url) || lists_url.contains(['?', '#']) {
            return Err(IssueError::Draft { field: "status" });
        }
        document["credentialStatus"] = reference.to_entries(&lists_url);
    }
    if let Some(schema) = draft.schema {
        if !iri::is_absolute(&schema.id) || schema.kind.is_empty() {
            return Err(IssueError::Draft { field: "schema" });
        }
        document["credentialSchema"] = json!({"id": schema.id, "type": schema.kind});
    }
    document["credentialSubject"] = claims(draft.subject, draft.claims)?;
    Ok(document)
}

fn types(types: Vec<String>) -> Result<Vec<String>, IssueError> {
    let name = |text: &String| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric())
            && text != "VerifiableCredential"
    };
    if !types.iter().all(name) {
        return Err(IssueError::Draft { field: "types" });
    }
    Ok(std::iter::once("VerifiableCredential".to_owned()).chain(types).collect())
}

fn claims(subject: String, mut claims: Map<String, Value>) -> Result<Value, IssueError> {
    if !iri::is_absolute(&subject) {
        return Err(IssueError::Draft { field: "subject" });
    }
    if claims.contains_key("id") || claims.keys().any(|name| name.starts_with('@')) {
        return Err(IssueError::Draft { field: "claims" });
    }
    claims.insert("id".to_owned(), subject.into());
    Ok(claims.into())
}

pub(crate) fn time(unix: u64) -> Result<String, IssueError> {
    rfc3339::format(unix).ok_or(IssueError::Time)
}

/// Why a draft cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A field that its documentation rules out.
    #[error("the draft's {field} cannot be issued: see the documentation of CredentialDraft")]
    Draft {
        /// Which.
        field: &'static str,
    },
    /// Beyond the year 9999: most often milliseconds.
    #[error("a time lies beyond the year 9999: times are Unix seconds, not milliseconds")]
    Time,
    /// Too long, too deep, or numbers that lose digits.
    #[error(transparent)]
    Json(#[from] JsonError),
}
