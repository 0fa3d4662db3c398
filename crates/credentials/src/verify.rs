//! Verifying: every check, its outcome, and the reason.

use idos_grants::Account;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    context::{ContextError, Contexts},
    credential::{Credential, CredentialError},
    holder::is_about,
    issuer_did::IssuerDid,
    json::{self, JsonError},
    proof::{Proof, ProofError, Signed},
    requirements::{FieldPath, Requirements},
    rfc3339,
    schema::CredentialSchema,
};

/// What the caller expects of a credential.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expectations<'a> {
    /// The issuers that the caller trusts, by the key that signs. `None`: not asked; `Some(&[])`: trusts nobody.
    pub issuers: Option<&'a [IssuerDid]>,
    /// The subject's `id`.
    pub subject: Option<&'a str>,
    /// Where the caller names no subject: the accounts of whoever it has the credential from. It must be about one of them ([`is_about`]).
    pub holders: &'a [Account],
    /// What a request asks for: types, fields, and issuers beside the ones above.
    pub requirements: Option<&'a Requirements>,
    /// Keys of issuers who are not named by `did:key`.
    pub known_keys: &'a [KnownKey],
    /// The contexts that the credential may name; without, the bundled ones.
    pub contexts: Option<&'a Contexts>,
    /// The schema that the credential follows, whichever it names itself.
    pub schema: Option<&'a CredentialSchema>,
    /// The oldest version of the public notes that will do: one that was seen before; 0: not asked. Looked at by whoever has the notes.
    pub min_notes_version: u32,
}

/// A key that the caller has from a source it trusts, for an issuer who is named by URL, as the reference system's are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// The proof's `verificationMethod`, e.g. `https://issuer.example/keys/1`.
    pub verification_method: String,
    /// The credential's `issuer`, e.g. `https://issuer.example`.
    pub issuer: String,
    /// The key, as a DID.
    pub key: IssuerDid,
}

/// One of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// It is JSON, bounded, a W3C credential, and names known contexts only. If not, there are no other checks.
    Form,
    /// The signature is that of the key that the proof names, over this credential.
    Proof,
    /// The signature covers every claim.
    Claims,
    /// The key that signed is the issuer's.
    Issuer,
    /// The issuer is trusted by the caller.
    Trust,
    /// `now` lies within the period of validity.
    Period,
    /// The subject is the expected one.
    Subject,
    /// It follows the expected schema.
    Schema,
    /// It is of a type that is asked for.
    Type,
    /// It has every field that is asked for.
    Fields,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail {
        /// Why, for a person.
        reason: String,
    },
    /// The caller expected nothing here.
    NotAsked,
}

/// A check and its outcome. As JSON: `{"check":"period","outcome":"fail","reason":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// Which check.
    pub check: Check,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of verifying a credential. Its status is not in it: look that up and add it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Every check, in the order of [`Check`].
    pub checks: Vec<CheckResult>,
    /// What the credential says; to be relied on only if [`Verdict::is_valid`].
    pub credential: Option<Credential>,
}

impl Verdict {
    /// Whether no check failed.
    pub fn is_valid(&self) -> bool {
        !self.checks.is_empty() && self.failures().next().is_none()
    }

    /// The outcome of one check; `None` if it was not reached.
    pub fn outcome(&self, check: Check) -> Option<&Outcome> {
        self.checks.iter().find(|result| result.check == check).map(|result| &result.outcome)
    }

    /// The checks that failed, with their reasons.
    pub fn failures(&self) -> impl Iterator<Item = (Check, &str)> {
        self.checks.iter().filter_map(|result| match &result.outcome {
            Outcome::Fail { reason } => Some((result.check, reason.as_str())),
            Outcome::Pass | Outcome::NotAsked => None,
        })
    }
}

/// Verifies a credential at the time `now` (Unix seconds). Nothing is fetched. Hostile input costs bounded time and memory.
pub fn verify(vc_json: &[u8], now: u64, expectations: &Expectations<'_>) -> Verdict {
    let bundled = Contexts::bundled();
    let contexts = expectations.contexts.unwrap_or(&bundled);
    let (document, proof) = match open(vc_json, contexts) {
        Ok(opened) => opened,
        Err(error) => return malformed(&error),
    };
    let signer = signer(&proof, &document, expectations, contexts, now);
    let (document, schema) = schema(document, expectations);
    let credential = match Credential::read(document) {
        Ok(credential) => credential,
        Err(error) => return malformed(&error.into()),
    };
    let mut checks = vec![(Check::Form, Outcome::Pass)];
    match &signer {
        Err(error) => checks.push((Check::Proof, fail(error))),
        Ok(signer) => {
            checks.push((Check::Proof, Outcome::Pass));
            checks.push((Check::Claims, claims(signer)));
            checks.push((Check::Issuer, issuer(&credential, signer)));
            checks.push((Check::Trust, trust(signer, expectations)));
        }
    }
    checks.push((Check::Period, period(&credential, now)));
    checks.push((Check::Subject, subject(&credential, expectations)));
    checks.push((Check::Schema, schema));
    checks.push((Check::Type, kind(&credential, expectations)));
    checks.push((Check::Fields, fields(&credential, expectations)));
    let checks = checks.into_iter().map(|(check, outcome)| CheckResult { check, outcome }).collect();
    Verdict { checks, credential: Some(credential) }
}

type Opened = (Map<String, Value>, Result<Proof, ProofError>);

fn open(vc_json: &[u8], contexts: &Contexts) -> Result<Opened, FormError> {
    let mut document = json::parse_object(vc_json, json::MAX_CREDENTIAL_LEN)?;
    let proof = document.remove("proof");
    contexts.check(&document)?;
    Ok((document, Proof::read(proof)))
}

fn malformed(error: &FormError) -> Verdict {
    Verdict { checks: vec![CheckResult { check: Check::Form, outcome: fail(error) }], credential: None }
}

/// Who signed, once the signature is known to hold.
struct Signer {
    key: IssuerDid,
    /// The `issuer` that the key may sign for.
    issuer: String,
    uncovered: Option<String>,
}

fn signer(
    proof: &Result<Proof, ProofError>,
    document: &Map<String, Value>,
    expectations: &Expectations<'_>,
    contexts: &Contexts,
    now: u64,
) -> Result<Signer, SignatureError> {
    let proof = proof.as_ref().map_err(Clone::clone)?;
    if proof.expires.is_some_and(|expires| expires < now) {
        return Err(SignatureError::Expired);
    }
    let (key, issuer) = key_of(&proof.method, expectations)?;
    let Signed { hash, uncovered } = proof.signed(document, contexts)?;
    if !key.verifies(&hash, &proof.signature) {
        return Err(SignatureError::Wrong);
    }
    Ok(Signer { key, issuer, uncovered })
}

fn key_of(method: &str, expectations: &Expectations<'_>) -> Result<(IssuerDid, String), SignatureError> {
    if let Some(known) = expectations.known_keys.iter().find(|known| known.verification_method == method) {
        return Ok((known.key.clone(), known.issuer.clone()));
    }
    let did = method.split_once('#').and_then(|(did, _)| did.parse::<IssuerDid>().ok());
    match did.filter(|did| did.verification_method() == method) {
        Some(did) => Ok((did.clone(), did.to_string())),
        None => Err(SignatureError::UnknownMethod),
    }
}

fn claims(signer: &Signer) -> Outcome {
    match &signer.uncovered {
        None => Outcome::Pass,
        Some(reason) => fail(reason),
    }
}

fn issuer(credential: &Credential, signer: &Signer) -> Outcome {
    if credential.issuer == signer.issuer {
        return Outcome::Pass;
    }
    fail(&format_args!(
        "the credential names the issuer {}, but {} signed it",
        credential.issuer, signer.issuer
    ))
}

fn trust(signer: &Signer, expectations: &Expectations<'_>) -> Outcome {
    let required = expectations.requirements.filter(|required| !required.issuers().is_empty());
    let asked = [
        expectations.issuers.map(|trusted| trusted.contains(&signer.key)),
        required.map(|required| required.trust(&signer.issuer, &signer.key)),
    ];
    match asked.into_iter().flatten().reduce(|one, other| one && other) {
        None => Outcome::NotAsked,
        Some(true) => Outcome::Pass,
        Some(false) => fail(&format_args!("the issuer {} is not one that you trust", signer.issuer)),
    }
}

fn period(credential: &Credential, now: u64) -> Outcome {
    let at = |unix: u64| rfc3339::format(unix).unwrap_or_else(|| unix.to_string());
    match (credential.valid_from, credential.valid_until) {
        (Some(from), _) if now < from => fail(&format_args!("the credential is valid from {} on", at(from))),
        (_, Some(until)) if until < now => {
            fail(&format_args!("the credential was valid until {}", at(until)))
        }
        _ => Outcome::Pass,
    }
}

fn subject(credential: &Credential, expectations: &Expectations<'_>) -> Outcome {
    let subject = credential.subject.as_deref();
    match (expectations.subject, expectations.holders) {
        (None, []) => Outcome::NotAsked,
        (Some(expected), _) if subject == Some(expected) => Outcome::Pass,
        (Some(expected), _) => fail(&format_args!("the credential is not about {expected}")),
        (None, holders) if holders.iter().any(|holder| subject.is_some_and(|id| is_about(id, holder))) => {
            Outcome::Pass
        }
        (None, holders) => {
            let holders: Vec<_> = holders.iter().map(ToString::to_string).collect();
            fail(&format_args!(
                "the credential is about {}, and {} shared it: if you know that both are the same person, name the subject",
                subject.unwrap_or("nobody that it names"),
                holders.join(" and ")
            ))
        }
    }
}

fn schema(document: Map<String, Value>, expectations: &Expectations<'_>) -> (Map<String, Value>, Outcome) {
    let Some(schema) = expectations.schema else { return (document, Outcome::NotAsked) };
    let (document, checked) = schema.check(document);
    let outcome = match checked {
        Ok(()) => Outcome::Pass,
        Err(mismatch) => fail(&mismatch),
    };
    (document, outcome)
}

fn kind(credential: &Credential, expectations: &Expectations<'_>) -> Outcome {
    match expectations.requirements {
        None => Outcome::NotAsked,
        Some(required) if required.has_type(&credential.types) => Outcome::Pass,
        Some(required) => {
            fail(&format_args!("the credential is not of type {}", required.types().join(" or ")))
        }
    }
}

fn fields(credential: &Credential, expectations: &Expectations<'_>) -> Outcome {
    let Some(required) = expectations.requirements else { return Outcome::NotAsked };
    let missing: Vec<_> = required.missing_fields(&credential.claims).map(FieldPath::as_str).collect();
    match missing.as_slice() {
        [] => Outcome::Pass,
        missing => fail(&format_args!("the credential lacks {}", missing.join(", "))),
    }
}

fn fail(reason: &impl ToString) -> Outcome {
    Outcome::Fail { reason: reason.to_string() }
}

#[derive(Debug, thiserror::Error)]
enum FormError {
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

#[derive(Debug, thiserror::Error)]
enum SignatureError {
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(
        "the proof names a key that is not known: a did:key with its own key, or one that you have added"
    )]
    UnknownMethod,
    #[error("the proof has expired")]
    Expired,
    #[error("the signature does not fit: the credential was altered, or another key signed it")]
    Wrong,
}
