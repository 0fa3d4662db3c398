//! What became of a transaction.

use near_primitives::hash::CryptoHash;
use near_primitives::views::{
    ExecutionOutcomeView, ExecutionOutcomeWithIdView, ExecutionStatusView, FinalExecutionOutcomeView,
    FinalExecutionOutcomeWithReceiptView, FinalExecutionStatus, SignedTransactionView, TxExecutionStatus,
};

use crate::chain::blocks::Blocks;

/// None: the transaction is in no block.
pub(crate) fn transaction(
    blocks: &Blocks,
    hash: &CryptoHash,
) -> Option<(FinalExecutionOutcomeWithReceiptView, TxExecutionStatus)> {
    let (included_in, signed) = blocks.transaction(hash)?;
    let transaction: SignedTransactionView = signed.clone().into();
    let transaction_outcome = outcome(blocks, hash)?;
    let mut progress = Progress::default();
    for id in &transaction_outcome.outcome.receipt_ids {
        progress.follow(blocks, id);
    }
    // A local receipt is not stored on its own in NEAR, and not shown with the others.
    let hidden = match transaction.signer_id == transaction.receiver_id {
        true => transaction_outcome.outcome.receipt_ids.first().copied(),
        false => None,
    };
    let receipts = progress
        .outcomes
        .iter()
        .filter(|outcome| Some(outcome.id) != hidden)
        .filter_map(|outcome| blocks.receipt(&outcome.id).cloned().map(Into::into))
        .collect();
    let status = progress.status(included_in.height <= blocks.final_head().height);
    let final_outcome = FinalExecutionOutcomeView {
        status: final_status(blocks, &transaction_outcome),
        transaction,
        transaction_outcome,
        receipts_outcome: progress.outcomes,
    };
    Some((FinalExecutionOutcomeWithReceiptView { final_outcome, receipts }, status))
}

/// How far the receipts of a transaction have got.
struct Progress {
    outcomes: Vec<ExecutionOutcomeWithIdView>,
    all_but_refunds_ran: bool,
    all_final: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self { outcomes: Vec::new(), all_but_refunds_ran: true, all_final: true }
    }
}

impl Progress {
    /// Adds a receipt's outcome and those of the receipts it made, depth first. Depth is bounded by the heap only:
    /// contracts can chain receipts for long.
    fn follow(&mut self, blocks: &Blocks, id: &CryptoHash) {
        let mut next = vec![*id];
        while let Some(id) = next.pop() {
            let Some((block, _, _)) = blocks.outcome(&id) else {
                self.all_final = false;
                let is_refund =
                    blocks.receipt(&id).is_some_and(|receipt| receipt.predecessor_id().is_system());
                self.all_but_refunds_ran &= is_refund;
                continue;
            };
            self.all_final &= block.height <= blocks.final_head().height;
            let Some(outcome) = outcome(blocks, &id) else { continue };
            next.extend(outcome.outcome.receipt_ids.iter().rev());
            self.outcomes.push(outcome);
        }
    }

    fn status(&self, included_is_final: bool) -> TxExecutionStatus {
        match (self.all_but_refunds_ran, included_is_final) {
            (true, true) if self.all_final => TxExecutionStatus::Final,
            (true, true) => TxExecutionStatus::Executed,
            (true, false) => TxExecutionStatus::ExecutedOptimistic,
            (false, true) => TxExecutionStatus::IncludedFinal,
            (false, false) => TxExecutionStatus::Included,
        }
    }
}

/// Follows what the transaction returned, from receipt to receipt.
fn final_status(blocks: &Blocks, transaction: &ExecutionOutcomeWithIdView) -> FinalExecutionStatus {
    let mut status = transaction.outcome.status.clone();
    loop {
        match status {
            ExecutionStatusView::Unknown => return FinalExecutionStatus::Started,
            ExecutionStatusView::Failure(error) => return FinalExecutionStatus::Failure(error),
            ExecutionStatusView::SuccessValue(value) => return FinalExecutionStatus::SuccessValue(value),
            ExecutionStatusView::SuccessReceiptId(id) => match blocks.outcome(&id) {
                Some((_, outcome, _)) => status = ExecutionOutcomeView::from(outcome.outcome.clone()).status,
                None => return FinalExecutionStatus::Started,
            },
        }
    }
}

pub(super) fn outcome(blocks: &Blocks, id: &CryptoHash) -> Option<ExecutionOutcomeWithIdView> {
    let (block, outcome, proof) = blocks.outcome(id)?;
    Some(ExecutionOutcomeWithIdView {
        proof: proof.clone(),
        block_hash: block.hash,
        id: *id,
        outcome: outcome.outcome.clone().into(),
    })
}
