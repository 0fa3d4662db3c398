use idos_near_protocol::deposits::DepositRefusal;
use near_sdk::FunctionError;

/// Why a verb is refused. The text is the stable name that clients read, with the same arguments as on EVM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, FunctionError)]
pub enum Refusal {
    /// The position is revoked, for ever: list, position.
    #[error("CredentialRevoked({0},{1})")]
    CredentialRevoked(u32, u32),
    /// The position is beyond the end of a list. For a word, its first position.
    #[error("IndexOutOfRange({0})")]
    IndexOutOfRange(u32),
    /// Revocation bits cannot be cleared: list, word.
    #[error("RevocationIsFinal({0},{1})")]
    RevocationIsFinal(u32, u16),
    /// A bit is both to be set and to be cleared.
    #[error("InvalidWordChange")]
    InvalidWordChange,
    /// No item in a batch.
    #[error("EmptyBatch")]
    EmptyBatch,
    /// More items than a batch may have: how many, and how many may be.
    #[error("BatchTooLarge({0},{1})")]
    BatchTooLarge(usize, usize),
    /// The issuer's storage deposit cannot do it.
    #[error(transparent)]
    Deposit(#[from] DepositRefusal),
}
