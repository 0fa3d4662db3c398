//! JSON-LD contexts: which are known, and what they keep apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use ssi_json_ld::ContextLoader;

use crate::{iri, json};

/// The base context of VCDM 1.1.
pub(crate) const VCDM_1: &str = "https://www.w3.org/2018/credentials/v1";
/// The base context of VCDM 2.0.
pub(crate) const VCDM_2: &str = "https://www.w3.org/ns/credentials/v2";
/// W3C's context for terms that no other context defines: it gives each an IRI of its own.
pub(crate) const UNDEFINED_TERMS: &str = "https://www.w3.org/ns/credentials/undefined-terms/v2";
const UNDEFINED_TERMS_TEXT: &str =
    r#"{"@context":{"@vocab":"https://www.w3.org/ns/credentials/undefined-term#"}}"#;

/// The contexts that come with this crate.
pub const BUNDLED: [&str; 10] = [
    VCDM_1,
    VCDM_2,
    UNDEFINED_TERMS,
    "https://www.w3.org/2018/credentials/examples/v1",
    "https://www.w3.org/ns/credentials/examples/v2",
    "https://w3id.org/security/suites/ed25519-2020/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/vc/status-list/2021/v1",
];

/// Bytes of the longest context that a caller may add.
pub const MAX_CONTEXT_LEN: usize = 64 << 10;

/// The contexts that a credential may name. Nothing is ever fetched: a context is one of [`BUNDLED`], or its text was
/// [added](Contexts::with) by the caller.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    added: BTreeMap<String, Added>,
}

#[derive(Debug, Clone)]
struct Added {
    text: String,
    ambiguous: BTreeSet<String>,
}

impl Contexts {
    /// The bundled contexts alone.
    pub fn bundled() -> Self {
        Self::default()
    }

    /// Adds the context at `url`, whose `text` the caller vouches for, e.g. an older system's.
    ///
    /// # Errors
    /// The text must be a flat list of terms, `{"@context": {"term": "IRI or prefix:name", …}}`; a bundled URL cannot be given
    /// another meaning.
    pub fn with(mut self, url: &str, text: &str) -> Result<Self, ContextError> {
        if !iri::is_absolute(url) || BUNDLED.contains(&url) {
            return Err(ContextError::NotAddable { url: url.to_owned() });
        }
        let ambiguous =
            ambiguous_terms(text).ok_or_else(|| ContextError::NotAddable { url: url.to_owned() })?;
        self.added.insert(url.to_owned(), Added { text: text.to_owned(), ambiguous });
        Ok(self)
    }

    /// Checks that the credential names known contexts only, here and in whatever it contains, the base context first.
    pub(crate) fn check(&self, credential: &Map<String, Value>) -> Result<(), ContextError> {
        let first = credential.get("@context").and_then(|context| match context {
            Value::Array(urls) => urls.first()?.as_str(),
            one => one.as_str(),
        });
        if !matches!(first, Some(VCDM_1 | VCDM_2)) {
            return Err(ContextError::NoBase);
        }
        for url in named(credential)? {
            if !self.knows(url) {
                return Err(ContextError::Unknown { url: url.to_owned() });
            }
        }
        Ok(())
    }

    /// Terms that share their IRI with another term, by the contexts that the credential names.
    pub(crate) fn ambiguous(&self, credential: &Map<String, Value>) -> BTreeSet<&str> {
        let named = named(credential).unwrap_or_default();
        let added = named.iter().filter_map(|url| self.added.get(*url));
        added.flat_map(|context| context.ambiguous.iter().map(String::as_str)).collect()
    }

    /// The loader for JSON-LD processing.
    pub(crate) fn loader(&self) -> Result<ContextLoader, ContextError> {
        let added = self.added.iter().map(|(url, context)| (url.clone(), context.text.clone()));
        let texts: HashMap<_, _> =
            added.chain([(UNDEFINED_TERMS.to_owned(), UNDEFINED_TERMS_TEXT.to_owned())]).collect();
        ContextLoader::default().with_context_map_from(texts).map_err(|_| ContextError::Inline)
    }

    fn knows(&self, url: &str) -> bool {
        BUNDLED.contains(&url) || self.added.contains_key(url)
    }
}

/// The URLs of every `@context` in the credential.
fn named(credential: &Map<String, Value>) -> Result<Vec<&str>, ContextError> {
    let mut urls = Vec::new();
    for (field, value) in credential {
        match value {
            Value::String(url) if field == "@context" => urls.push(url.as_str()),
            Value::Array(items) if field == "@context" => {
                for item in items {
                    urls.push(item.as_str().ok_or(ContextError::Inline)?);
                }
            }
            _ if field == "@context" => return Err(ContextError::Inline),
            Value::Object(fields) => urls.extend(named(fields)?),
            Value::Array(items) => urls.extend(named_in(items)?),
            _ => {}
        }
    }
    Ok(urls)
}

fn named_in(items: &[Value]) -> Result<Vec<&str>, ContextError> {
    let mut urls = Vec::new();
    for item in items {
        match item {
            Value::Object(fields) => urls.extend(named(fields)?),
            Value::Array(items) => urls.extend(named_in(items)?),
            _ => {}
        }
    }
    Ok(urls)
}

/// The terms of a flat context that share an IRI; `None` if it is not a flat context.
fn ambiguous_terms(text: &str) -> Option<BTreeSet<String>> {
    let document = json::parse_object(text.as_bytes(), MAX_CONTEXT_LEN).ok()?;
    let context = document.get("@context")?.as_object()?;
    let mut terms_of: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for (term, definition) in context {
        match term.as_str() {
            "@version" | "@protected" => {}
            keyword if keyword.starts_with('@') => return None,
            "@vocab" => return None,
            _ => terms_of.entry(iri_of(context, definition)?).or_default().push(term),
        }
    }
    let shared = terms_of.into_values().filter(|terms| terms.len() > 1);
    Some(shared.flatten().cloned().collect())
}

fn iri_of(context: &Map<String, Value>, definition: &Value) -> Option<String> {
    let text = match definition {
        Value::String(text) => text,
        Value::Object(fields) if fields.keys().all(|key| key == "@id" || key == "@type") => {
            fields.get("@id")?.as_str()?
        }
        _ => return None,
    };
    if text.starts_with('@') || !iri::is_absolute(text) {
        return None;
    }
    let expanded = text.split_once(':').and_then(|(prefix, name)| {
        let prefix = context.get(prefix)?.as_str()?;
        Some(format!("{prefix}{name}"))
    });
    Some(expanded.unwrap_or_else(|| text.to_owned()))
}

/// Why a context is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The first context is not VCDM 1.1's or 2.0's.
    #[error("the first @context of a credential is {VCDM_2} or {VCDM_1}")]
    NoBase,
    /// A context whose text is not known.
    #[error("the context {url} is not known: contexts are not fetched, add its text if you trust it")]
    Unknown {
        /// Its URL.
        url: String,
    },
    /// A context that is not named by URL.
    #[error("a @context must be a URL or a list of URLs, not a definition")]
    Inline,
    /// The text is not a flat context, or the URL is bundled or no URL.
    #[error(
        "the context {url} cannot be added: it must be a flat JSON list of terms under a URL that is not bundled"
    )]
    NotAddable {
        /// Its URL.
        url: String,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(contexts: &Contexts, credential: Value) -> Result<(), ContextError> {
        contexts.check(credential.as_object().unwrap())
    }

    #[test]
    fn unknown_contexts_are_named_wherever_they_stand() {
        let evil = "https://evil.example/v1";
        let unknown = Err(ContextError::Unknown { url: evil.to_owned() });
        let table = [
            ("base alone", json!({"@context": VCDM_2}), Ok(())),
            ("base first", json!({"@context": [VCDM_1, UNDEFINED_TERMS]}), Ok(())),
            ("none", json!({}), Err(ContextError::NoBase)),
            ("empty", json!({"@context": []}), Err(ContextError::NoBase)),
            ("base second", json!({"@context": [UNDEFINED_TERMS, VCDM_2]}), Err(ContextError::NoBase)),
            ("unknown", json!({"@context": [VCDM_2, evil]}), unknown.clone()),
            ("unknown inside", json!({"@context": VCDM_2, "a": [[{"@context": evil}]]}), unknown),
            ("inline", json!({"@context": [VCDM_2, {"a": "b:c"}]}), Err(ContextError::Inline)),
            ("inline inside", json!({"@context": VCDM_2, "a": {"@context": {}}}), Err(ContextError::Inline)),
            ("null", json!({"@context": [VCDM_2, null]}), Err(ContextError::Inline)),
        ];
        for (name, credential, expected) in table {
            assert_eq!(check(&Contexts::bundled(), credential), expected, "{name}");
        }
    }

    #[test]
    fn an_added_context_is_known_and_its_ambiguous_terms_are() {
        let url = "https://older.example/v1";
        let text = r#"{"@context":{"@protected":true,"xsd":"http://www.w3.org/2001/XMLSchema#",
            "first":"xsd:string","last":{"@id":"xsd:string"},"born":"xsd:date"}}"#;
        let contexts = Contexts::bundled().with(url, text).unwrap();
        let credential = json!({"@context": [VCDM_1, url]});
        assert_eq!(check(&contexts, credential.clone()), Ok(()));
        assert_eq!(contexts.ambiguous(credential.as_object().unwrap()), BTreeSet::from(["first", "last"]));
        assert!(contexts.ambiguous(json!({"@context": VCDM_1}).as_object().unwrap()).is_empty());
    }

    #[test]
    fn contexts_that_could_do_more_than_name_terms_are_not_added() {
        let flat = r#"{"@context":{"a":"https://x.example/a"}}"#;
        let table = [
            ("a bundled URL", VCDM_2, flat),
            ("no URL", "context", flat),
            ("no JSON", "https://x.example/1", "{"),
            ("no context", "https://x.example/1", "{}"),
            ("another remote one", "https://x.example/1", r#"{"@context":"https://y.example/"}"#),
            ("a scoped context", "https://x.example/1", r#"{"@context":{"a":{"@id":"x:a","@context":{}}}}"#),
            ("a dropped term", "https://x.example/1", r#"{"@context":{"a":null}}"#),
            ("an alias of a keyword", "https://x.example/1", r#"{"@context":{"a":"@graph"}}"#),
            (
                "a default vocabulary",
                "https://x.example/1",
                r#"{"@context":{"@vocab":"https://y.example/"}}"#,
            ),
            ("a base", "https://x.example/1", r#"{"@context":{"@base":"https://y.example/"}}"#),
        ];
        for (name, url, text) in table {
            let error = Contexts::bundled().with(url, text).unwrap_err();
            assert_eq!(error, ContextError::NotAddable { url: url.to_owned() }, "{name}");
        }
    }
}
