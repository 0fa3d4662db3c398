//! The identity of a node that keeps key shares: `did:key` with an Ed25519 key ([did:key](https://w3c-ccg.github.io/did-key-spec/)).

use std::{fmt, str::FromStr};

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

const SCHEME: &str = "did:key:z";
/// The multicodec prefix of an Ed25519 public key.
const ED25519: [u8; 2] = [0xed, 0x01];
const DID_BYTES: usize = 2 + 32;
/// The longest text worth decoding; an Ed25519 `did:key` has 56 characters.
const MAX_LEN: usize = 64;

/// A node's DID, `did:key:z6Mk…`. The text follows from the key, and the key from the text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct NodeDid(VerifyingKey);

impl NodeDid {
    /// The DID of a key.
    ///
    /// # Errors
    /// If it is no point of the curve, or one of small order: anybody could sign for it.
    pub fn from_key(key: &[u8; 32]) -> Result<Self, NodeDidError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| NodeDidError)?;
        if key.is_weak() { Err(NodeDidError) } else { Ok(Self(key)) }
    }

    /// The Ed25519 public key.
    pub fn key(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether `signature` is this node's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for NodeDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; DID_BYTES];
        bytes[..2].copy_from_slice(&ED25519);
        bytes[2..].copy_from_slice(self.key());
        write!(f, "{SCHEME}{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for NodeDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NodeDid {
    type Err = NodeDidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text.strip_prefix(SCHEME).filter(|_| text.len() <= MAX_LEN).ok_or(NodeDidError)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| NodeDidError)?;
        match bytes.split_first_chunk::<2>() {
            Some((&ED25519, key)) => Self::from_key(key.try_into().map_err(|_| NodeDidError)?),
            _ => Err(NodeDidError),
        }
    }
}

impl From<NodeDid> for String {
    fn from(did: NodeDid) -> Self {
        did.to_string()
    }
}

impl TryFrom<String> for NodeDid {
    type Error = NodeDidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Not such a DID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a node is named by its did:key of an Ed25519 key, did:key:z6Mk…: ask its operator for it")]
pub struct NodeDidError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_reads_as_it_is_written() {
        // From the did:key specification's examples.
        let text = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
        let did: NodeDid = text.parse().unwrap();
        assert_eq!(did.to_string(), text);
        assert_eq!(NodeDid::from_key(did.key()), Ok(did));
    }

    #[test]
    fn what_names_no_node_is_refused() {
        let encoded = |bytes: &[u8]| format!("{SCHEME}{}", bs58::encode(bytes).into_string());
        let good = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
        let table = [
            ("empty", String::new()),
            ("other method", good.replace("did:key", "did:web")),
            ("a key of X25519", encoded(&[&[0xec, 0x01][..], &[9; 32]].concat())),
            ("31 bytes", encoded(&[&ED25519[..], &[1; 31]].concat())),
            ("33 bytes", encoded(&[&ED25519[..], &[1; 33]].concat())),
            ("the identity", encoded(&[&ED25519[..], &[1], &[0; 31]].concat())),
            ("no point", encoded(&[&ED25519[..], &[2], &[0; 31]].concat())),
            ("not base58", good.replace('6', "0")),
            ("a fragment", format!("{good}#{}", &good[8..])),
            ("a space", format!("{good} ")),
            ("very long", format!("{good}{}", "1".repeat(1 << 16))),
        ];
        for (name, text) in table {
            assert_eq!(text.parse::<NodeDid>(), Err(NodeDidError), "{name}");
        }
    }
}
