//! A credential as read.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    iri, rfc3339,
    status_reference::{self, StatusReference, StatusReferenceError},
};

/// What a credential says. That it says so proves nothing: see [`Verdict`](crate::Verdict).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// `id`, an absolute IRI.
    pub id: Option<String>,
    /// `type`, `VerifiableCredential` among them.
    pub types: Vec<String>,
    /// `issuer`, or its `id`.
    pub issuer: String,
    /// The subject's `id`.
    pub subject: Option<String>,
    /// `validFrom` or, in VCDM 1.1, `issuanceDate`; Unix seconds.
    pub valid_from: Option<u64>,
    /// `validUntil` or, in VCDM 1.1, `expirationDate`; Unix seconds.
    pub valid_until: Option<u64>,
    /// The on-chain status.
    pub status: Option<StatusReference>,
    /// The types of status entries that are not ours. Nobody has looked these up.
    pub other_statuses: Vec<String>,
    /// `credentialSubject` without its `id`.
    pub claims: Map<String, Value>,
}

impl Credential {
    /// Reads a credential, its `@context` checked and its `proof` taken out.
    pub(crate) fn read(mut document: Map<String, Value>) -> Result<Self, CredentialError> {
        let types = types(&document)?;
        let mut claims = subject(document.remove("credentialSubject"))?;
        let statuses = match document.get("credentialStatus") {
            Some(status) => status_reference::read(status)?,
            None => Default::default(),
        };
        Ok(Self {
            id: identifier(document.get("id"), "id")?,
            types,
            issuer: issuer(&document)?,
            subject: identifier(claims.remove("id").as_ref(), "credentialSubject.id")?,
            valid_from: time(&document, "validFrom", "issuanceDate")?,
            valid_until: time(&document, "validUntil", "expirationDate")?,
            status: statuses.on_chain,
            other_statuses: statuses.other,
            claims,
        })
    }
}

fn types(document: &Map<String, Value>) -> Result<Vec<String>, CredentialError> {
    let field = "type";
    let types = document.get(field).ok_or(CredentialError::Missing { field })?;
    let types = texts(types).ok_or(CredentialError::Malformed { field })?;
    if types.iter().any(|name| name == "VerifiableCredential") {
        Ok(types)
    } else {
        Err(CredentialError::NotACredential)
    }
}

/// A text, or a list of texts.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn issuer(document: &Map<String, Value>) -> Result<String, CredentialError> {
    let field = "issuer";
    let issuer = match document.get(field) {
        Some(Value::Object(issuer)) => issuer.get("id"),
        issuer => issuer,
    };
    identifier(issuer, field)?.ok_or(CredentialError::Missing { field })
}

fn subject(value: Option<Value>) -> Result<Map<String, Value>, CredentialError> {
    let field = "credentialSubject";
    match value {
        None => Err(CredentialError::Missing { field }),
        Some(Value::Object(claims)) => Ok(claims),
        Some(Value::Array(mut subjects)) if subjects.len() == 1 => subject(subjects.pop()),
        Some(_) => Err(CredentialError::Malformed { field }),
    }
}

fn identifier(value: Option<&Value>, field: &'static str) -> Result<Option<String>, CredentialError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) if iri::is_absolute(text) => Ok(Some(text.clone())),
        Some(_) => Err(CredentialError::Malformed { field }),
    }
}

fn time(
    document: &Map<String, Value>,
    v2: &'static str,
    v1: &'static str,
) -> Result<Option<u64>, CredentialError> {
    let (field, value) = match (document.get(v2), document.get(v1)) {
        (None, None) => return Ok(None),
        (Some(value), None) => (v2, value),
        (None, Some(value)) => (v1, value),
        (Some(_), Some(_)) => return Err(CredentialError::Malformed { field: v1 }),
    };
    let time = value.as_str().and_then(rfc3339::parse).ok_or(CredentialError::Malformed { field })?;
    Ok(Some(time))
}

/// Why JSON is not a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// A required field is absent.
    #[error("the credential has no {field}")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A field is of another form than the data model gives it.
    #[error("the credential's {field} is not what the W3C data model asks for")]
    Malformed {
        /// Which.
        field: &'static str,
    },
    /// `type` lacks `VerifiableCredential`.
    #[error("the credential's type does not include VerifiableCredential")]
    NotACredential,
    /// A status entry that begins like ours but is not.
    #[error(transparent)]
    Status(#[from] StatusReferenceError),
}
