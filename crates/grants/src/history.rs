//! The history head: one hash over everything that a contract ever said, in order.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};

use crate::event::Event;

/// `keccak256(previous head || encoding of the event)`, from 32 zero bytes on. Every contract keeps its own and
/// returns it by a view; whoever folded the same events has the same head.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HistoryHead(pub [u8; 32]);

impl HistoryHead {
    /// The head of a contract that said nothing yet.
    pub const EMPTY: Self = Self([0; 32]);

    /// The head after one more event.
    #[must_use]
    pub fn after(self, event: &Event) -> Self {
        let mut hasher = Keccak256::new();
        hasher.update(self.0);
        hasher.update(event.encode());
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for HistoryHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for HistoryHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for HistoryHead {
    type Err = HistoryHeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        let digits = text.strip_prefix("0x").ok_or(HistoryHeadError)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| HistoryHeadError)?;
        Ok(Self(bytes))
    }
}

impl From<HistoryHead> for String {
    fn from(head: HistoryHead) -> Self {
        head.to_string()
    }
}

impl TryFrom<String> for HistoryHead {
    type Error = HistoryHeadError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A text that is not a [`HistoryHead`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a history head is 0x and 64 hex digits")]
pub struct HistoryHeadError;
