//! `eddsa-jcs-2022`: hashes of canonical JSON ([RFC 8785](https://www.rfc-editor.org/rfc/rfc8785)).
//! Source: [Data Integrity EdDSA Cryptosuites v1.0](https://www.w3.org/TR/vc-di-eddsa/), section 3.3.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::ProofError;

/// SHA-256 of the canonical proof options, then of the canonical document.
pub(crate) fn hash(
    document: &Map<String, Value>,
    options: &Map<String, Value>,
) -> Result<[u8; 64], ProofError> {
    Ok(joined(sha256(options)?, sha256(document)?))
}

pub(super) fn joined(options: [u8; 32], document: [u8; 32]) -> [u8; 64] {
    let mut hash = [0; 64];
    let (first, second) = hash.split_at_mut(32);
    first.copy_from_slice(&options);
    second.copy_from_slice(&document);
    hash
}

fn sha256(object: &Map<String, Value>) -> Result<[u8; 32], ProofError> {
    let mut hasher = Sha256::new();
    serde_json_canonicalizer::to_writer(object, &mut hasher)
        .map_err(|error| ProofError::Canonical(error.to_string()))?;
    Ok(hasher.finalize().into())
}
