//! CredentialStatus: whether a credential still counts.
//!
//! The issuer is the account whose action the call is; it writes its own lists only.

use near_account_id::AccountId;
use serde::{Deserialize, Serialize};

use crate::{
    bytes32::Bytes32,
    event::{self, EventError},
    method::{Method, TGAS},
};

/// The contract.
pub const WASM: &[u8] = include_bytes!("../../artifacts/credential_status.wasm");

/// NEP-297 name of its events.
pub const STANDARD: &str = "idos-credential-status";

/// Positions in a list.
pub const LIST_SIZE: u32 = 131_072;

/// What a position says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Neither suspended nor revoked; also where nobody ever wrote.
    Valid,
    /// Not to be relied on for now.
    Suspended,
    /// Never to be relied on again.
    Revoked,
}

/// Which of a position's two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Final.
    Revocation,
    /// Comes and goes.
    Suspension,
}

/// Sets the status at a position of the caller's list. What is already so changes nothing and emits nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStatus {
    /// Which of the caller's lists.
    pub list: u32,
    /// Which position: below [`LIST_SIZE`].
    pub index: u32,
    /// What it says from now on.
    pub status: Status,
}

impl Method for SetStatus {
    const NAME: &'static str = "set_status";
    type Answer = ();
}

/// Changes 1 to [`MAX_BATCH`](crate::MAX_BATCH) words of one purpose, all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStatusWords {
    /// Which of the caller's lists.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// In this order.
    pub changes: Vec<WordChange>,
}

impl Method for SetStatusWords {
    const NAME: &'static str = "set_status_words";
    type Answer = ();

    fn gas(&self) -> u64 {
        10 * TGAS + self.changes.len() as u64 * TGAS
    }
}

/// A change of up to 256 neighbouring positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordChange {
    /// Which word: below 512.
    pub word_index: u16,
    /// The bits to set, as a big-endian number.
    pub set: Bytes32,
    /// The bits to clear: none that is in `set`, none at all for a revocation.
    pub clear: Bytes32,
}

/// The status at a position. A view; contracts ask by promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusOf {
    /// Whose list.
    pub issuer: AccountId,
    /// Which list.
    pub list: u32,
    /// Which position.
    pub index: u32,
}

impl Method for StatusOf {
    const NAME: &'static str = "status_of";
    type Answer = Status;
}

/// 256 bits of one purpose. A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusWord {
    /// Whose list.
    pub issuer: AccountId,
    /// Which list.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which word: below 512.
    pub word_index: u16,
}

impl Method for StatusWord {
    const NAME: &'static str = "status_word";
    type Answer = Bytes32;
}

/// The hash over every event so far. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryHead {}

impl Method for HistoryHead {
    const NAME: &'static str = "history_head";
    type Answer = Bytes32;
}

/// One log line: one or, by a batch, several words that changed, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// Words changed.
    StatusChanged(Vec<StatusData>),
}

/// What an event says of one word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusData {
    /// Whose list.
    pub issuer: AccountId,
    /// Which list.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which word.
    pub word_index: u16,
    /// The word after the change, as a big-endian number.
    pub word: Bytes32,
}

impl Event {
    /// Reads a log line of this contract; `None` for a line that is no event of its standard.
    pub fn parse(log: &str) -> Result<Option<Self>, EventError> {
        event::read(STANDARD, log)
    }

    /// The words.
    pub fn data(&self) -> &[StatusData] {
        let Self::StatusChanged(data) = self;
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read() {
        let log = r#"EVENT_JSON:{"standard":"idos-credential-status","version":"1.0.0","event":"status_changed","data":[{"issuer":"kyc.near","list":4294967295,"purpose":"suspension","word_index":511,"word":"8000000000000000000000000000000000000000000000000000000000000000"}]}"#;
        let mut word = [0; 32];
        word[0] = 0x80;
        let data = StatusData {
            issuer: "kyc.near".parse().unwrap(),
            list: u32::MAX,
            purpose: Purpose::Suspension,
            word_index: 511,
            word: Bytes32(word),
        };
        assert_eq!(Event::parse(log).unwrap(), Some(Event::StatusChanged(vec![data])));
        for (from, to) in
            [("suspension", "Suspension"), ("511", "65536"), ("4294967295", "-1"), ("kyc.near", "kyc near")]
        {
            assert!(Event::parse(&log.replace(from, to)).is_err(), "{to}");
        }
        assert_eq!(crate::access_grants::Event::parse(log).unwrap(), None, "another contract's standard");
    }
}
