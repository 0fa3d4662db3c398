//! Credential statuses, and the reference model of a credential-status contract.
//!
//! An issuer has lists of [`LIST_SIZE`] positions. A position has two bits: *revocation*, which is final, and *suspension*, which can be lifted.
//! They are the two purposes of the W3C Bitstring Status List, kept in words of 256.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    account::Address,
    event::{Event, StatusEvent},
    history::HistoryHead,
};

/// Positions in a list: the minimum that the W3C Bitstring Status List asks for, so that one credential hides among many.
pub const LIST_SIZE: u32 = 131_072;

/// Statuses in a word.
pub const WORD_SIZE: u32 = 256;

/// The most words that one batch may change.
pub const MAX_WORDS: usize = 100;

/// What an issuer says of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Neither suspended nor revoked.
    Valid,
    /// Not to be relied on for now.
    Suspended,
    /// Never to be relied on again.
    Revoked,
}

/// Which of a position's two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Final.
    Revocation,
    /// Can be lifted.
    Suspension,
}

impl Purpose {
    /// The purpose's number in the contracts and in the canonical encoding.
    pub fn code(self) -> u8 {
        match self {
            Self::Revocation => 0,
            Self::Suspension => 1,
        }
    }

    /// The purpose with that number.
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Revocation),
            1 => Some(Self::Suspension),
            _ => None,
        }
    }
}

/// 256 bits as a big-endian number. Bit `i`, counted from the least significant, is the status at position `256 * word_index + i`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Word(pub [u8; 32]);

impl Word {
    /// The bit of a position.
    pub fn bit(&self, index: u32) -> bool {
        let (byte, mask) = place(index);
        self.0[byte] & mask != 0
    }

    /// The word with the bit of a position set or cleared.
    #[must_use]
    pub fn with_bit(mut self, index: u32, set: bool) -> Self {
        let (byte, mask) = place(index);
        if set {
            self.0[byte] |= mask;
        } else {
            self.0[byte] &= !mask;
        }
        self
    }
}

fn place(index: u32) -> (usize, u8) {
    let bit = (index % WORD_SIZE) as usize;
    (31 - bit / 8, 1 << (bit % 8))
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

/// Why a contract refuses to set a status. The names are the contracts' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// The position is beyond the end of the list.
    #[error("a status list has {LIST_SIZE} positions")]
    IndexOutOfRange,
    /// A revoked credential stays revoked.
    #[error("this credential is revoked, which is final: issue a new one")]
    CredentialRevoked,
}

impl StatusError {
    /// The error's stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange => "IndexOutOfRange",
            Self::CredentialRevoked => "CredentialRevoked",
        }
    }
}

/// What names a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordKey {
    /// Whose list.
    pub issuer: Address,
    /// Which list.
    pub list: u32,
    /// Which bits.
    pub purpose: Purpose,
    /// Which 256 of them.
    pub word_index: u16,
}

/// The statuses of one contract, and its history head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusLedger {
    words: BTreeMap<WordKey, Word>,
    history_head: HistoryHead,
}

impl StatusLedger {
    /// The status at a position; `Valid` where the issuer never said anything.
    pub fn status_of(&self, issuer: Address, list: u32, index: u32) -> Result<Status, StatusError> {
        let bit = |purpose| Ok(self.word(&word_key(issuer, list, purpose, index)?).bit(index));
        Ok(match (bit(Purpose::Revocation)?, bit(Purpose::Suspension)?) {
            (true, _) => Status::Revoked,
            (false, true) => Status::Suspended,
            (false, false) => Status::Valid,
        })
    }

    /// A word; zero where nothing was ever set.
    pub fn word(&self, key: &WordKey) -> Word {
        self.words.get(key).copied().unwrap_or_default()
    }

    /// The hash over every event so far.
    pub fn history_head(&self) -> HistoryHead {
        self.history_head
    }

    /// Sets the status at a position. `None` where it is that already: then no contract emits an event.
    pub fn set_status(
        &mut self,
        now: u64,
        issuer: Address,
        list: u32,
        index: u32,
        status: Status,
    ) -> Result<Option<StatusEvent>, StatusError> {
        let present = self.status_of(issuer, list, index)?;
        if present == status {
            return Ok(None);
        }
        if present == Status::Revoked {
            return Err(StatusError::CredentialRevoked);
        }
        let (purpose, set) = match status {
            Status::Valid => (Purpose::Suspension, false),
            Status::Suspended => (Purpose::Suspension, true),
            Status::Revoked => (Purpose::Revocation, true),
        };
        let key = word_key(issuer, list, purpose, index)?;
        let word = self.word(&key).with_bit(index, set);
        let event = StatusEvent { issuer, list, purpose, word_index: key.word_index, word, at: now };
        self.apply(&event);
        Ok(Some(event))
    }

    /// Folds an event that a contract emitted.
    pub fn apply(&mut self, event: &StatusEvent) {
        self.words.insert(event.key(), event.word);
        self.history_head = self.history_head.after(&Event::Status(*event));
    }
}

impl StatusEvent {
    /// The word that changed.
    pub fn key(&self) -> WordKey {
        WordKey { issuer: self.issuer, list: self.list, purpose: self.purpose, word_index: self.word_index }
    }
}

/// The word that holds a position's bit.
pub fn word_key(issuer: Address, list: u32, purpose: Purpose, index: u32) -> Result<WordKey, StatusError> {
    if index >= LIST_SIZE {
        return Err(StatusError::IndexOutOfRange);
    }
    let word_index = u16::try_from(index / WORD_SIZE).map_err(|_| StatusError::IndexOutOfRange)?;
    Ok(WordKey { issuer, list, purpose, word_index })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: Address = Address::Evm([7; 20]);

    #[test]
    fn a_suspension_is_lifted_and_a_revocation_is_final() {
        let mut ledger = StatusLedger::default();
        assert_eq!(ledger.status_of(ISSUER, 0, 300), Ok(Status::Valid));
        for status in [Status::Suspended, Status::Valid, Status::Suspended, Status::Revoked] {
            assert!(ledger.set_status(1, ISSUER, 0, 300, status).unwrap().is_some());
            assert_eq!(ledger.status_of(ISSUER, 0, 300), Ok(status));
        }
        let revoked = ledger.clone();
        for status in [Status::Valid, Status::Suspended] {
            assert_eq!(ledger.set_status(2, ISSUER, 0, 300, status), Err(StatusError::CredentialRevoked));
        }
        assert_eq!(ledger.set_status(2, ISSUER, 0, 300, Status::Revoked), Ok(None));
        assert_eq!(ledger, revoked);
    }

    #[test]
    fn a_status_touches_its_own_position_only() {
        let mut ledger = StatusLedger::default();
        ledger.set_status(1, ISSUER, 3, 511, Status::Revoked).unwrap();
        for (issuer, list, index) in
            [(ISSUER, 3, 510), (ISSUER, 3, 255), (ISSUER, 2, 511), (Address::Evm([8; 20]), 3, 511)]
        {
            assert_eq!(ledger.status_of(issuer, list, index), Ok(Status::Valid));
        }
        assert_eq!(ledger.status_of(ISSUER, 3, LIST_SIZE), Err(StatusError::IndexOutOfRange));
    }

    #[test]
    fn bits_count_from_the_least_significant() {
        let word = Word::default().with_bit(0, true).with_bit(256 + 9, true);
        assert_eq!((word.0[31], word.0[30]), (1, 2));
    }
}
