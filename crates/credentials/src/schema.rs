//! JSON Schema for credentials ([VC JSON Schema](https://www.w3.org/TR/vc-json-schema/), `credentialSchema` of type `JsonSchema`).

use std::fmt;

use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use serde_json::{Map, Value};

use crate::{
    draft::Schema,
    iri,
    json::{self, JsonError},
};

/// Bytes of the longest schema.
pub const MAX_SCHEMA_LEN: usize = 256 << 10;

/// The kind that W3C gives such a schema.
const KIND: &str = "JsonSchema";

/// Differences that are named; there may be more.
const NAMED_DIFFERENCES: usize = 5;

/// Bytes that a compiled `pattern` may take up.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// A schema that whole credentials follow, without their proof: the claims are under `credentialSubject`. Whoever reads it in trusts it; it
/// fetches nothing, and its patterns cost time that grows with the text only.
pub struct CredentialSchema {
    id: String,
    validator: Validator,
}

impl CredentialSchema {
    /// Reads a schema. Its `$id` names it, and stands in every credential that is issued under it.
    ///
    /// # Errors
    /// If it is too long, no JSON Schema, has no absolute `$id`, or refers to another document: nothing is fetched.
    pub fn parse(bytes: &[u8]) -> Result<Self, SchemaError> {
        let schema = json::parse_object(bytes, MAX_SCHEMA_LEN)?;
        let id = schema.get("$id").and_then(Value::as_str).filter(|id| iri::is_absolute(id));
        let id = id.ok_or(SchemaError::NoId)?.to_owned();
        let options = jsonschema::options()
            .with_retriever(Nothing)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .should_validate_formats(true);
        let validator =
            options.build(&Value::Object(schema)).map_err(|error| SchemaError::Schema(error.to_string()))?;
        Ok(Self { id, validator })
    }

    /// What `credentialSchema` says of it.
    pub fn reference(&self) -> Schema {
        Schema { id: self.id.clone(), kind: KIND.to_owned() }
    }

    /// Whether a credential, without its proof, follows the schema.
    ///
    /// # Errors
    /// Where it differs; what stands there is not repeated, for it is personal.
    pub(crate) fn check(
        &self,
        credential: Map<String, Value>,
    ) -> (Map<String, Value>, Result<(), SchemaMismatch>) {
        let credential = Value::Object(credential);
        let places: Vec<String> = self
            .validator
            .iter_errors(&credential)
            .take(NAMED_DIFFERENCES)
            .map(|error| {
                format!("{} ({})", shown(error.instance_path().as_str()), error.schema_path().as_str())
            })
            .collect();
        let checked = if places.is_empty() { Ok(()) } else { Err(SchemaMismatch { places }) };
        match credential {
            Value::Object(credential) => (credential, checked),
            _ => (Map::new(), checked),
        }
    }
}

impl fmt::Debug for CredentialSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialSchema({})", self.id)
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "the credential itself" } else { path }
}

/// Where a credential differs from a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the credential does not follow the schema at {}", .places.join(", "))]
pub(crate) struct SchemaMismatch {
    places: Vec<String>,
}

/// Fetches nothing.
struct Nothing;

impl Retrieve for Nothing {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("it refers to {uri}, and nothing is fetched: put that into the schema's $defs").into())
    }
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Too long, or no JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It has no name.
    #[error("the schema needs an $id, its absolute URL, by which credentials name it")]
    NoId,
    /// Not a JSON Schema, or one that refers to other documents.
    #[error("this is not a JSON Schema that can be used: {0}")]
    Schema(String),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(change: impl FnOnce(&mut Value)) -> Result<CredentialSchema, SchemaError> {
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://issuer.example/residence.json",
            "type": "object",
            "properties": {"credentialSubject": {"$ref": "#/$defs/subject"}},
            "required": ["credentialSubject"],
            "$defs": {"subject": {
                "type": "object",
                "properties": {"city": {"type": "string", "pattern": "^[A-Z][a-z]+$"}, "born": {"format": "date"}},
                "required": ["city"],
            }},
        });
        change(&mut schema);
        CredentialSchema::parse(&serde_json::to_vec(&schema).unwrap())
    }

    fn check(schema: &CredentialSchema, subject: Value) -> Result<(), SchemaMismatch> {
        let credential = json!({ "credentialSubject": subject });
        schema.check(credential.as_object().unwrap().clone()).1
    }

    #[test]
    fn a_credential_follows_its_schema_or_is_told_where_not() {
        let schema = schema(|_| ()).unwrap();
        assert_eq!(schema.reference().id, "https://issuer.example/residence.json");
        assert_eq!(check(&schema, json!({"city": "London", "born": "1815-12-10"})), Ok(()));
        let table = [
            ("missing", json!({}), "/credentialSubject (/"),
            ("of another type", json!({"city": 7}), "/credentialSubject/city"),
            ("another pattern", json!({"city": "london-secret"}), "/credentialSubject/city"),
            ("another format", json!({"city": "London", "born": "10 December"}), "/credentialSubject/born"),
        ];
        for (name, subject, place) in table {
            let error = check(&schema, subject).unwrap_err().to_string();
            assert!(error.contains(place), "{name}: {error}");
            assert!(!error.contains("secret") && !error.contains("December"), "{name}: {error}");
        }
    }

    #[test]
    fn schemas_that_need_something_else_are_refused_and_nothing_is_fetched() {
        let evil = "http://127.0.0.1:1/evil.json";
        let table = [
            ("a remote reference", schema(|it| it["properties"]["x"] = json!({"$ref": evil})), "evil.json"),
            ("a remote dialect", schema(|it| it["$schema"] = json!(evil)), "evil.json"),
            ("a file", schema(|it| it["$ref"] = json!("file:///etc/hostname")), "file:"),
            ("no id", schema(|it| drop(it.as_object_mut().unwrap().remove("$id"))), "$id"),
            ("a relative id", schema(|it| it["$id"] = json!("residence.json")), "$id"),
            ("another type", schema(|it| it["type"] = json!(7)), "JSON Schema"),
            (
                "a pattern that is none",
                schema(|it| it["$defs"]["subject"]["properties"]["city"]["pattern"] = json!("(")),
                "JSON Schema",
            ),
            (
                "a pattern that explodes",
                schema(|it| {
                    it["$defs"]["subject"]["properties"]["city"]["pattern"] =
                        json!("((a{1,1000}){1,1000}){1,1000}")
                }),
                "JSON Schema",
            ),
        ];
        for (name, schema, why) in table {
            let error = schema.expect_err(name).to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
        let long = vec![b' '; MAX_SCHEMA_LEN + 1];
        assert!(matches!(CredentialSchema::parse(&long), Err(SchemaError::Json(JsonError::TooLong { .. }))));
    }

    #[test]
    fn a_pattern_that_would_backtrack_for_ever_does_not() {
        let slow =
            schema(|it| it["$defs"]["subject"]["properties"]["city"]["pattern"] = json!("^(a+)+$")).unwrap();
        let start = std::time::Instant::now();
        assert!(check(&slow, json!({"city": format!("{}!", "a".repeat(50_000))})).is_err());
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
