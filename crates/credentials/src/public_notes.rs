//! Public notes: the readable metadata beside an encrypted credential.
//!
//! They are a JSON object of at most [`MAX_NOTES_LEN`] bytes, kept and signed as the exact text that the issuer wrote:
//!
//! ```json
//! {"id": "urn:uuid:…", "type": ["ProofOfResidence"], "issuer": "did:key:z6Mk…", "valid_from": 1700000000,
//!  "valid_until": 1800000000, "status": "caip10:…", "version": 2, "level": "plus"}
//! ```
//!
//! `id`, `type` and `issuer` are required, times are Unix seconds, `"self_issued": true` marks what a person states of herself, `version` is 1 unless
//! stated, and any other field is free. Notes can be renewed: the next ones have the next version and differ in free fields only. Everybody who can see that
//! the credential exists can read them: nothing personal belongs here.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    credential::{Credential, texts},
    issuer_did::IssuerDid,
    issuer_key::IssuerKey,
    json::{self, JsonError},
    status_reference::StatusReference,
    verify::KnownKey,
    web_did::IssuerName,
};

/// Bytes of the longest notes.
pub const MAX_NOTES_LEN: usize = 4096;

/// The field that marks what a person states of herself: `true`. It is no less signed than the other fields.
pub const SELF_ISSUED: &str = "self_issued";

/// What the issuer's signature begins with, so that it can be taken for nothing else.
const DOMAIN: &[u8] = b"idos public notes v1\n";

const RESERVED: [&str; 7] = ["id", "type", "issuer", "valid_from", "valid_until", "status", "version"];

/// The version of notes that state none.
const FIRST_VERSION: u32 = 1;

/// Public notes, as their exact text and as what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicNotes {
    text: String,
    fields: Map<String, Value>,
    id: Uuid,
    types: Vec<String>,
    issuer: IssuerName,
    valid_from: Option<u64>,
    valid_until: Option<u64>,
    status: Option<StatusReference>,
    version: u32,
}

impl PublicNotes {
    /// Reads notes; the text is kept as it is.
    pub fn parse(text: &str) -> Result<Self, NotesError> {
        let fields = json::parse_object(text.as_bytes(), MAX_NOTES_LEN)?;
        let missing = |field| NotesError::Field { field };
        Ok(Self {
            id: fields.get("id").and_then(urn_uuid).ok_or(missing("id"))?,
            types: fields
                .get("type")
                .and_then(texts)
                .filter(|types| !types.is_empty())
                .ok_or(missing("type"))?,
            issuer: field(&fields, "issuer")?.ok_or(missing("issuer"))?,
            valid_from: field(&fields, "valid_from")?,
            valid_until: field(&fields, "valid_until")?,
            status: field(&fields, "status")?,
            version: version(&fields)?,
            text: text.to_owned(),
            fields,
        })
    }

    /// The notes of a credential that its issuer made, with more fields (`level`, say) of the issuer's choice.
    ///
    /// # Errors
    /// The credential's id must be a `urn:uuid:` and its issuer a `did:key` or `did:web`, as in every credential from
    /// [`issue`](crate::issue); `more` must not repeat the fields that come from the credential.
    pub fn of(credential: &Credential, more: Map<String, Value>) -> Result<Self, NotesError> {
        if let Some(field) = RESERVED.into_iter().find(|field| more.contains_key(*field)) {
            return Err(NotesError::Field { field });
        }
        let types: Vec<_> = credential.types.iter().filter(|name| *name != "VerifiableCredential").collect();
        let types = if types.is_empty() { json!(credential.types) } else { json!(types) };
        let mut fields = more;
        fields.insert("id".to_owned(), json!(credential.id));
        fields.insert("type".to_owned(), types);
        fields.insert("issuer".to_owned(), json!(credential.issuer));
        let times = [("valid_from", credential.valid_from), ("valid_until", credential.valid_until)];
        for (name, time) in times.into_iter().filter_map(|(name, time)| Some((name, time?))) {
            fields.insert(name.to_owned(), json!(time));
        }
        if let Some(status) = credential.status {
            fields.insert("status".to_owned(), json!(status.to_string()));
        }
        Self::parse(&Value::Object(fields).to_string())
    }

    /// The notes that come after these, with other free fields: the next version of them.
    ///
    /// # Errors
    /// `more` must not name the fields that stay, nor the version.
    pub fn next(&self, more: Map<String, Value>) -> Result<Self, NotesError> {
        let next_version = self.version.checked_add(1).ok_or(NotesError::Version)?;
        if let Some(field) = RESERVED.into_iter().find(|field| more.contains_key(*field)) {
            return Err(NotesError::Field { field });
        }
        let stay = RESERVED
            .into_iter()
            .chain([SELF_ISSUED])
            .filter_map(|name| Some((name.to_owned(), self.fields.get(name)?.clone())));
        let mut fields: Map<String, Value> = stay.collect();
        fields.extend(more);
        fields.insert("version".to_owned(), json!(next_version));
        Self::parse(&Value::Object(fields).to_string())
    }

    /// Whether these may take the place of `present`: the next version of notes of the same credential.
    pub fn check_follows(&self, present: &Self) -> Result<(), NotesError> {
        let same = (self.id, &self.types, &self.issuer) == (present.id, &present.types, &present.issuer)
            && (self.valid_from, self.valid_until, self.status)
                == (present.valid_from, present.valid_until, present.status)
            && self.is_self_issued() == present.is_self_issued();
        if !same {
            return Err(NotesError::OtherCredential);
        }
        if present.version.checked_add(1) != Some(self.version) {
            return Err(NotesError::Version);
        }
        Ok(())
    }

    /// 1 for the first notes of a credential, one more for each that took their place.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The exact text, which is what is signed and stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The credential's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The credential's types.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// Who issued the credential and signs these notes.
    pub fn issuer(&self) -> &IssuerName {
        &self.issuer
    }

    /// Unix seconds.
    pub fn valid_from(&self) -> Option<u64> {
        self.valid_from
    }

    /// Unix seconds.
    pub fn valid_until(&self) -> Option<u64> {
        self.valid_until
    }

    /// Where the credential's status stands.
    pub fn status(&self) -> Option<StatusReference> {
        self.status
    }

    /// Any field, by name.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Whether they say that the subject issued the credential to herself, so that nobody has checked it.
    pub fn is_self_issued(&self) -> bool {
        self.field(SELF_ISSUED) == Some(&Value::Bool(true))
    }

    /// Whether these are the notes of this credential: same id, issuer, period and status. Notes that were signed for another
    /// credential, of the same issuer even, do not describe it.
    pub fn describe(&self, credential: &Credential) -> bool {
        credential.id.as_deref() == Some(self.id.urn().to_string().as_str())
            && credential.issuer == self.issuer.as_str()
            && credential.valid_from == self.valid_from
            && credential.valid_until == self.valid_until
            && credential.status == self.status
    }

    fn message(&self) -> Vec<u8> {
        [DOMAIN, self.text.as_bytes()].concat()
    }
}

impl fmt::Display for PublicNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for PublicNotes {
    type Err = NotesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The issuer's Ed25519 signature over `"idos public notes v1\n" || text`.
///
/// # Errors
/// The notes must name the signing issuer.
pub fn sign_notes(key: &IssuerKey, notes: &PublicNotes) -> Result<[u8; 64], NotesError> {
    if key.name() != notes.issuer {
        return Err(NotesError::OtherIssuer);
    }
    Ok(key.sign(&notes.message()))
}

/// Checks that the issuer whom the notes name signed them. Whether that issuer is to be trusted is another question.
///
/// # Errors
/// An issuer that is named by its web site is known by keys: see [`verify_notes_by`].
pub fn verify_notes(notes: &PublicNotes, signature: &[u8; 64]) -> Result<(), NotesError> {
    verify_notes_by(notes, signature, &[])
}

/// The same, for issuers of whom the caller has keys too.
pub fn verify_notes_by(
    notes: &PublicNotes,
    signature: &[u8; 64],
    known_keys: &[KnownKey],
) -> Result<(), NotesError> {
    signer_of_notes(notes, signature, known_keys).map(drop)
}

/// The key that signed the notes, which is their issuer's: the issuer itself, or one of the keys that the caller has of a web site.
///
/// # Errors
/// As [`verify_notes`].
pub fn signer_of_notes(
    notes: &PublicNotes,
    signature: &[u8; 64],
    known_keys: &[KnownKey],
) -> Result<IssuerDid, NotesError> {
    let message = notes.message();
    let found = match &notes.issuer {
        IssuerName::Key(did) => Some(did).filter(|did| did.verifies(&message, signature)),
        IssuerName::Web(did) => {
            let keys: Vec<_> = known_keys.iter().filter(|known| known.issuer == did.as_str()).collect();
            if keys.is_empty() {
                return Err(NotesError::KeyUnknown);
            }
            keys.into_iter().map(|known| &known.key).find(|key| key.verifies(&message, signature))
        }
    };
    found.cloned().ok_or(NotesError::Signature)
}

fn version(fields: &Map<String, Value>) -> Result<u32, NotesError> {
    let version = field(fields, "version")?.unwrap_or(FIRST_VERSION);
    if version < FIRST_VERSION { Err(NotesError::Field { field: "version" }) } else { Ok(version) }
}

fn urn_uuid(value: &Value) -> Option<Uuid> {
    let text = value.as_str()?;
    let id: Uuid = text.strip_prefix("urn:uuid:")?.parse().ok()?;
    (id.urn().to_string() == text).then_some(id)
}

fn field<'a, T: Deserialize<'a>>(
    fields: &'a Map<String, Value>,
    field: &'static str,
) -> Result<Option<T>, NotesError> {
    let Some(value) = fields.get(field) else { return Ok(None) };
    T::deserialize(value).map(Some).map_err(|_| NotesError::Field { field })
}

/// Why notes are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotesError {
    /// Too long, or not a JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A field is missing, malformed, or given twice.
    #[error("the public notes' {field} is missing or malformed: see the documentation of public notes")]
    Field {
        /// Which.
        field: &'static str,
    },
    /// Notes of another credential, or ones that say otherwise when it is valid or where its status stands.
    #[error("new public notes keep id, type, issuer, period and status of the present ones")]
    OtherCredential,
    /// Not the version that comes next.
    #[error("the version of new public notes is the present one and one more: look at the present ones")]
    Version,
    /// The signing key is not that of the issuer named.
    #[error("these public notes name another issuer than the one who signs")]
    OtherIssuer,
    /// The issuer is named by its web site, and no key of it is at hand.
    #[error("no key is known of the issuer that these public notes name")]
    KeyUnknown,
    /// The signature does not fit.
    #[error(
        "the issuer's signature does not fit these public notes: they were altered, or another key signed them"
    )]
    Signature,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> IssuerKey {
        IssuerKey::from_seed(&[7; 32]).unwrap()
    }

    fn text() -> String {
        format!(
            r#"{{ "id": "urn:uuid:9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11", "type": "Residence", "issuer": "{}", "valid_from": 17, "level": "plus" }}"#,
            key().did()
        )
    }

    #[test]
    fn notes_keep_their_text_and_are_signed_as_such() {
        let notes = PublicNotes::parse(&text()).unwrap();
        assert_eq!(notes.as_str(), text());
        assert_eq!((notes.types(), notes.valid_from()), (&["Residence".to_owned()][..], Some(17)));
        assert_eq!(notes.field("level"), Some(&json!("plus")));

        let signature = sign_notes(&key(), &notes).unwrap();
        assert_eq!(verify_notes(&notes, &signature), Ok(()));
        let respaced = PublicNotes::parse(&text().replace("{ ", "{")).unwrap();
        assert_eq!(verify_notes(&respaced, &signature), Err(NotesError::Signature));
        let raised = PublicNotes::parse(&text().replace("plus", "best")).unwrap();
        assert_eq!(verify_notes(&raised, &signature), Err(NotesError::Signature));
        let undomained = key().sign(text().as_bytes());
        assert_eq!(verify_notes(&notes, &undomained), Err(NotesError::Signature));
    }

    #[test]
    fn only_true_marks_notes_as_self_issued() {
        let marked = |value: &str| {
            PublicNotes::parse(&text().replace("\"level\": \"plus\"", &format!("\"self_issued\": {value}")))
                .unwrap()
        };
        assert!(marked("true").is_self_issued());
        for value in ["false", "\"true\"", "1", "null"] {
            assert!(!marked(value).is_self_issued(), "{value}");
        }
        assert!(!PublicNotes::parse(&text()).unwrap().is_self_issued());
    }

    #[test]
    fn notes_of_a_site_are_signed_by_a_key_that_it_states() {
        let site: crate::WebDid = "did:web:issuer.example".parse().unwrap();
        let key = key().for_site(site.clone());
        let notes = PublicNotes::parse(&text().replace(key.did().as_str(), site.as_str())).unwrap();
        let signature = sign_notes(&key, &notes).unwrap();
        assert_eq!(verify_notes_by(&notes, &signature, &[key.known()]), Ok(()));
        assert_eq!(verify_notes(&notes, &signature), Err(NotesError::KeyUnknown));
        let other = IssuerKey::from_seed(&[8; 32]).unwrap();
        let other_site = other.for_site("did:web:other.example".parse().unwrap()).known();
        assert_eq!(verify_notes_by(&notes, &signature, &[other_site]), Err(NotesError::KeyUnknown));
        let other_key = IssuerKey::from_seed(&[8; 32]).unwrap().for_site(site).known();
        assert_eq!(verify_notes_by(&notes, &signature, &[other_key]), Err(NotesError::Signature));
        let own_name = IssuerKey::from_seed(&[7; 32]).unwrap();
        assert_eq!(sign_notes(&own_name, &notes), Err(NotesError::OtherIssuer));
    }

    #[test]
    fn an_issuer_signs_only_its_own_notes() {
        let other = IssuerKey::from_seed(&[8; 32]).unwrap();
        let notes = PublicNotes::parse(&text()).unwrap();
        assert_eq!(sign_notes(&other, &notes), Err(NotesError::OtherIssuer));
    }

    #[test]
    fn notes_are_renewed_by_the_next_version_with_other_free_fields() {
        let first = PublicNotes::parse(&text()).unwrap();
        assert_eq!(first.version(), 1);
        let more = |value: Value| value.as_object().unwrap().clone();
        let second = first.next(more(json!({"level": "best"}))).unwrap();
        assert_eq!((second.version(), second.field("level")), (2, Some(&json!("best"))));
        assert_eq!(second.check_follows(&first), Ok(()));
        let third = second.next(more(json!({}))).unwrap();
        assert_eq!((third.version(), third.field("level"), third.valid_from()), (3, None, Some(17)));

        let altered = |from: &str, to: &str| PublicNotes::parse(&second.as_str().replace(from, to)).unwrap();
        let other_issuer = IssuerKey::from_seed(&[8; 32]).unwrap().did();
        let table = [
            ("the same version", first.clone(), NotesError::Version),
            ("a version left out", third.clone(), NotesError::Version),
            ("another id", altered("9f51b3b2", "8f51b3b2"), NotesError::OtherCredential),
            ("another type", altered("Residence", "Personhood"), NotesError::OtherCredential),
            ("another period", altered("17", "18"), NotesError::OtherCredential),
            (
                "another issuer",
                altered(key().did().as_str(), other_issuer.as_str()),
                NotesError::OtherCredential,
            ),
        ];
        for (name, notes, error) in table {
            assert_eq!(notes.check_follows(&first), Err(error), "{name}");
        }
        assert_eq!(first.check_follows(&second), Err(NotesError::Version), "back to an older one");
        for field in ["id", "version", "status"] {
            let error = first.next(more(json!({field: 7}))).unwrap_err();
            assert_eq!(error, NotesError::Field { field });
        }
    }

    #[test]
    fn malformed_notes_are_refused() {
        let table = [
            ("no id", text().replace("\"id\"", "\"ID\""), "id"),
            ("an id that is no urn", text().replace("urn:uuid:", ""), "id"),
            ("an upper-case id", text().replace("9f51", "9F51"), "id"),
            ("no type", text().replace("\"type\"", "\"kind\""), "type"),
            ("a type that is no text", text().replace("\"Residence\"", "7"), "type"),
            ("no types at all", text().replace("\"Residence\"", "[]"), "type"),
            ("an issuer that is no did:key", text().replace("did:key", "did:web"), "issuer"),
            ("a time as text", text().replace("17,", "\"17\","), "valid_from"),
            ("a negative time", text().replace("17,", "-17,"), "valid_from"),
            ("version 0", text().replace("\"level\": \"plus\"", "\"version\": 0"), "version"),
            ("a version as text", text().replace("\"level\"", "\"version\""), "version"),
            ("a status that is none", text().replace("\"level\"", "\"status\""), "status"),
        ];
        for (name, text, field) in table {
            assert_eq!(PublicNotes::parse(&text), Err(NotesError::Field { field }), "{name}");
        }
        let long = text().replace("plus", &"+".repeat(MAX_NOTES_LEN));
        let error = PublicNotes::parse(&long).unwrap_err();
        assert_eq!(error, NotesError::Json(JsonError::TooLong { max_len: MAX_NOTES_LEN }));
    }
}
