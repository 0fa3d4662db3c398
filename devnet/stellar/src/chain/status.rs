//! What the network answers about transactions, and how it fails.

use stellar_xdr::{
    ContractEventBody, DiagnosticEvent, Hash, ScString, ScVal, ScVec, TransactionEnvelope, TransactionResult,
};

use super::ledger::AppliedTransaction;

/// How far a submitted transaction has got.
#[derive(Debug, Clone)]
pub enum TransactionStatus<'a> {
    /// Taken, in no ledger yet.
    Pending(&'a TransactionEnvelope),
    /// In a ledger, successful or not.
    Applied(&'a AppliedTransaction),
}

/// Why a transaction was not taken. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The same transaction is waiting for the next ledger.
    #[error("transaction {0} was already taken: ask for its result instead of sending it again")]
    Duplicate(Hash),
    /// Another transaction of the same account is waiting for the next ledger, or the queue is full.
    #[error("{0}: wait for the next ledger, then send it again")]
    TryAgainLater(&'static str),
    /// It could not be applied.
    #[error("the transaction is refused with {}{}", result.result.name(), reasons(diagnostics))]
    Invalid {
        /// As the network says it.
        result: Box<TransactionResult>,
        /// Why, in words, where a code alone says too little.
        diagnostics: Vec<DiagnosticEvent>,
    },
}

/// The texts among diagnostic events.
fn reasons(diagnostics: &[DiagnosticEvent]) -> String {
    let text = |event: &DiagnosticEvent| {
        let ContractEventBody::V0(body) = &event.event.body;
        match &body.data {
            ScVal::String(ScString(text)) => Some(format!(": {text}")),
            ScVal::Vec(Some(ScVec(values))) => match values.first() {
                Some(ScVal::String(ScString(text))) => Some(format!(": {text}")),
                _ => None,
            },
            _ => None,
        }
    };
    diagnostics.iter().filter_map(text).collect()
}

/// The engine failed, rather than a transaction. The network keeps its state of before the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A bug here or in Soroban's host.
    #[error("the network failed, which is a bug and not a fault of a transaction: {0}")]
    Internal(String),
    /// Sequence numbers stay below 2^31, so that an account's first one fits.
    #[error("no ledger can follow {0}: start a new network")]
    SequenceOverflow(u32),
}
