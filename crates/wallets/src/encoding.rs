//! How byte strings are written in JSON; for `#[serde(with = "…")]`.

use base64::{Engine as _, engine::general_purpose};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// 32 bytes as 64 hex digits, lower case when written.
pub mod hex32 {
    use super::*;

    /// Writes 64 hex digits.
    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    /// Reads exactly 64 hex digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| D::Error::custom("expected 64 hex digits"))?;
        Ok(bytes)
    }
}

/// 32 bytes as standard base64 with padding.
pub mod base64_32 {
    use super::*;

    /// Writes 44 characters.
    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&general_purpose::STANDARD.encode(bytes))
    }

    /// Reads exactly 32 bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = general_purpose::STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom("expected 32 bytes in standard base64"))
    }
}
