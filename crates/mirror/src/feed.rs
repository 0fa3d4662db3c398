//! The events of a contract, told again from its rows.

use idos_grants::{Account, DataId, GrantChange, Purpose, status::Word};

/// A place in the order of one contract's events. Ordered as the chain orders them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedPosition {
    /// The height of a block.
    pub block: u64,
    /// The place among the logs of that block; [`FeedPosition::END_OF_BLOCK`]: after all of them.
    pub log: u64,
}

impl FeedPosition {
    /// Behind every log of a block.
    pub const END_OF_BLOCK: u64 = i64::MAX as u64;

    /// Before the first event.
    pub const START: Self = Self { block: 0, log: 0 };

    /// After everything up to and in `block`.
    pub fn after_block(block: u64) -> Self {
        Self { block, log: Self::END_OF_BLOCK }
    }
}

/// An event, as the mirror keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// Where it stands.
    pub position: FeedPosition,
    /// The time of its block, in Unix seconds.
    pub at: u64,
    /// What happened.
    pub what: FeedWhat,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedWhat {
    /// To a grant.
    Grant {
        /// Which change.
        change: GrantChange,
        /// Who granted.
        owner: Account,
        /// Who may read, or might.
        grantee: Account,
        /// Over what.
        data_id: DataId,
        /// The grant's lock after the change; of a revoked grant, the lock that it had. 0 = none.
        locked_until: u64,
    },
    /// To a word of 256 statuses.
    Status(WordChange),
}

/// One change of a word of 256 statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordChange {
    /// Whose list.
    pub issuer: Account,
    /// Which of the issuer's lists.
    pub list: u32,
    /// Which of the list's two bits.
    pub purpose: Purpose,
    /// Which word: statuses `256 * word_index ..`.
    pub word_index: u16,
    /// Before.
    pub before: Word,
    /// After.
    pub after: Word,
}
