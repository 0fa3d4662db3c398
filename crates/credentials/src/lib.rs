#![doc = include_str!("../README.md")]

mod bitstring;
pub mod context;
pub mod credential;
pub mod draft;
pub mod holder;
mod iri;
pub mod issuer_did;
pub mod issuer_key;
mod json;
pub mod profile_consent;
mod proof;
pub mod public_notes;
pub mod requirements;
mod rfc3339;
pub mod schema;
pub mod status_list;
pub mod status_reference;
pub mod verify;
pub mod web_did;

pub use context::{ContextError, Contexts};
pub use credential::{Credential, CredentialError};
pub use draft::{CredentialDraft, IssueError, Schema, StatusEntry, issue};
pub use holder::is_about;
pub use issuer_did::{DidError, IssuerDid};
pub use issuer_key::IssuerKey;
pub use json::{JsonError, MAX_CREDENTIAL_LEN, MAX_DEPTH, MAX_VALUES};
pub use profile_consent::{sign_profile_consent, verify_profile_consent};
pub use public_notes::{NotesError, PublicNotes, sign_notes, signer_of_notes, verify_notes, verify_notes_by};
pub use requirements::{FieldPath, Requirements, RequirementsError, Unmet};
pub use schema::{CredentialSchema, SchemaError};
pub use status_list::{
    ListReference, StatusList, StatusListError, StatusListTerms, issue_status_list, verify_status_list,
};
pub use status_reference::{StatusReference, StatusReferenceError};
pub use verify::{Check, CheckResult, Expectations, KnownKey, Outcome, Verdict, verify};
pub use web_did::{IssuerName, WebDid};
