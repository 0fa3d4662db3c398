//! Data Integrity proofs: what is signed, and by which key.

pub(crate) mod jcs;
mod rdf;

use serde_json::{Map, Value};

use crate::{
    context::{ContextError, Contexts},
    rfc3339,
};

/// The suite that we issue with.
pub(crate) const JCS_2022: &str = "eddsa-jcs-2022";
const RDFC_2022: &str = "eddsa-rdfc-2022";
const ED25519_2020: &str = "Ed25519Signature2020";

/// Characters of the longest `proofValue`: 64 bytes in base58btc are at most 88, and one for the base.
const MAX_PROOF_VALUE_LEN: usize = 89;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Canonical {
    Jcs,
    Rdf,
}

/// A proof, taken out of its credential.
pub(crate) struct Proof {
    canonical: Canonical,
    /// The proof without its `proofValue`: it is signed too.
    options: Map<String, Value>,
    /// The DID URL, or other URL, of the key that signed.
    pub(crate) method: String,
    /// The Ed25519 signature.
    pub(crate) signature: [u8; 64],
    /// When the proof ends, Unix seconds.
    pub(crate) expires: Option<u64>,
}

/// What an issuer signed.
pub(crate) struct Signed {
    /// SHA-256 of the canonical proof options, then of the canonical credential.
    pub(crate) hash: [u8; 64],
    /// What is in the credential but not in the hash.
    pub(crate) uncovered: Option<String>,
}

impl Proof {
    /// Reads a credential's `proof`; of a list, its only member.
    pub(crate) fn read(proof: Option<Value>) -> Result<Self, ProofError> {
        let mut options = match proof {
            Some(Value::Object(proof)) => proof,
            Some(Value::Array(mut proofs)) if proofs.len() == 1 => return Self::read(proofs.pop()),
            Some(_) => return Err(ProofError::NotOne),
            None => return Err(ProofError::Missing),
        };
        let canonical = suite(&options)?;
        if options.get("proofPurpose").and_then(Value::as_str) != Some("assertionMethod") {
            return Err(ProofError::Purpose);
        }
        let text = |field: &'static str| options.get(field).and_then(Value::as_str);
        let method = text("verificationMethod")
            .ok_or(ProofError::Malformed { field: "verificationMethod" })?
            .to_owned();
        let signature = text("proofValue")
            .and_then(decode_signature)
            .ok_or(ProofError::Malformed { field: "proofValue" })?;
        time(&options, "created")?;
        let expires = time(&options, "expires")?;
        options.remove("proofValue");
        Ok(Self { canonical, options, method, signature, expires })
    }

    /// What the proof's signature is over, if the proof belongs to `document`, a credential without its proof.
    pub(crate) fn signed(
        &self,
        document: &Map<String, Value>,
        contexts: &Contexts,
    ) -> Result<Signed, ProofError> {
        match self.canonical {
            Canonical::Jcs => {
                self.check_context(document)?;
                Ok(Signed { hash: jcs::hash(document, &self.options)?, uncovered: None })
            }
            Canonical::Rdf => rdf::signed(document, &self.options, contexts),
        }
    }

    // VC-DI-EDDSA 3.3.2: a proof may repeat the credential's contexts, and then no others may have been put before or between.
    // Contexts added behind (which the suite allows) are refused too: they would give claims another meaning.
    fn check_context(&self, document: &Map<String, Value>) -> Result<(), ProofError> {
        match self.options.get("@context") {
            Some(context) if document.get("@context") != Some(context) => Err(ProofError::OtherContext),
            _ => Ok(()),
        }
    }
}

fn suite(options: &Map<String, Value>) -> Result<Canonical, ProofError> {
    let text = |field| options.get(field).and_then(Value::as_str);
    match (text("type"), text("cryptosuite")) {
        (Some("DataIntegrityProof"), Some(JCS_2022)) => Ok(Canonical::Jcs),
        (Some("DataIntegrityProof"), Some(RDFC_2022)) | (Some(ED25519_2020), None) => Ok(Canonical::Rdf),
        (kind, suite) => {
            let name = suite.or(kind).unwrap_or("none").chars().take(64).collect();
            Err(ProofError::Suite { name })
        }
    }
}

fn time(options: &Map<String, Value>, field: &'static str) -> Result<Option<u64>, ProofError> {
    let parse =
        |value: &Value| value.as_str().and_then(rfc3339::parse).ok_or(ProofError::Malformed { field });
    options.get(field).map(parse).transpose()
}

fn decode_signature(text: &str) -> Option<[u8; 64]> {
    let encoded = text.strip_prefix('z').filter(|_| text.len() <= MAX_PROOF_VALUE_LEN)?;
    bs58::decode(encoded).into_vec().ok()?.try_into().ok()
}

/// A signature as `proofValue` carries it.
pub(crate) fn encode_signature(signature: &[u8; 64]) -> String {
    format!("z{}", bs58::encode(signature).into_string())
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProofError {
    #[error("the credential has no proof")]
    Missing,
    #[error("the credential must have exactly one proof")]
    NotOne,
    #[error("the proof suite {name} is not supported: {JCS_2022}, {RDFC_2022} and {ED25519_2020} are")]
    Suite { name: String },
    #[error("the proof's purpose is not assertionMethod")]
    Purpose,
    #[error("the proof's {field} is malformed")]
    Malformed { field: &'static str },
    #[error("the proof was made for another @context")]
    OtherContext,
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error("the credential has no canonical form: {0}")]
    Canonical(String),
    #[error("the credential is too complex for an RDF proof suite: {0}")]
    TooComplex(&'static str),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{IssuerDid, IssuerKey};

    /// See `vectors/generate.mjs`.
    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        seed: String,
        key: IssuerDid,
        contexts: BTreeMap<String, Value>,
        document: Map<String, Value>,
        proof: Value,
        hash: String,
    }

    #[test]
    fn what_another_implementation_signed_we_hash_sign_and_verify_alike() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../vectors/proofs.json")).unwrap();
        assert_eq!(vectors.len(), 9, "three suites, three documents each");
        for Vector { name, seed, key, contexts, document, proof, hash } in vectors {
            let contexts = contexts.iter().fold(Contexts::bundled(), |known, (url, context)| {
                known.with(url, &context.to_string()).unwrap()
            });
            let read = Proof::read(Some(proof.clone())).unwrap();
            let signed = read.signed(&document, &contexts).unwrap();
            assert_eq!(hex::encode(signed.hash), hash, "{name}");
            assert_eq!(signed.uncovered, None, "{name}");
            assert!(key.verifies(&signed.hash, &read.signature), "{name}");

            let ours = IssuerKey::from_seed(&hex::decode(seed).unwrap().try_into().unwrap()).unwrap();
            assert_eq!(ours.did(), key, "{name}");
            assert_eq!(encode_signature(&ours.sign(&signed.hash)), proof["proofValue"], "{name}");
        }
    }

    fn proof() -> Value {
        json!({
            "type": "DataIntegrityProof",
            "cryptosuite": JCS_2022,
            "created": "2023-05-01T08:30:00Z",
            "verificationMethod": "did:key:z6Mk#z6Mk",
            "proofPurpose": "assertionMethod",
            "proofValue": encode_signature(&[7; 64]),
        })
    }

    #[test]
    fn a_proof_is_read_alone_or_as_the_only_one() {
        for value in [proof(), json!([proof()])] {
            let read = Proof::read(Some(value)).unwrap();
            assert_eq!((read.signature, read.method.as_str()), ([7; 64], "did:key:z6Mk#z6Mk"));
            assert!(!read.options.contains_key("proofValue"));
        }
    }

    #[test]
    fn proofs_that_cannot_be_checked_are_refused() {
        let with = |field: &str, value: Value| {
            let mut proof = proof();
            proof[field] = value;
            Some(proof)
        };
        let suite = |name: &str| ProofError::Suite { name: name.to_owned() };
        let table = [
            ("none", None, ProofError::Missing),
            ("two", Some(json!([proof(), proof()])), ProofError::NotOne),
            ("empty list", Some(json!([])), ProofError::NotOne),
            ("text", Some(json!("proof")), ProofError::NotOne),
            ("another suite", with("cryptosuite", json!("bbs-2023")), suite("bbs-2023")),
            ("another type", with("type", json!("JsonWebSignature2020")), suite(JCS_2022)),
            ("no suite", Some(json!({})), suite("none")),
            ("another purpose", with("proofPurpose", json!("authentication")), ProofError::Purpose),
            (
                "embedded key",
                with("verificationMethod", json!({})),
                ProofError::Malformed { field: "verificationMethod" },
            ),
            ("bad time", with("created", json!("yesterday")), ProofError::Malformed { field: "created" }),
            ("bad expiry", with("expires", json!(7)), ProofError::Malformed { field: "expires" }),
            (
                "base64 value",
                with("proofValue", json!("uAAAA")),
                ProofError::Malformed { field: "proofValue" },
            ),
            ("short value", with("proofValue", json!("z11")), ProofError::Malformed { field: "proofValue" }),
            (
                "long value",
                with("proofValue", json!("z".repeat(100_000))),
                ProofError::Malformed { field: "proofValue" },
            ),
        ];
        for (name, value, error) in table {
            assert_eq!(Proof::read(value).err(), Some(error), "{name}");
        }
    }
}
