//! What a consumer asks of a credential, and whether one meets it: by its public notes, which the node sees too, and by its claims, which only
//! its owner and those she shares it with do.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{credential::Credential, issuer_did::IssuerDid, public_notes::PublicNotes, web_did::IssuerName};

/// The most types that may be named.
pub const MAX_TYPES: usize = 8;
/// The most fields that may be required.
pub const MAX_FIELDS: usize = 32;
/// The most issuers that may be named.
pub const MAX_ISSUERS: usize = 32;
/// Bytes of the longest type or field.
pub const MAX_NAME_LEN: usize = 200;

/// What a credential must be and say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Requirements {
    types: Vec<String>,
    fields: Vec<FieldPath>,
    issuers: Vec<IssuerName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    types: Vec<String>,
    #[serde(default)]
    fields: Vec<FieldPath>,
    #[serde(default)]
    issuers: Vec<IssuerName>,
}

impl Requirements {
    /// A credential of one of `types`, that has all of `fields`, by one of `issuers`; no issuers named: by anybody.
    ///
    /// # Errors
    /// Without a type, with too many of something, or with something twice.
    pub fn new(
        types: Vec<String>,
        fields: Vec<FieldPath>,
        issuers: Vec<IssuerName>,
    ) -> Result<Self, RequirementsError> {
        if !(1..=MAX_TYPES).contains(&types.len()) || fields.len() > MAX_FIELDS || issuers.len() > MAX_ISSUERS
        {
            return Err(RequirementsError::Number);
        }
        if !types.iter().all(|name| is_type(name)) {
            return Err(RequirementsError::Type);
        }
        if has_repeats(&types) || has_repeats(&fields) || has_repeats(&issuers) {
            return Err(RequirementsError::Repeated);
        }
        Ok(Self { types, fields, issuers })
    }

    /// The types, of which the credential must have one.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// The fields, all of which must be there.
    pub fn fields(&self) -> &[FieldPath] {
        &self.fields
    }

    /// The issuers that are trusted: by the key that signs, or by the web site whose key it is; none: whoever.
    pub fn issuers(&self) -> &[IssuerName] {
        &self.issuers
    }

    /// Whether one of the trusted issuers is `issuer`, whose key `signer` is.
    pub fn trust(&self, issuer: &str, signer: &IssuerDid) -> bool {
        self.issuers.is_empty()
            || self.issuers.iter().any(|trusted| match trusted {
                IssuerName::Key(did) => did == signer,
                IssuerName::Web(site) => site.as_str() == issuer,
            })
    }

    /// What a credential with these notes lacks, as far as the notes say. `signer` is the key that signed them ([`signer_of_notes`](crate::signer_of_notes)).
    pub fn unmet_by_notes(&self, notes: &PublicNotes, signer: &IssuerDid, now: u64) -> Vec<Unmet> {
        let issuer = self.trust(notes.issuer().as_str(), signer);
        let period = (notes.valid_from(), notes.valid_until());
        self.unmet(notes.types(), issuer, period, now)
    }

    /// What a credential lacks, all of it. That it is what it says it is, and whether the key that signed it is one that is trusted, are other
    /// questions: [`verify`](crate::verify()).
    pub fn unmet_by_credential(&self, credential: &Credential, is_trusted: bool, now: u64) -> Vec<Unmet> {
        let period = (credential.valid_from, credential.valid_until);
        let mut unmet = self.unmet(&credential.types, is_trusted, period, now);
        let missing = self.missing_fields(&credential.claims);
        unmet.extend(missing.map(|field| Unmet::Field { field: field.clone() }));
        unmet
    }

    /// Whether one of `types` is asked for.
    pub fn has_type(&self, types: &[String]) -> bool {
        self.types.iter().any(|name| types.contains(name))
    }

    /// The fields that the claims lack.
    pub fn missing_fields(&self, claims: &Map<String, Value>) -> impl Iterator<Item = &FieldPath> {
        self.fields.iter().filter(|field| field.find(claims).is_none())
    }

    fn unmet(
        &self,
        types: &[String],
        issuer: bool,
        (from, until): (Option<u64>, Option<u64>),
        now: u64,
    ) -> Vec<Unmet> {
        let table = [
            (Unmet::Type, self.has_type(types)),
            (Unmet::Issuer, issuer),
            (Unmet::NotYetValid, from.is_none_or(|from| from <= now)),
            (Unmet::Expired, until.is_none_or(|until| now <= until)),
        ];
        table.into_iter().filter(|(_, is_met)| !is_met).map(|(unmet, _)| unmet).collect()
    }
}

impl TryFrom<Unchecked> for Requirements {
    type Error = RequirementsError;

    fn try_from(Unchecked { types, fields, issuers }: Unchecked) -> Result<Self, Self::Error> {
        Self::new(types, fields, issuers)
    }
}

/// What a credential lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unmet", rename_all = "snake_case")]
pub enum Unmet {
    /// It is of none of the types.
    Type,
    /// Its issuer is not among the trusted ones.
    Issuer,
    /// Its time has not come.
    NotYetValid,
    /// Its time has passed.
    Expired,
    /// It says nothing of a field.
    Field {
        /// Which.
        field: FieldPath,
    },
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str("it is of another type"),
            Self::Issuer => f.write_str("its issuer is not one that is trusted"),
            Self::NotYetValid => f.write_str("it is not valid yet"),
            Self::Expired => f.write_str("it has expired"),
            Self::Field { field } => write!(f, "it has no {field}"),
        }
    }
}

/// A field of the claims: a name (`birthDate`), or a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into
/// `credentialSubject` (`/address/country`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FieldPath(String);

impl FieldPath {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the claims say there; nothing where it is `null` or an empty text.
    pub fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let found = match self.0.strip_prefix('/') {
            None => claims.get(&self.0),
            Some(rest) => {
                let (first, deeper) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                claims.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(deeper)
            }
        };
        found.filter(|value| !value.is_null() && value.as_str() != Some(""))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for FieldPath {
    type Err = RequirementsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let escapes =
            text.match_indices('~').all(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'0' | b'1')));
        let is_pointer = text.starts_with('/');
        if is_name(text) && (!is_pointer || escapes && text.len() > 1) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RequirementsError::Field)
        }
    }
}

impl From<FieldPath> for String {
    fn from(field: FieldPath) -> Self {
        field.0
    }
}

impl TryFrom<String> for FieldPath {
    type Error = RequirementsError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Visible ASCII: a name that looks like another one is no name to ask for.
fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_LEN).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic())
}

fn is_type(text: &str) -> bool {
    is_name(text)
}

fn has_repeats<T: PartialEq>(items: &[T]) -> bool {
    items.iter().enumerate().any(|(index, item)| items.iter().take(index).any(|before| before == item))
}

/// Why something cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequirementsError {
    /// None or too many.
    #[error(
        "a request names 1 to {MAX_TYPES} types, at most {MAX_FIELDS} fields and at most {MAX_ISSUERS} issuers"
    )]
    Number,
    /// Not a name.
    #[error("a type has 1 to {MAX_NAME_LEN} visible ASCII characters")]
    Type,
    /// Neither a name nor a JSON pointer.
    #[error(
        "a field is a claim's name, or a JSON pointer like /address/country, in at most {MAX_NAME_LEN} visible ASCII characters"
    )]
    Field,
    /// The same twice.
    #[error("a request names each type, field and issuer once")]
    Repeated,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::IssuerKey;

    const NOW: u64 = 1_800_000_000;

    fn did(n: u8) -> IssuerDid {
        IssuerKey::from_seed(&[n; 32]).unwrap().did()
    }

    fn requirements(fields: &[&str], issuers: &[u8]) -> Requirements {
        let fields = fields.iter().map(|field| field.parse().unwrap()).collect();
        Requirements::new(
            vec!["Residence".into(), "Identity".into()],
            fields,
            issuers.iter().map(|n| IssuerName::Key(did(*n))).collect(),
        )
        .unwrap()
    }

    fn notes(kind: &str, issuer: u8, more: Value) -> PublicNotes {
        let mut notes = json!({"id": "urn:uuid:9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11", "type": [kind], "issuer": did(issuer)});
        notes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        PublicNotes::parse(&notes.to_string()).unwrap()
    }

    #[test]
    fn notes_are_matched_by_type_issuer_and_period() {
        let any = requirements(&["birthDate"], &[]);
        let one = requirements(&[], &[1]);
        let table = [
            ("what is asked for", &one, notes("Residence", 1, json!({})), vec![]),
            ("the other type", &one, notes("Identity", 1, json!({})), vec![]),
            ("another type", &one, notes("Diploma", 1, json!({})), vec![Unmet::Type]),
            ("another issuer", &one, notes("Residence", 2, json!({})), vec![Unmet::Issuer]),
            ("another issuer where none is named", &any, notes("Residence", 2, json!({})), vec![]),
            (
                "its last second",
                &one,
                notes("Residence", 1, json!({"valid_from": NOW, "valid_until": NOW})),
                vec![],
            ),
            (
                "a second later",
                &one,
                notes("Residence", 1, json!({"valid_until": NOW - 1})),
                vec![Unmet::Expired],
            ),
            (
                "a second before",
                &one,
                notes("Residence", 1, json!({"valid_from": NOW + 1})),
                vec![Unmet::NotYetValid],
            ),
            (
                "nothing fits",
                &one,
                notes("Diploma", 2, json!({"valid_until": 1})),
                vec![Unmet::Type, Unmet::Issuer, Unmet::Expired],
            ),
        ];
        for (name, requirements, notes, unmet) in table {
            let signer = notes.issuer().as_str().parse().unwrap();
            assert_eq!(requirements.unmet_by_notes(&notes, &signer, NOW), unmet, "{name}");
        }
    }

    #[test]
    fn an_issuer_is_trusted_by_its_key_or_by_its_site() {
        let (site, key) = ("did:web:issuer.example", did(1).to_string());
        let trusting = |issuers: Value| -> Requirements {
            serde_json::from_value(json!({"types": ["Residence"], "issuers": issuers})).unwrap()
        };
        let table = [
            ("whoever", json!([]), site, 1, true),
            ("the site, by any key of it", json!([site]), site, 2, true),
            ("a key of the site", json!([did(1)]), site, 1, true),
            ("another key of the site", json!([did(1)]), site, 2, false),
            ("another site", json!([site]), "did:web:other.example", 1, false),
            ("both", json!([did(1), site]), site, 2, true),
            ("the key alone, where the site is named", json!([site]), key.as_str(), 1, false),
        ];
        for (name, issuers, issuer, signer, expected) in table {
            assert_eq!(trusting(issuers).trust(issuer, &did(signer)), expected, "{name}");
        }
    }

    #[test]
    fn fields_are_found_by_name_and_by_pointer() {
        let claims = json!({
            "birthDate": "1990-01-01", "address": {"country": "NZ", "lines": ["a", ""], "a/b": 1, "m~n": false},
            "nothing": null, "blank": "", "/odd": 1
        });
        let claims = claims.as_object().unwrap();
        for there in [
            "birthDate",
            "/birthDate",
            "address",
            "/address/country",
            "/address/lines/0",
            "/address/a~1b",
            "/address/m~0n",
        ] {
            assert_eq!(requirements(&[there], &[]).missing_fields(claims).count(), 0, "{there}");
        }
        for missing in [
            "BirthDate",
            "/address/city",
            "/address/lines/1",
            "/address/lines/2",
            "/address/country/x",
            "nothing",
            "blank",
            "/odd",
        ] {
            let requirements = requirements(&[missing], &[]);
            let found: Vec<_> = requirements.missing_fields(claims).map(FieldPath::as_str).collect();
            assert_eq!(found, [missing]);
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        let many = |n: usize| (0..n).map(|n| format!("T{n}")).collect::<Vec<_>>();
        let long = "x".repeat(MAX_NAME_LEN + 1);
        let table = [
            ("no type", json!({"types": []})),
            ("nothing", json!({})),
            ("too many types", json!({"types": many(MAX_TYPES + 1)})),
            ("a type twice", json!({"types": ["A", "A"]})),
            ("a type of two words", json!({"types": ["A B"]})),
            ("a type in letters that look alike", json!({"types": ["Р"]})),
            ("a long type", json!({"types": [long]})),
            ("too many fields", json!({"types": ["A"], "fields": many(MAX_FIELDS + 1)})),
            ("a field twice", json!({"types": ["A"], "fields": ["a", "a"]})),
            ("no name", json!({"types": ["A"], "fields": [""]})),
            ("the whole subject", json!({"types": ["A"], "fields": ["/"]})),
            ("a wrong escape", json!({"types": ["A"], "fields": ["/a~2"]})),
            ("an unfinished escape", json!({"types": ["A"], "fields": ["/a~"]})),
            ("a line break", json!({"types": ["A"], "fields": ["a\nb"]})),
            ("an issuer that is none", json!({"types": ["A"], "issuers": ["alice"]})),
            ("an issuer twice", json!({"types": ["A"], "issuers": [did(1), did(1)]})),
            ("an unknown field", json!({"types": ["A"], "claims": []})),
        ];
        for (name, value) in table {
            assert!(serde_json::from_value::<Requirements>(value).is_err(), "{name}");
        }
        let good =
            json!({"types": ["A"], "fields": ["/a~0b", "c"], "issuers": [did(1), "did:web:issuer.example"]});
        let read: Requirements = serde_json::from_value(good.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), good);
    }
}
