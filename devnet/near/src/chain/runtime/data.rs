//! A receipt that has arrived: it runs, or it waits for its data, or it is data that another waits for.

use near_primitives::receipt::{DataReceipt, Receipt, ReceivedData, VersionedReceiptEnum};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::StateChangeCause;

use super::apply::Apply;
use crate::chain::state::Records;
use crate::chain::status::ChainError;

impl Apply<'_> {
    pub(super) fn process(&mut self, receipt: &Receipt) -> Result<(), ChainError> {
        let ready = match receipt.versioned_receipt() {
            VersionedReceiptEnum::Action(action) => {
                if self.postpone(receipt, action.input_data_ids())? {
                    None
                } else {
                    Some(receipt.clone())
                }
            }
            VersionedReceiptEnum::Data(data) => self.deliver(receipt, &data)?,
            VersionedReceiptEnum::PromiseYield(action) => {
                let [data_id] = action.input_data_ids() else {
                    return Err(ChainError::InconsistentState(
                        "a yielded receipt waits for one datum".to_owned(),
                    ));
                };
                let receiver_id = receipt.receiver_id().clone();
                let key = TrieKey::PromiseYieldReceipt { receiver_id, data_id: *data_id };
                self.state.set_record(key, receipt)?;
                None
            }
            VersionedReceiptEnum::PromiseResume(data) => self.resume(receipt.receiver_id(), &data)?,
            VersionedReceiptEnum::GlobalContractDistribution(_) => {
                return Err(ChainError::InconsistentState("global contracts are not supported".to_owned()));
            }
        };
        match ready {
            Some(ready) => self.execute(&ready),
            None => {
                self.state.commit(StateChangeCause::PostponedReceipt { receipt_hash: receipt.get_hash() });
                Ok(())
            }
        }
    }

    /// Puts a receipt aside if some of its data has not arrived. Answers whether it did.
    fn postpone(
        &mut self,
        receipt: &Receipt,
        inputs: &[near_primitives::hash::CryptoHash],
    ) -> Result<bool, ChainError> {
        let receiver_id = receipt.receiver_id();
        let mut missing: u32 = 0;
        for &data_id in inputs {
            if self.state.received_data(receiver_id, data_id)?.is_none() {
                missing += 1;
                let key = TrieKey::PostponedReceiptId { receiver_id: receiver_id.clone(), data_id };
                self.state.set_record(key, receipt.receipt_id())?;
            }
        }
        if missing == 0 {
            return Ok(false);
        }
        let (receiver_id, receipt_id) = (receiver_id.clone(), *receipt.receipt_id());
        let count = TrieKey::PendingDataCount { receiver_id: receiver_id.clone(), receipt_id };
        self.state.set_record(count, &missing)?;
        self.state.set_record(TrieKey::PostponedReceipt { receiver_id, receipt_id }, receipt)?;
        Ok(true)
    }

    /// Keeps a datum. Answers the receipt that was waiting for it, if it waits for nothing else.
    fn deliver(&mut self, receipt: &Receipt, data: &DataReceipt) -> Result<Option<Receipt>, ChainError> {
        let receiver_id = receipt.receiver_id().clone();
        let data_id = data.data_id;
        let received = ReceivedData { data: data.data.clone() };
        self.state
            .set_record(TrieKey::ReceivedData { receiver_id: receiver_id.clone(), data_id }, &received)?;
        let Some(receipt_id) = self.state.postponed_receipt_id(&receiver_id, data_id)? else {
            return Ok(None);
        };
        self.state.remove(TrieKey::PostponedReceiptId { receiver_id: receiver_id.clone(), data_id });
        let gone = || ChainError::InconsistentState(format!("postponed receipt {receipt_id} is incomplete"));
        let missing = self.state.pending_data_count(&receiver_id, receipt_id)?.ok_or_else(gone)?;
        let count = TrieKey::PendingDataCount { receiver_id: receiver_id.clone(), receipt_id };
        if missing > 1 {
            self.state.set_record(count, &(missing - 1))?;
            return Ok(None);
        }
        self.state.remove(count);
        let ready = self.state.postponed_receipt(&receiver_id, receipt_id)?.ok_or_else(gone)?;
        self.state.remove(TrieKey::PostponedReceipt { receiver_id, receipt_id });
        Ok(Some(ready))
    }
}
