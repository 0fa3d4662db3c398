//! Why a chain has no answer.

use idos_grants::ChainId;
use idos_mirror::Contract;

/// Why a source has no answer, or none to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The RPC is of another chain than configured.
    #[error("the RPC {rpc} is of {answered}, but the configuration says {expected}: correct one of them")]
    WrongChain {
        /// Which RPC.
        rpc: String,
        /// The configured chain.
        expected: ChainId,
        /// The RPC's chain.
        answered: ChainId,
    },
    /// What serves the blocks and what serves the contracts' views do not know the same chain.
    #[error("the block server {blocks} and the RPC {rpc} are of different chains: correct one of them")]
    DifferentChains {
        /// Which block server.
        blocks: String,
        /// Which RPC.
        rpc: String,
    },
    /// The RPC has dropped blocks that have not been read yet. Without them nothing after them can be trusted.
    #[error(
        "the RPC no longer has the blocks {from} to {to}, which have not been read: name one that has them in rpc_urls"
    )]
    BlocksMissing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The RPC does not answer so large a question.
    #[error("the RPC does not return events of so many blocks at once")]
    RangeTooLarge {
        /// How many blocks it says it would.
        suggested: Option<u64>,
    },
    /// The answer cannot be true.
    #[error("the RPC's answer cannot be true: {0}")]
    Invalid(&'static str),
    /// The RPC, or one of several behind one name, has not got as far as the mirror, or as another answer.
    #[error("the RPC lags: it has not yet got as far as it said")]
    Lags,
    /// Two answers are of different forks.
    #[error("the chain changed between two answers")]
    Changed,
    /// There is no answer.
    #[error("the RPC does not answer: {0}")]
    Unavailable(String),
    /// There is no answer yet.
    #[error("the RPC does not answer in {secs} s")]
    TimedOut {
        /// How long was waited.
        secs: u64,
    },
}

impl SourceError {
    /// The configuration's check was left out.
    pub(super) fn not_of_this_chain(contract: &Contract) -> Self {
        Self::Unavailable(format!("{} is of another family of chains", contract.account))
    }

    /// Whether it is a mistake in the configuration, unless it was right once.
    pub(crate) fn is_of_another_chain(&self) -> bool {
        matches!(self, Self::WrongChain { .. } | Self::DifferentChains { .. })
    }

    /// A stable word for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::WrongChain { .. } | Self::DifferentChains { .. } => "wrong_chain",
            Self::BlocksMissing { .. } => "blocks_missing",
            Self::RangeTooLarge { .. } => "range_too_large",
            Self::Invalid(_) => "invalid",
            Self::Lags => "lags",
            Self::Changed => "changed",
            Self::Unavailable(_) => "unavailable",
            Self::TimedOut { .. } => "timed_out",
        }
    }
}
