//! Names of sessions.

use std::{fmt, str::FromStr};

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

/// 16 random bytes, in text 32 lower-case hex digits: the `keyid` of a request signature. It names a session and opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SessionId(pub [u8; 16]);

impl SessionId {
    /// A new one.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SessionIdError)?;
        // Ids compare as text in databases and headers, so there is one text for each.
        if text.bytes().any(|c| c.is_ascii_uppercase()) { Err(SessionIdError) } else { Ok(Self(bytes)) }
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for SessionId {
    type Error = SessionIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is not a [`SessionId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session id is 32 lower-case hex digits")]
pub struct SessionIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_is_exactly_32_small_hex_digits() {
        let text = "00112233445566778899aabbccddeeff";
        assert_eq!(text.parse::<SessionId>().unwrap().to_string(), text);
        for wrong in
            ["", &text[1..], &text[2..], &text.to_uppercase(), &text.replace('f', "g"), &format!("{text}00")]
        {
            assert_eq!(wrong.parse::<SessionId>(), Err(SessionIdError), "{wrong}");
        }
    }

    #[test]
    fn a_new_session_id_is_random() {
        let mut rng = rand_core::OsRng;
        assert_ne!(SessionId::generate(&mut rng), SessionId::generate(&mut rng));
    }
}
