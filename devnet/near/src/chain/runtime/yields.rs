//! Yielded receipts: they wait until their contract resumes them, or for two hundred blocks at most.

use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, PromiseYieldTimeout, Receipt, ReceiptEnum, ReceiptV0, ReceivedData,
};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, PromiseYieldStatus, StateChangeCause};
use near_primitives::utils::create_receipt_id_from_receipt_id;

use super::BlockContext;
use super::apply::Apply;
use crate::chain::state::{Records, StateUpdate};
use crate::chain::status::ChainError;
use crate::chain::vm::OutgoingReceipt;

/// Notes when a yielded receipt's time is up.
pub(crate) fn enqueue_timeout(
    state: &mut StateUpdate,
    block: &BlockContext,
    account_id: &AccountId,
    receipt: &OutgoingReceipt,
) -> Result<(), ChainError> {
    let Some(&data_id) = receipt.input_data_ids.first() else { return Ok(()) };
    let mut indices = state.yield_indices()?;
    let blocks = block.protocol.config.wasm_config.limit_config.yield_timeout_length_in_blocks;
    let expires_at = block.height.saturating_add(blocks);
    let timeout = PromiseYieldTimeout { account_id: account_id.clone(), data_id, expires_at };
    state.set_record(TrieKey::PromiseYieldTimeout { index: indices.next_available_index }, &timeout)?;
    indices.next_available_index += 1;
    state.set_record(TrieKey::PromiseYieldIndices, &indices)
}

impl Apply<'_> {
    /// Answers the yielded receipt that runs now. What resumes none, because another came first, is void.
    pub(super) fn resume(
        &mut self,
        receiver_id: &AccountId,
        data: &DataReceipt,
    ) -> Result<Option<Receipt>, ChainError> {
        let data_id = data.data_id;
        let is_timeout = data.data.is_none();
        let status = self.state.yield_status(receiver_id, data_id)?;
        if is_timeout && status == Some(PromiseYieldStatus::ResumeInitiated) {
            return Ok(None);
        }
        let Some(ready) = self.state.yield_receipt(receiver_id, data_id)? else { return Ok(None) };
        self.forget_yield(receiver_id, data_id)?;
        let received = ReceivedData { data: data.data.clone() };
        self.state
            .set_record(TrieKey::ReceivedData { receiver_id: receiver_id.clone(), data_id }, &received)?;
        Ok(Some(ready))
    }

    fn forget_yield(&mut self, receiver_id: &AccountId, data_id: CryptoHash) -> Result<(), ChainError> {
        let of = || receiver_id.clone();
        let by_data = TrieKey::DataIdToYieldId { receiver_id: of(), data_id };
        if let Some(yield_id) = self.state.record(&by_data)? {
            self.state.remove(TrieKey::YieldIdToDataId { receiver_id: of(), yield_id });
            self.state.remove(by_data);
        }
        self.state.remove(TrieKey::PromiseYieldReceipt { receiver_id: of(), data_id });
        self.state.remove(TrieKey::PromiseYieldStatus { receiver_id: of(), data_id });
        Ok(())
    }

    /// Sends those whose time is up a resumption without data.
    pub(super) fn resume_timed_out_yields(&mut self) -> Result<(), ChainError> {
        let mut indices = self.state.yield_indices()?;
        let first = indices.first_index;
        let mut sent = 0;
        while indices.first_index < indices.next_available_index && self.has_room() {
            let index = indices.first_index;
            let timeout = self.state.yield_timeout(index)?.ok_or_else(|| {
                ChainError::InconsistentState(format!("the yield timeout {index} is missing"))
            })?;
            if timeout.expires_at > self.block.height {
                break;
            }
            if self.state.yield_receipt(&timeout.account_id, timeout.data_id)?.is_some() {
                self.outgoing.push(timed_out(&timeout, self.block.height, sent));
                sent += 1;
            }
            self.state.remove(TrieKey::PromiseYieldTimeout { index });
            indices.first_index += 1;
        }
        if indices.first_index != first {
            self.state.set_record(TrieKey::PromiseYieldIndices, &indices)?;
            self.state.commit(StateChangeCause::UpdatedDelayedReceipts);
        }
        Ok(())
    }
}

fn timed_out(timeout: &PromiseYieldTimeout, height: u64, index: usize) -> Receipt {
    Receipt::V0(ReceiptV0 {
        predecessor_id: timeout.account_id.clone(),
        receiver_id: timeout.account_id.clone(),
        receipt_id: create_receipt_id_from_receipt_id(&timeout.data_id, height, index),
        receipt: ReceiptEnum::PromiseResume(DataReceipt { data_id: timeout.data_id, data: None }),
    })
}
