//! Data ids: what a grant is about.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The id of a stored credential or copy: 32 random bytes, printed as `0x` and 64 lower-case hex digits. It is
/// public (grants carry it), so it must say nothing: never a hash of what it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DataId(pub [u8; 32]);

impl fmt::Display for DataId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for DataId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DataId {
    type Err = DataIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(DataIdError)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| DataIdError)?;
        Ok(Self(bytes))
    }
}

impl From<DataId> for String {
    fn from(id: DataId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for DataId {
    type Error = DataIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is not a [`DataId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a data id is 0x and 64 hex digits")]
pub struct DataIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_id_is_exactly_32_bytes_of_hex() {
        let text = format!("0x{}", "ab".repeat(32));
        assert_eq!(text.parse::<DataId>().unwrap().to_string(), text);
        for wrong in [&text[2..], &text[..64], &format!("{text}00"), "0x", ""] {
            assert_eq!(wrong.parse::<DataId>(), Err(DataIdError), "{wrong}");
        }
    }
}
