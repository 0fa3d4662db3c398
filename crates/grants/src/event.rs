//! Events: what the contracts emit, the same on every chain, and their canonical encoding.

use crate::{
    account::Address,
    data_id::DataId,
    status::{Purpose, Word},
};

/// What a contract says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// By an access-grants contract.
    Grant(GrantEvent),
    /// By a credential-status contract.
    Status(StatusEvent),
}

/// Which verb a [`GrantEvent`] records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantChange {
    /// `GrantCreated`
    Created,
    /// `TimelockExtended`
    Extended,
    /// `GrantRevoked`
    Revoked,
}

/// A change of one grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantEvent {
    /// Which change.
    pub change: GrantChange,
    /// Whose grant.
    pub owner: Address,
    /// To whom.
    pub grantee: Address,
    /// Over what.
    pub data_id: DataId,
    /// The grant's lock after the change; for a revoked grant, the lock it had.
    pub locked_until: u64,
    /// The time of the block.
    pub at: u64,
}

/// A change of one word of 256 statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusEvent {
    /// Whose list.
    pub issuer: Address,
    /// Which of the issuer's lists.
    pub list: u32,
    /// Which of the list's two bits.
    pub purpose: Purpose,
    /// Which word of the list: statuses `256 * word_index ..`.
    pub word_index: u16,
    /// The word after the change.
    pub word: Word,
    /// The time of the block.
    pub at: u64,
}

impl Event {
    /// The bytes that a contract adds to its history for this event; `contracts/README.md` has the layout. Fields
    /// are of fixed size or carry their length, so no two events encode alike.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Grant(event) => event.encode(),
            Self::Status(event) => event.encode(),
        }
    }
}

impl GrantEvent {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.push(match self.change {
            GrantChange::Created => 1,
            GrantChange::Extended => 2,
            GrantChange::Revoked => 3,
        });
        self.owner.encode(&mut out);
        self.grantee.encode(&mut out);
        out.extend_from_slice(&self.data_id.0);
        out.extend_from_slice(&self.locked_until.to_be_bytes());
        out.extend_from_slice(&self.at.to_be_bytes());
        out
    }
}

impl StatusEvent {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.push(4);
        self.issuer.encode(&mut out);
        out.extend_from_slice(&self.list.to_be_bytes());
        out.push(self.purpose.code());
        out.extend_from_slice(&self.word_index.to_be_bytes());
        out.extend_from_slice(&self.word.0);
        out.extend_from_slice(&self.at.to_be_bytes());
        out
    }
}
