//! Why a chain is not followed.

use std::time::Duration;

use idos_grants::Account;
use idos_mirror::MirrorError;

use crate::{config::ConfigError, source::SourceError};

/// How long an RPC that did not answer is not asked while another one is.
const UNAVAILABLE_FOR: Duration = Duration::from_secs(30);
/// How long one whose answer was wrong is not.
const DISTRUSTED_FOR: Duration = Duration::from_secs(600);

/// Why a chain is not followed, or not at the moment.
#[derive(Debug, thiserror::Error)]
pub enum IndexerError {
    /// The configuration cannot be followed.
    #[error(transparent)]
    Config(#[from] ConfigError),
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
        contract: Box<Account>,
        /// The first block to fetch again.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// A batch was neither written nor refused.
    #[error("writing was interrupted")]
    Interrupted,
}

impl IndexerError {
    /// Whether trying again may help. A busy or full disk may pass, and so may another writer; a schema that is not ours does not.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Config(_) => false,
            Self::Source(_) | Self::HistoryDiffers { .. } | Self::Interrupted => true,
            Self::Mirror(error) => matches!(
                error,
                MirrorError::Database(_)
                    | MirrorError::Moved(_)
                    | MirrorError::UnknownCheckpoint { .. }
                    | MirrorError::OutOfRange { .. }
                    | MirrorError::Inconsistent(_)
            ),
        }
    }

    /// Whether an RPC said that it has dropped blocks that have not been read yet.
    pub fn is_of_missing_blocks(&self) -> bool {
        matches!(self, Self::Source(SourceError::BlocksMissing { .. }))
    }

    /// How long the RPC should rest for it; `None` if it is not the RPC's fault.
    pub(super) fn rest(&self) -> Option<Duration> {
        match self {
            Self::Source(
                SourceError::WrongChain { .. } | SourceError::DifferentChains { .. } | SourceError::Invalid(_),
            )
            | Self::HistoryDiffers { .. }
            // A time or a height that no chain gets to.
            | Self::Mirror(MirrorError::OutOfRange { .. }) => Some(DISTRUSTED_FOR),
            Self::Source(_) => Some(UNAVAILABLE_FOR),
            Self::Mirror(_) | Self::Config(_) | Self::Interrupted => None,
        }
    }

    /// A word for metrics.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Config(_) => "config",
            Self::Source(error) => error.kind(),
            Self::Mirror(_) | Self::Interrupted => "mirror",
            Self::HistoryDiffers { .. } => "history_differs",
        }
    }
}
