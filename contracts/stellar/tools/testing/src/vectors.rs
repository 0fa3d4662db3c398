//! `vectors/`: texts, keys and signatures that everybody must write, make and take alike.

use serde::{Deserialize, Serialize};

use crate::keys::{Assertion, Signed};

/// A call by a bare key, and the text that it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCall {
    /// The function.
    pub call: String,
    /// Its arguments but for the proof, as the text's lines have them.
    pub fields: Vec<(String, String)>,
    /// ed25519, secp256k1 or secp256r1.
    pub curve: String,
    /// 64 hex digits.
    pub secret_key: String,
    /// What is signed.
    pub text: String,
    /// What the key makes of it.
    pub signature: Signature,
}

/// Hex digits, but for the JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Signature {
    Secp256r1 {
        authenticator_data: String,
        client_data_json: String,
        public_key_y: String,
        signature: String,
    },
    Secp256k1 {
        signature: String,
        recovery_id: u32,
    },
    Ed25519 {
        signature: String,
    },
}

impl From<&Signed> for Signature {
    fn from(signed: &Signed) -> Self {
        match signed {
            Signed::Ed25519(signature) => Self::Ed25519 { signature: hex::encode(signature) },
            Signed::Secp256k1(signature, recovery_id) => {
                Self::Secp256k1 { signature: hex::encode(signature), recovery_id: *recovery_id }
            }
            Signed::Secp256r1(Assertion {
                authenticator_data,
                client_data_json,
                public_key_y,
                signature,
            }) => Self::Secp256r1 {
                authenticator_data: hex::encode(authenticator_data),
                client_data_json: String::from_utf8(client_data_json.clone()).unwrap(),
                public_key_y: hex::encode(public_key_y),
                signature: hex::encode(signature),
            },
        }
    }
}

impl Signature {
    /// As bytes.
    pub fn signed(&self) -> Signed {
        fn bytes<const N: usize>(text: &str) -> [u8; N] {
            hex::decode(text).unwrap().try_into().unwrap()
        }
        match self {
            Self::Ed25519 { signature } => Signed::Ed25519(bytes(signature)),
            Self::Secp256k1 { signature, recovery_id } => Signed::Secp256k1(bytes(signature), *recovery_id),
            Self::Secp256r1 { authenticator_data, client_data_json, public_key_y, signature } => {
                Signed::Secp256r1(Assertion {
                    authenticator_data: hex::decode(authenticator_data).unwrap(),
                    client_data_json: client_data_json.clone().into_bytes(),
                    public_key_y: bytes(public_key_y),
                    signature: bytes(signature),
                })
            }
        }
    }
}

/// A committed file of vectors.
pub fn read(json: &str) -> Vec<SignedCall> {
    serde_json::from_str(json).unwrap()
}
