//! 32 bytes in JSON.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// 32 bytes: a data id, a word of statuses, a history head. Exactly 64 lower-case hex digits, without `0x`: the contracts take no other text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Bytes32(pub [u8; 32]);

impl fmt::Display for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Bytes32 {
    type Err = Bytes32Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| Bytes32Error)?;
        let value = Self(bytes);
        // Hex is read in either case, but there is one text for a value.
        if value.to_string() == text { Ok(value) } else { Err(Bytes32Error) }
    }
}

impl From<Bytes32> for String {
    fn from(value: Bytes32) -> Self {
        value.to_string()
    }
}

impl TryFrom<String> for Bytes32 {
    type Error = Bytes32Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is not [`Bytes32`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("64 lower-case hex digits are expected")]
pub struct Bytes32Error;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_text_for_a_value() {
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(text.parse::<Bytes32>().unwrap().to_string(), text);
        for wrong in [&text[1..], &format!("{text}0"), &text.to_uppercase(), &format!("0x{}", &text[2..]), ""]
        {
            assert_eq!(wrong.parse::<Bytes32>(), Err(Bytes32Error), "{wrong}");
        }
    }
}
