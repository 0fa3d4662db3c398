//! One block from beginning to end.

use std::collections::VecDeque;

use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionOutcome, ExecutionOutcomeWithId, ExecutionStatus, SignedTransaction,
};
use near_primitives::types::{Balance, Compute, Gas, RawStateChangesWithTrieKey, StateChangeCause};
use near_primitives::utils::create_receipt_id_from_transaction;

use super::BlockContext;
use crate::chain::admit::{Admitted, NotAdmitted, admit};
use crate::chain::patch;
use crate::chain::protocol::CHUNK_GAS_LIMIT;
use crate::chain::state::{State, StateUpdate};
use crate::chain::status::ChainError;

/// What waits for a block.
#[derive(Default)]
pub(crate) struct Work {
    pub patch: Vec<StateRecord>,
    /// In the order in which they shall be tried.
    pub transactions: Vec<SignedTransaction>,
    /// Sent by the block before.
    pub incoming: Vec<Receipt>,
    /// Left over when an earlier block reached its limit.
    pub delayed: VecDeque<Receipt>,
}

/// What a block has done.
pub(crate) struct Applied {
    pub state: State,
    pub changes: Vec<RawStateChangesWithTrieKey>,
    pub transactions: Vec<SignedTransaction>,
    pub rejected: Vec<(CryptoHash, InvalidTxError)>,
    /// Transactions that did not fit any more.
    pub left: Vec<SignedTransaction>,
    pub outcomes: Vec<ExecutionOutcomeWithId>,
    pub local_receipts: Vec<Receipt>,
    pub instant_receipts: Vec<Receipt>,
    pub outgoing: Vec<Receipt>,
    pub delayed: VecDeque<Receipt>,
    pub gas_burnt: Gas,
    pub burnt: Balance,
    pub minted: Balance,
}

/// A block in the making.
pub(super) struct Apply<'a> {
    pub block: &'a BlockContext<'a>,
    pub state: StateUpdate,
    pub outcomes: Vec<ExecutionOutcomeWithId>,
    pub outgoing: Vec<Receipt>,
    pub instant: VecDeque<Receipt>,
    instant_receipts: Vec<Receipt>,
    delayed: VecDeque<Receipt>,
    gas_burnt: Gas,
    compute: Compute,
    pub burnt: Balance,
    pub minted: Balance,
}

/// Does the work on top of a state.
pub(crate) fn apply(block: &BlockContext, before: State, work: Work) -> Result<Applied, ChainError> {
    let mut apply = Apply {
        block,
        state: StateUpdate::new(before),
        outcomes: Vec::new(),
        outgoing: Vec::new(),
        instant: VecDeque::new(),
        instant_receipts: Vec::new(),
        delayed: VecDeque::new(),
        gas_burnt: Gas::ZERO,
        compute: 0,
        burnt: Balance::ZERO,
        minted: Balance::ZERO,
    };
    (apply.minted, apply.burnt) = patch::apply(&mut apply.state, work.patch)?;
    let included = apply.include(work.transactions)?;
    apply.process_all(&included.local_receipts, work.delayed, work.incoming)?;
    apply.resume_timed_out_yields()?;
    let (state, changes) = apply.state.finish();
    Ok(Applied {
        state,
        changes,
        transactions: included.transactions,
        rejected: included.rejected,
        left: included.left,
        outcomes: apply.outcomes,
        local_receipts: included.local_receipts,
        instant_receipts: apply.instant_receipts,
        outgoing: apply.outgoing,
        delayed: apply.delayed,
        gas_burnt: apply.gas_burnt,
        burnt: apply.burnt,
        minted: apply.minted,
    })
}

#[derive(Default)]
struct Included {
    transactions: Vec<SignedTransaction>,
    rejected: Vec<(CryptoHash, InvalidTxError)>,
    left: Vec<SignedTransaction>,
    local_receipts: Vec<Receipt>,
}

impl Apply<'_> {
    /// Takes transactions until their conversion has burnt what a block gives them.
    fn include(&mut self, transactions: Vec<SignedTransaction>) -> Result<Included, ChainError> {
        let limit = self.block.protocol.config.congestion_control_config.max_tx_gas;
        let mut included = Included::default();
        for transaction in transactions {
            if self.gas_burnt >= limit {
                included.left.push(transaction);
                continue;
            }
            match admit(self.block.protocol, &self.state, self.block.height, &transaction) {
                Ok(admitted) => {
                    let receipt = self.convert(&transaction, admitted)?;
                    if receipt.receiver_id() == transaction.transaction.signer_id() {
                        included.local_receipts.push(receipt);
                    } else {
                        self.outgoing.push(receipt);
                    }
                    included.transactions.push(transaction);
                }
                Err(NotAdmitted::Invalid(error)) => included.rejected.push((transaction.get_hash(), error)),
                Err(NotAdmitted::Fault(fault)) => return Err(fault),
            }
        }
        Ok(included)
    }

    /// Charges the signer, and makes the transaction's receipt.
    fn convert(&mut self, signed: &SignedTransaction, admitted: Admitted) -> Result<Receipt, ChainError> {
        let Admitted { cost, account, access_key } = admitted;
        let transaction = &signed.transaction;
        let (signer_id, public_key) = (transaction.signer_id(), transaction.public_key());
        self.state.set_account(signer_id, &account)?;
        self.state.set_access_key(signer_id, public_key, &access_key)?;
        self.state.commit(StateChangeCause::TransactionProcessing { tx_hash: signed.get_hash() });
        let receipt_id = create_receipt_id_from_transaction(signed.hash(), self.block.height);
        self.burn(cost.burnt_amount)?;
        self.record(ExecutionOutcomeWithId {
            id: signed.get_hash(),
            outcome: ExecutionOutcome {
                logs: Vec::new(),
                receipt_ids: vec![receipt_id],
                gas_burnt: cost.burnt.gas,
                compute_usage: Some(cost.burnt.compute),
                tokens_burnt: cost.burnt_amount,
                executor_id: signer_id.clone(),
                status: ExecutionStatus::SuccessReceiptId(receipt_id),
                metadata: ExecutionMetadata::V1,
            },
        })?;
        Ok(Receipt::from_tx(
            receipt_id,
            signer_id.clone(),
            transaction.receiver_id().clone(),
            public_key.clone(),
            cost.receipt_gas_price,
            transaction.actions().to_vec(),
        ))
    }

    /// Local receipts first, then those that have waited longest.
    fn process_all(
        &mut self,
        local: &[Receipt],
        mut delayed: VecDeque<Receipt>,
        incoming: Vec<Receipt>,
    ) -> Result<(), ChainError> {
        for receipt in local {
            self.process_or_delay(receipt.clone(), &mut delayed)?;
        }
        while self.has_room() {
            let Some(receipt) = delayed.pop_front() else { break };
            self.process_with_instants(&receipt)?;
        }
        for receipt in incoming {
            self.process_or_delay(receipt, &mut delayed)?;
        }
        self.delayed = delayed;
        Ok(())
    }

    pub(super) fn has_room(&self) -> bool {
        self.compute < CHUNK_GAS_LIMIT.as_gas()
    }

    fn process_or_delay(
        &mut self,
        receipt: Receipt,
        delayed: &mut VecDeque<Receipt>,
    ) -> Result<(), ChainError> {
        if self.has_room() {
            return self.process_with_instants(&receipt);
        }
        delayed.push_back(receipt);
        Ok(())
    }

    /// Some receipts run in the same block right after the one that made them, whatever the limit.
    fn process_with_instants(&mut self, receipt: &Receipt) -> Result<(), ChainError> {
        self.process(receipt)?;
        while let Some(instant) = self.instant.pop_front() {
            self.process(&instant)?;
            self.instant_receipts.push(instant);
        }
        Ok(())
    }

    pub(super) fn record(&mut self, outcome: ExecutionOutcomeWithId) -> Result<(), ChainError> {
        self.gas_burnt =
            self.gas_burnt.checked_add(outcome.outcome.gas_burnt).ok_or_else(ChainError::overflow)?;
        let compute = outcome.outcome.compute_usage.unwrap_or_default();
        self.compute = self.compute.checked_add(compute).ok_or_else(ChainError::overflow)?;
        self.outcomes.push(outcome);
        Ok(())
    }

    pub(super) fn burn(&mut self, amount: Balance) -> Result<(), ChainError> {
        self.burnt = self.burnt.checked_add(amount).ok_or_else(ChainError::overflow)?;
        Ok(())
    }
}
