//! What a bare key adds to a call that it did not send: a signature of the text that the contract renders of the call.

use stellar_xdr::ScVal;

use crate::value::{Bytes, Value, ValueError, structure_value, variant, variant_of};

/// A bare key's word for one call. A native account needs none: it authorizes the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProof {
    /// Usable through this second, in Unix seconds.
    pub deadline: u64,
    /// Any 32 bytes that this key has not used on this contract.
    pub nonce: [u8; 32],
    /// Over the text with this deadline and nonce.
    pub signature: KeySignature,
}

structure_value!(KeyProof { deadline, nonce, signature });

/// A signature of the owner's kind of key; another kind is `InvalidSignature`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySignature {
    /// Over the text.
    Ed25519([u8; 64]),
    /// Over the first half of the text's SHA-512, as XRPL's wallets sign.
    Secp256k1 {
        /// `r || s`, low `s` only.
        signature: [u8; 64],
        /// 0 or 1: whether the y of `r`'s point is odd.
        recovery_id: u32,
    },
    /// A WebAuthn assertion whose challenge is the text's SHA-256.
    Secp256r1(WebAuthn),
}

/// A passkey's assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAuthn {
    /// As the authenticator gave them; user present and user verified must be set.
    pub authenticator_data: Bytes,
    /// As the browser gave them.
    pub client_data_json: Bytes,
    /// The second coordinate of the account's key: the network verifies with whole points.
    pub public_key_y: [u8; 32],
    /// `r || s`, low `s` only: authenticators give either, so that the client turns a high `s` into the order less `s`.
    pub signature: [u8; 64],
}

structure_value!(WebAuthn { authenticator_data, client_data_json, public_key_y, signature });

impl Value for KeySignature {
    fn to_val(&self) -> Result<ScVal, ValueError> {
        match self {
            Self::Ed25519(signature) => variant("Ed25519", vec![signature.to_val()?]),
            Self::Secp256k1 { signature, recovery_id } => {
                variant("Secp256k1", vec![signature.to_val()?, recovery_id.to_val()?])
            }
            Self::Secp256r1(assertion) => variant("Secp256r1", vec![assertion.to_val()?]),
        }
    }

    fn from_val(val: &ScVal) -> Result<Self, ValueError> {
        match variant_of(val)? {
            (b"Ed25519", [signature]) => Value::from_val(signature).map(Self::Ed25519),
            (b"Secp256k1", [signature, recovery_id]) => Ok(Self::Secp256k1 {
                signature: Value::from_val(signature)?,
                recovery_id: Value::from_val(recovery_id)?,
            }),
            (b"Secp256r1", [assertion]) => Value::from_val(assertion).map(Self::Secp256r1),
            _ => Err(ValueError::Unexpected("a key's signature")),
        }
    }
}
