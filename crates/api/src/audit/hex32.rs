//! The log's hashes, commitments and salts: 32 bytes, and 64 hex digits wherever they are text.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text that is not 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHex32;

impl fmt::Display for NotHex32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hashes, commitments and salts of the audit log are 64 hex digits")
    }
}

impl std::error::Error for NotHex32 {}

macro_rules! hex32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl FromStr for $name {
            type Err = NotHex32;

            fn from_str(text: &str) -> Result<Self, NotHex32> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| NotHex32)?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotHex32;

            fn try_from(text: String) -> Result<Self, NotHex32> {
                text.parse()
            }
        }
    };
}

hex32! {
    /// The hash over a log up to one of its lines.
    LogHash
}

hex32! {
    /// What a line says of its reader: nothing, to whoever has not the salt.
    ReaderCommitment
}

hex32! {
    /// Random bytes that hide who a commitment is to. They are of use as long as they are kept, and the reader is gone when they are.
    ReaderSalt
}

impl LogHash {
    /// Of a log without lines.
    pub const EMPTY: Self = Self([0; 32]);
}
