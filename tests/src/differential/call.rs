//! What a person does, in words that fit every chain.

use idos_grants::{DataId, Purpose, Status};
use serde::{Deserialize, Serialize};

/// A call of one of the contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `create_grant`
    CreateGrant(NewGrant),
    /// `extend_timelock`
    ExtendTimelock(NewGrant),
    /// `revoke_grant`
    RevokeGrant(GrantRef),
    /// `create_grants`
    CreateGrants(Vec<NewGrant>),
    /// `revoke_grants`
    RevokeGrants(Vec<GrantRef>),
    /// `set_status`
    SetStatus {
        /// Which list.
        list: u32,
        /// Which position.
        index: u32,
        /// What it says.
        status: Status,
    },
    /// `set_status_words`
    SetStatusWords {
        /// Which list.
        list: u32,
        /// Which bits.
        purpose: Purpose,
        /// In this order.
        changes: Vec<WordChange>,
    },
}

/// A grant to create, or to extend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGrant {
    /// To whom.
    pub grantee: u8,
    /// The byte that the data id repeats.
    pub data: u8,
    /// The lock.
    pub locked_until: u64,
}

/// A grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GrantRef {
    /// To whom.
    pub grantee: u8,
    /// The byte that the data id repeats.
    pub data: u8,
}

/// A change of a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordChange {
    /// Which word.
    pub word_index: u16,
    /// Bits to set, counted from the least significant.
    pub set: Vec<u8>,
    /// Bits to clear.
    pub clear: Vec<u8>,
}

impl NewGrant {
    /// Which grant.
    pub fn of(&self) -> GrantRef {
        GrantRef { grantee: self.grantee, data: self.data }
    }
}

/// The data id that repeats a byte.
pub(crate) fn data_id(byte: u8) -> DataId {
    DataId([byte; 32])
}

/// Bits as a big-endian number.
pub(crate) fn word(bits: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    for bit in bits {
        word[31 - usize::from(bit / 8)] |= 1 << (bit % 8);
    }
    word
}
