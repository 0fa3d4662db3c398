//! `eddsa-rdfc-2022` and `Ed25519Signature2020`: hashes of the RDF dataset that JSON-LD makes of a credential, in the canonical form of
//! [RDFC-1.0](https://www.w3.org/TR/rdf-canon/). Sources: [Data Integrity EdDSA Cryptosuites v1.0](https://www.w3.org/TR/vc-di-eddsa/),
//! sections 3.2 and A.1.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    pin::pin,
    task::{self, Poll, Waker},
    thread,
};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use ssi_json_ld::{
    CompactJsonLd, ContextLoader, Expandable,
    json_ld::rdf_types::{BlankId, Id, Term},
    syntax::{self, Parse},
};
use ssi_rdf::{
    AnyLdEnvironment, LdEnvironment, LexicalQuad, LexicalQuadRef,
    urdna2015::{self, BlankNodeComponents, IdentifierIssuer, NormalizationState},
};

use super::{ProofError, Signed, jcs::joined};
use crate::{context::Contexts, json};

/// Values in a credential under an RDF suite: JSON-LD takes its time for each.
const MAX_VALUES: usize = 2048;

/// Levels of arrays and objects in a credential under an RDF suite.
const MAX_DEPTH: usize = 16;

/// Bytes of stack for JSON-LD, which takes some 130 KiB a level where it is not optimised: more than a thread of a server has.
const STACK: usize = 16 << 20;

/// Nodes that only their neighbours tell apart. Canonicalisation tries them in every order.
const MAX_ALIKE: usize = 6;

/// What a proof with these options over this document is a signature of.
pub(super) fn signed(
    document: &Map<String, Value>,
    options: &Map<String, Value>,
    contexts: &Contexts,
) -> Result<Signed, ProofError> {
    let mut options = options.clone();
    if let Some(context) = document.get("@context") {
        options.insert("@context".to_owned(), context.clone());
    }
    for object in [document, &options] {
        if object.values().map(json::count).sum::<usize>() > MAX_VALUES {
            return Err(ProofError::TooComplex("too many values"));
        }
        check_fields(object, MAX_DEPTH)?;
    }
    with_stack(|| {
        let loader = contexts.loader()?;
        let claims = dataset(document, &loader)?;
        let hash = joined(sha256(&dataset(&options, &loader)?)?, sha256(&claims)?);
        Ok(Signed { hash, uncovered: Coverage::of(&claims, contexts, document).missing_in(document) })
    })
}

/// Runs `work` where it has stack enough. Should it panic all the same, that is an error like others.
fn with_stack<T: Send>(work: impl FnOnce() -> Result<T, ProofError> + Send) -> Result<T, ProofError> {
    let failed = || ProofError::Canonical("JSON-LD processing failed".to_owned());
    thread::scope(|scope| {
        let thread =
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).map_err(|_| failed())?;
        thread.join().unwrap_or_else(|_| Err(failed()))
    })
}

/// Refuses what JSON-LD could make surprising or costly: its keywords, blank nodes by name, too many levels.
fn check_fields(fields: &Map<String, Value>, depth_left: usize) -> Result<(), ProofError> {
    fields.iter().try_for_each(|(field, value)| {
        if field.starts_with("_:") || (field.starts_with('@') && field != "@context") {
            return Err(ProofError::TooComplex("a field that begins with @ or _:"));
        }
        check_value(value, depth_left)
    })
}

fn check_value(value: &Value, depth_left: usize) -> Result<(), ProofError> {
    let deeper = || depth_left.checked_sub(1).ok_or(ProofError::TooComplex("too many levels"));
    match value {
        Value::String(text) if text.starts_with("_:") => {
            Err(ProofError::TooComplex("a value that begins with _:"))
        }
        Value::Array(items) => {
            deeper().and_then(|left| items.iter().try_for_each(|item| check_value(item, left)))
        }
        Value::Object(fields) => deeper().and_then(|left| check_fields(fields, left)),
        _ => Ok(()),
    }
}

fn dataset(object: &Map<String, Value>, loader: &ContextLoader) -> Result<Vec<LexicalQuad>, ProofError> {
    // Canonical, so that JSON-LD sees a number as JavaScript does: 2.0 is 2.
    let text = serde_json_canonicalizer::to_string(object).map_err(canonical)?;
    let (value, _) = syntax::Value::parse_str(&text).map_err(canonical)?;
    let mut ld = LdEnvironment::default();
    let document = CompactJsonLd(value);
    let expanded = now(document.expand_with(&mut ld, loader))?.map_err(canonical)?;
    ld.quads_of(&expanded).map_err(canonical)
}

/// The result of a future that has nothing to wait for. JSON-LD is asynchronous for the sake of fetching contexts; ours are at
/// hand, and should one not be, this fails rather than waits.
fn now<F: Future>(future: F) -> Result<F::Output, ProofError> {
    match pin!(future).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(ProofError::Canonical("a context would have to be fetched".to_owned())),
    }
}

fn sha256(quads: &[LexicalQuad]) -> Result<[u8; 32], ProofError> {
    refuse_alike(quads)?;
    let mut hasher = Sha256::new();
    for line in urdna2015::normalize(quads.iter().map(LexicalQuad::as_lexical_quad_ref)).into_nquads_lines() {
        hasher.update(line);
    }
    Ok(hasher.finalize().into())
}

fn refuse_alike(quads: &[LexicalQuad]) -> Result<(), ProofError> {
    let mut quads_of: BTreeMap<&BlankId, Vec<LexicalQuadRef<'_>>> = BTreeMap::new();
    for quad in quads.iter().map(LexicalQuad::as_lexical_quad_ref) {
        for node in quad.blank_node_components() {
            quads_of.entry(node).or_default().push(quad);
        }
    }
    let nodes: Vec<_> = quads_of.keys().copied().collect();
    let mut state = NormalizationState {
        blank_node_to_quads: quads_of,
        hash_to_blank_nodes: BTreeMap::new(),
        canonical_issuer: IdentifierIssuer::new("_:c14n".to_owned()),
    };
    let mut nodes_with: HashMap<String, usize> = HashMap::new();
    for node in nodes {
        *nodes_with.entry(urdna2015::hash_first_degree_quads(&mut state, node)).or_default() += 1;
    }
    if nodes_with.values().filter(|nodes| **nodes > 1).sum::<usize>() > MAX_ALIKE {
        return Err(ProofError::TooComplex("too many objects that look alike"));
    }
    Ok(())
}

fn canonical(error: impl ToString) -> ProofError {
    ProofError::Canonical(error.to_string())
}

/// What a dataset holds, to find a credential's values again in it.
struct Coverage<'a> {
    literals: HashMap<&'a str, usize>,
    iris: HashSet<&'a str>,
    ambiguous: BTreeSet<&'a str>,
}

impl<'a> Coverage<'a> {
    fn of(quads: &'a [LexicalQuad], contexts: &'a Contexts, document: &'a Map<String, Value>) -> Self {
        let mut coverage =
            Self { literals: HashMap::new(), iris: HashSet::new(), ambiguous: contexts.ambiguous(document) };
        // A dataset is a set: what is said twice is signed once.
        for quad in quads.iter().collect::<HashSet<_>>() {
            if let Id::Iri(iri) = &quad.0 {
                coverage.iris.insert(iri.as_str());
            }
            match &quad.2 {
                Term::Id(Id::Iri(iri)) => _ = coverage.iris.insert(iri.as_str()),
                Term::Id(Id::Blank(_)) => {}
                Term::Literal(literal) => *coverage.literals.entry(&literal.value).or_default() += 1,
            }
        }
        coverage
    }

    /// The first field that the dataset does not cover, and why.
    fn missing_in(&mut self, fields: &Map<String, Value>) -> Option<String> {
        fields.iter().find_map(|(field, value)| match field.as_str() {
            "@context" | "type" => None,
            _ if self.ambiguous.contains(field.as_str()) => Some(format!(
                "the signature does not tell the field {field} from others: its context gives them one IRI"
            )),
            _ => self.missing_value(field, value),
        })
    }

    fn missing_value(&mut self, field: &str, value: &Value) -> Option<String> {
        let covered = match value {
            Value::Null => false,
            Value::Bool(value) => self.take(if *value { "true" } else { "false" }),
            Value::Number(number) => self.take(&lexical(number)),
            Value::String(text) => self.take(text) || self.iris.contains(text.as_str()),
            Value::Array(items) if items.is_empty() => false,
            Value::Array(items) => return items.iter().find_map(|item| self.missing_value(field, item)),
            Value::Object(fields) if fields.is_empty() => false,
            Value::Object(fields) => return self.missing_in(fields),
        };
        (!covered).then(|| format!("the signature does not cover the value of {field}"))
    }

    fn take(&mut self, literal: &str) -> bool {
        match self.literals.get_mut(literal) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

/// A number as JSON-LD writes it in RDF: whole numbers in digits, others as canonical `xsd:double`.
fn lexical(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if value.fract() == 0.0 && value.abs() < 1e21 => format!("{value:.0}"),
        Some(value) => {
            let text = format!("{value:E}");
            match text.split_once('E') {
                Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
                _ => text,
            }
        }
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests;
