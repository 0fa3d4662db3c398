//! Calling a contract's method.

use std::sync::Arc;

use near_primitives::errors::ActionErrorKind;
use near_primitives::hash::CryptoHash;
use near_primitives::profile_data_v3::ProfileDataV3;
use near_primitives::receipt::{ActionReceiptV2, DataReceipt, Receipt, ReceiptEnum, ReceiptV0};
use near_primitives::transaction::FunctionCallAction;
use near_primitives::types::Gas;
use near_primitives::utils::create_action_hash_from_receipt_id;
use near_vm_runner::logic::VMOutcome;

use super::{Acting, ActionResult, Failure};
use crate::chain::runtime::yields;
use crate::chain::status::ChainError;
use crate::chain::vm::{self, Call, CallOutcome, Caller, OutgoingData, OutgoingReceipt};

impl Acting<'_> {
    pub(super) fn call_function(
        &mut self,
        function: &FunctionCallAction,
        index: usize,
        result: &mut ActionResult,
    ) -> Result<(), Failure> {
        let CallOutcome { vm, outgoing } = self.run_call(function, index)?;
        account_for(&vm, result)?;
        if let Some(error) = vm.aborted {
            return Err(ActionErrorKind::FunctionCallError(vm::protocol_error(error)).into());
        }
        let account = self.existing()?;
        account.set_amount(vm.balance);
        account.set_storage_usage(vm.storage_usage);
        result.minted = vm.subsidized_amount;
        result.outcome = Ok(vm.return_data);
        for receipt in outgoing.receipts {
            if receipt.is_promise_yield {
                yields::enqueue_timeout(self.state, self.block, self.receipt.receiver_id(), &receipt)?;
            }
            result.new_receipts.push(self.sent(receipt));
        }
        let resumes = outgoing.resumes.into_iter();
        result.new_receipts.extend(resumes.map(|resume| self.resumed(resume)));
        Ok(())
    }

    fn run_call(&mut self, function: &FunctionCallAction, index: usize) -> Result<CallOutcome, Failure> {
        let account = self.existing()?.clone();
        let predecessor_id = self.receipt.predecessor_id();
        // Only the last action of a receipt answers those who wait for it.
        let is_last = index + 1 == self.action_receipt.actions().len();
        let receivers = self.action_receipt.output_data_receivers().iter().filter(|_| is_last);
        let call = Call {
            account_id: self.receipt.receiver_id(),
            account: &account,
            caller: Caller {
                signer_id: self.action_receipt.signer_id(),
                signer_public_key: self.action_receipt.signer_public_key(),
                predecessor_id,
                refund_to: self.action_receipt.refund_to().as_ref().unwrap_or(predecessor_id),
            },
            function,
            promise_results: Arc::clone(&self.promise_results),
            output_data_receivers: receivers.map(|receiver| receiver.receiver_id.clone()).collect(),
            action_hash: create_action_hash_from_receipt_id(
                self.receipt.receipt_id(),
                self.block.height,
                index,
            ),
        };
        Ok(vm::run(self.block, self.state, call)?)
    }

    /// A receipt that the contract sends. Its id comes when all of them are known.
    fn sent(&self, receipt: OutgoingReceipt) -> Receipt {
        let action = ActionReceiptV2 {
            signer_id: self.action_receipt.signer_id().clone(),
            signer_public_key: self.action_receipt.signer_public_key().clone(),
            refund_to: receipt.refund_to,
            gas_price: self.action_receipt.gas_price(),
            output_data_receivers: receipt.output_data_receivers,
            input_data_ids: receipt.input_data_ids,
            actions: receipt.actions,
        };
        Receipt::V0(ReceiptV0 {
            predecessor_id: self.account_id().clone(),
            receiver_id: receipt.receiver_id,
            receipt_id: CryptoHash::default(),
            receipt: match receipt.is_promise_yield {
                true => ReceiptEnum::PromiseYieldV2(action),
                false => ReceiptEnum::ActionV2(action),
            },
        })
    }

    fn resumed(&self, resume: OutgoingData) -> Receipt {
        Receipt::V0(ReceiptV0 {
            predecessor_id: self.account_id().clone(),
            receiver_id: self.account_id().clone(),
            receipt_id: CryptoHash::default(),
            receipt: ReceiptEnum::PromiseResume(DataReceipt {
                data_id: resume.data_id,
                data: Some(resume.data),
            }),
        })
    }
}

/// Takes over what the call burnt and said, which a failure has too.
fn account_for(vm: &VMOutcome, result: &mut ActionResult) -> Result<(), ChainError> {
    let add = |sum: Gas, gas: Gas| sum.checked_add(gas).ok_or_else(ChainError::overflow);
    result.gas_burnt = add(result.gas_burnt, vm.burnt_gas)?;
    result.gas_burnt_by_calls = add(result.gas_burnt_by_calls, vm.burnt_gas)?;
    result.gas_used = add(result.gas_used, vm.used_gas)?;
    result.compute = result.compute.saturating_add(vm.compute_usage);
    result.logs.extend(vm.logs.iter().cloned());
    result.profile.merge(&ProfileDataV3 {
        actions_profile: vm.profile.actions_profile,
        wasm_ext_profile: vm.profile.wasm_ext_profile,
        wasm_gas: vm.profile.wasm_gas,
    });
    Ok(())
}
