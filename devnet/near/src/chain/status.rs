//! What the chain answers about transactions, and how it fails.

use near_primitives::errors::{IntegerOverflowError, InvalidTxError};
use near_primitives::views::{FinalExecutionOutcomeWithReceiptView, TxExecutionStatus};

/// How far a submitted transaction has got.
#[derive(Debug, Clone)]
pub enum TransactionStatus {
    /// In the pool, in no block yet.
    Pending,
    /// Was valid when submitted, and no longer when a block wanted to include it.
    Rejected(InvalidTxError),
    /// In a block.
    Included {
        /// What has happened so far, with all receipts that have run.
        outcome: Box<FinalExecutionOutcomeWithReceiptView>,
        /// How final that is.
        status: TxExecutionStatus,
    },
}

/// The engine failed, rather than a transaction. The chain keeps its state of before the block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The virtual machine itself failed.
    #[error("NEAR's virtual machine failed, which is a bug and not a fault of the contract: {0}")]
    Vm(String),
    /// Something in the state cannot be.
    #[error("the chain's state contradicts itself, as a state patch can make it do: {0}")]
    InconsistentState(String),
    /// No room above.
    #[error("no block can follow height {0}: start a new chain")]
    HeightOverflow(u64),
}

impl ChainError {
    pub(crate) fn overflow() -> Self {
        Self::InconsistentState("an amount exceeds what its type holds".to_owned())
    }
}

impl From<IntegerOverflowError> for ChainError {
    fn from(_: IntegerOverflowError) -> Self {
        Self::overflow()
    }
}

/// Why a state patch was refused. Nothing of it was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Receipts and gas keys cannot be patched.
    #[error("cannot patch {kind} records: only Account, Data, Contract and AccessKey are supported")]
    UnsupportedRecord {
        /// The kind as NEAR names it.
        kind: String,
    },
}
