use idos_near_protocol::deposits::DepositRefusal;
use near_sdk::{AccountId, FunctionError};

/// Why a verb is refused. The text is the stable name that clients read, with the same arguments as on EVM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, FunctionError)]
pub enum Refusal {
    /// The owner already has this grant.
    #[error("GrantExists")]
    GrantExists,
    /// The owner has no such grant.
    #[error("GrantNotFound")]
    GrantNotFound,
    /// The grant cannot be revoked before this second has passed.
    #[error("GrantLocked({0})")]
    GrantLocked(u64),
    /// The timelock is not later than now (or than the present one), or too far ahead.
    #[error("InvalidTimelock({0})")]
    InvalidTimelock(u64),
    /// The grantee is the owner.
    #[error("InvalidGrantee({0})")]
    InvalidGrantee(AccountId),
    /// No item in a batch.
    #[error("EmptyBatch")]
    EmptyBatch,
    /// More items than a batch may have.
    #[error("BatchTooLarge({0},{1})")]
    BatchTooLarge(usize, usize),
    /// The owner's storage deposit cannot do it.
    #[error(transparent)]
    Deposit(#[from] DepositRefusal),
}
