//! What can go wrong.

use idos_grants::{Account, GrantError, StatusError};

/// Why the mirror could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// Not a database that the mirror can be kept in.
    #[error("a mirror is kept at sqlite:<path> or postgres://…, not at {url:?}")]
    UnknownDatabase {
        /// What was given, up to its scheme: the rest may hold a password.
        url: String,
    },
    /// The database refused or could not be reached.
    #[error("the mirror's database: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error(
        "the mirror's schema: {0}; the mirror is derived, so its tables can be dropped and are then rebuilt"
    )]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// A row that this program did not write.
    #[error(
        "the mirror holds a malformed {what}: drop the mirror's tables, it is then rebuilt from the chain"
    )]
    Malformed {
        /// Which column.
        what: &'static str,
    },
    /// A number that no chain gets to.
    #[error("a {what} of {value} is out of range")]
    OutOfRange {
        /// Of what.
        what: &'static str,
        /// How much.
        value: u64,
    },
    /// The contract was never registered.
    #[error("{0} is not mirrored here")]
    UnknownContract(Account),
    /// The contract is known, but as something else.
    #[error(
        "{0} was mirrored as another kind, or from a later block: drop the mirror's tables, it is then rebuilt"
    )]
    ContractChanged(Account),
    /// Events that cannot follow from those before.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    /// The mirror does not stand where the batch begins.
    #[error("the mirror of {0} has moved meanwhile: is another indexer writing to it?")]
    Moved(Account),
    /// A rollback to a place that is no checkpoint.
    #[error("the mirror of {account} has no checkpoint at block {block}")]
    UnknownCheckpoint {
        /// Of which contract.
        account: Account,
        /// At which height.
        block: u64,
    },
    /// More accounts in one question than a profile can have.
    #[error("at most {max} accounts in one question")]
    TooManyAccounts {
        /// The bound.
        max: usize,
    },
    /// More data ids in one question than [`MAX_DATA_IDS`](crate::MAX_DATA_IDS).
    #[error("at most {max} data ids in one question")]
    TooManyDataIds {
        /// The bound.
        max: usize,
    },
}

/// An event that its contract cannot have emitted after those before it: something was missed or invented. Nothing of
/// the batch was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("block {block}, log {log_index}: {why}")]
pub struct Inconsistency {
    /// The event's block.
    pub block: u64,
    /// Its place in the block.
    pub log_index: u64,
    /// What is wrong with it.
    pub why: Impossible,
}

/// Why an event cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// The contract would have refused the verb.
    #[error("this grant event cannot follow from those before it: {0}")]
    Grant(#[from] GrantError),
    /// The contract would have refused the verb.
    #[error("this status event cannot follow from those before it: {0}")]
    Status(#[from] StatusError),
    /// Contracts emit changes only.
    #[error("a status event changes nothing")]
    Unchanged,
    /// Outside the batch's blocks, or not after the event before it.
    #[error("the event is out of order, or outside the batch's blocks")]
    OutOfOrder,
    /// An event of the other kind of contract.
    #[error("the contract emits no such event")]
    WrongKind,
}
