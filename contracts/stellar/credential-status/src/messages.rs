//! What an issuer says.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{Account, call::Message, text::Text};
use soroban_sdk::{BytesN, Env, Vec, contracttype};

use crate::word::{Purpose, Status};

/// First words of every text that is signed for this contract.
const NAME: &str = "idOS CredentialStatus";

// Bits to clear and to set in one word, as big-endian numbers.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordChange {
    pub clear: BytesN<32>,
    pub set: BytesN<32>,
    pub word_index: u32,
}

/// One position.
pub struct SetStatus<'a> {
    pub issuer: &'a Account,
    pub list: u32,
    pub index: u32,
    pub status: Status,
}

impl Message for SetStatus<'_> {
    fn text(&self, env: &Env) -> Text {
        let mut text = Text::new(env, NAME, "set a status");
        text.account("Issuer", self.issuer);
        text.number("List", self.list.into());
        text.number("Index", self.index.into());
        text.word("Status", self.status.name());
        text
    }
}

/// Words of one purpose.
pub struct SetStatusWords<'a> {
    pub issuer: &'a Account,
    pub list: u32,
    pub purpose: Purpose,
    pub changes: &'a Vec<WordChange>,
}

impl Message for SetStatusWords<'_> {
    fn text(&self, env: &Env) -> Text {
        let mut text = Text::new(env, NAME, "set status words");
        text.account("Issuer", self.issuer);
        text.number("List", self.list.into());
        text.word("Purpose", self.purpose.name());
        text.number("Changes", self.changes.len().into());
        for position in 0..self.changes.len() {
            let WordChange { clear, set, word_index } = self.changes.get_unchecked(position);
            text.number("Word Index", word_index.into());
            text.bytes("Set", &set);
            text.bytes("Clear", &clear);
        }
        text
    }
}
