//! Why a chain is not followed.

use idos_grants::{Account, ChainId};
use idos_mirror::MirrorError;

use crate::source::SourceError;

/// Why a chain is not followed, or not at the moment.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// The configuration names no RPC.
    #[error("{0} has no RPC: name at least one")]
    NoRpc(ChainId),
    /// The chain has no answer.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The mirror cannot be written.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// Something was missed or invented: the gate is closed for the contract until the range is fetched again and its head agrees.
    #[error("the history of {contract} differs from the mirror's: blocks {from} to {to} are fetched again")]
    HistoryDiffers {
        /// Which contract.
        contract: Account,
        /// The first block to fetch again.
        from: u64,
        /// The last one.
        to: u64,
    },
}

/// Whether a mirror's failure may pass by itself: a busy or full disk may, a schema that is not ours does not.
pub(super) fn may_pass(error: &MirrorError) -> bool {
    matches!(error, MirrorError::Database(_) | MirrorError::Moved(_) | MirrorError::Inconsistent(_))
}
