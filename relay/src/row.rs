//! One call, as it is kept.

use idos_api::relay::{Fate, RelayCall, Submission};
use idos_client::chain::Prepared;
use idos_grants::{Account, ChainId};

/// How far a call is, with what is needed to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Sent(Prepared),
    Done { transaction: String, block: u64 },
    Failed { code: String, message: String, transaction: Option<String> },
}

impl State {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent(_) => "sent",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
        }
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) digest: String,
    pub(crate) chain: ChainId,
    pub(crate) owner: Account,
    pub(crate) app: String,
    pub(crate) call: RelayCall,
    pub(crate) deadline: Option<u64>,
    pub(crate) state: State,
    pub(crate) attempts: u64,
    pub(crate) next_attempt_at: u64,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
}

impl Row {
    /// As it is told.
    pub(crate) fn submission(&self) -> Submission {
        Submission {
            digest: self.digest.clone(),
            chain: self.chain,
            owner: self.owner,
            fate: match &self.state {
                State::Queued => Fate::Queued,
                State::Sent(prepared) => Fate::Sent { transaction: prepared.transaction.clone() },
                State::Done { transaction, block } => {
                    Fate::Done { transaction: transaction.clone(), block: *block }
                }
                State::Failed { code, message, transaction } => Fate::Failed {
                    code: code.clone(),
                    message: message.clone(),
                    transaction: transaction.clone(),
                },
            },
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
