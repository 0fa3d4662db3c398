//! CredentialStatus: whether a credential still counts.
//!
//! Verbs name their issuer, who authorizes the call or, as a bare key, adds a [`KeyProof`]; it writes its own lists only. Words are 256 bits, as
//! big-endian numbers.

use stellar_xdr::ScVal;

use crate::{
    account::Account,
    event::{self, EventError},
    method::method,
    proof::KeyProof,
    value::{number_value, structure_value},
};

/// The contract.
pub const WASM: &[u8] = include_bytes!("../../artifacts/credential_status.wasm");

/// Positions in a list.
pub const LIST_SIZE: u32 = 131_072;

/// What a position says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Neither suspended nor revoked; also where nobody ever wrote.
    Valid = 0,
    /// Not to be relied on for now.
    Suspended = 1,
    /// Never to be relied on again.
    Revoked = 2,
}

number_value!(Status { Valid = 0, Suspended = 1, Revoked = 2 });

/// Which of a position's two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Final.
    Revocation = 0,
    /// Comes and goes.
    Suspension = 1,
}

number_value!(Purpose { Revocation = 0, Suspension = 1 });

/// Sets the status at a position of the issuer's list. What is already so changes nothing and emits nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStatus {
    /// Who says so.
    pub issuer: Account,
    /// Which of the issuer's lists.
    pub list: u32,
    /// Which position: below [`LIST_SIZE`].
    pub index: u32,
    /// What it says from now on.
    pub status: Status,
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(SetStatus = "set_status"(issuer, list, index, status, proof) -> ());

/// Changes 1 to [`MAX_BATCH`](crate::MAX_BATCH) words of one purpose, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStatusWords {
    /// Who says so.
    pub issuer: Account,
    /// Which of the issuer's lists.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// In this order.
    pub changes: Vec<WordChange>,
    /// Of a bare key; `None` of a native account.
    pub proof: Option<KeyProof>,
}

method!(SetStatusWords = "set_status_words"(issuer, list, purpose, changes, proof) -> ());

/// A change of up to 256 neighbouring positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordChange {
    /// Which word: below 512.
    pub word_index: u16,
    /// The bits to set.
    pub set: [u8; 32],
    /// The bits to clear: none that is in `set`, none at all for a revocation.
    pub clear: [u8; 32],
}

structure_value!(WordChange { word_index, set, clear });

/// The status at a position. A view; contracts ask in the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusOf {
    /// Whose list.
    pub issuer: Account,
    /// Which list.
    pub list: u32,
    /// Which position.
    pub index: u32,
}

method!(StatusOf = "status_of"(issuer, list, index) -> Status);

/// 256 bits of one purpose. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusWord {
    /// Whose list.
    pub issuer: Account,
    /// Which list.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which word: below 512.
    pub word_index: u16,
}

method!(StatusWord = "status_word"(issuer, list, purpose, word_index) -> [u8; 32]);

/// Whether a bare key's nonce was used. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsNonceUsed {
    /// Whose nonce.
    pub issuer: Account,
    /// Which.
    pub nonce: [u8; 32],
}

method!(IsNonceUsed = "is_nonce_used"(issuer, nonce) -> bool);

/// The hash over every event so far. A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryHead;

method!(HistoryHead = "history_head"() -> [u8; 32]);

/// Keeps a word alive for as long as the network allows, and with it the history head. By anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendTtl {
    /// Whose list.
    pub issuer: Account,
    /// Which list.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which word: below 512.
    pub word_index: u16,
}

method!(ExtendTtl = "extend_ttl"(issuer, list, purpose, word_index) -> ());

/// What happened to one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It changed.
    StatusChanged(StatusData),
}

/// What an event says of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusData {
    /// Whose list.
    pub issuer: Account,
    /// Which list.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which word.
    pub word_index: u16,
    /// The word after the change.
    pub word: [u8; 32],
}

impl Event {
    /// First topics of the events. The others are issuer, list and purpose, as arguments of calls are.
    pub const NAMES: [&'static str; 1] = ["status_changed"];

    /// Reads an event of this contract; `None` for one of another name. Make sure first that this very contract emitted it: anyone's contract may
    /// say the same.
    pub fn parse(topics: &[ScVal], data: &ScVal) -> Result<Option<Self>, EventError> {
        let Some(name) = event::name_of(&Self::NAMES, topics) else { return Ok(None) };
        let (issuer, list, purpose) = event::topics(name, topics)?;
        let (word_index, word) =
            event::data(name, data, 2, |fields| Ok((fields.read("word_index")?, fields.read("word")?)))?;
        Ok(Some(Self::StatusChanged(StatusData { issuer, list, purpose, word_index, word })))
    }

    /// The word.
    pub fn data(&self) -> &StatusData {
        let Self::StatusChanged(data) = self;
        data
    }
}
