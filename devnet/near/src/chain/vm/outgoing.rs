//! The receipts that a call makes while it runs.

use near_primitives::action::{
    Action, AddKeyAction, DeleteAccountAction, DeleteKeyAction, DeployContractAction, FunctionCallAction,
    TransferAction,
};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::DataReceiver;
use near_primitives::types::{AccountId, Gas};
use near_vm_runner::logic::types::ReceiptIndex;
use near_vm_runner::logic::{HostError, VMLogicError};

/// A receipt that will be sent if the call succeeds.
pub(crate) struct OutgoingReceipt {
    pub receiver_id: AccountId,
    pub refund_to: Option<AccountId>,
    pub output_data_receivers: Vec<DataReceiver>,
    pub input_data_ids: Vec<CryptoHash>,
    pub actions: Vec<Action>,
    /// Waits to be resumed by the contract that made it.
    pub is_promise_yield: bool,
}

/// What resumes a yielded receipt.
pub(crate) struct OutgoingData {
    pub data_id: CryptoHash,
    pub data: Vec<u8>,
}

/// All receipts of one call, in the order of their making.
#[derive(Default)]
pub(crate) struct Outgoing {
    pub receipts: Vec<OutgoingReceipt>,
    pub resumes: Vec<OutgoingData>,
    weights: Vec<GasShare>,
}

/// A call that takes part in the gas that is left over.
struct GasShare {
    receipt: usize,
    action: usize,
    weight: u64,
}

impl Outgoing {
    pub fn receiver(&self, receipt: ReceiptIndex) -> Option<&AccountId> {
        self.at(receipt).map(|receipt| &receipt.receiver_id)
    }

    /// A receipt that gets one datum from each of `after`, under the given ids.
    pub fn create(
        &mut self,
        after: &[ReceiptIndex],
        input_data_ids: Vec<CryptoHash>,
        receiver_id: AccountId,
    ) -> Result<ReceiptIndex, VMLogicError> {
        for (&receipt_index, &data_id) in after.iter().zip(&input_data_ids) {
            let source =
                self.at_mut(receipt_index).ok_or(HostError::InvalidReceiptIndex { receipt_index })?;
            source.output_data_receivers.push(DataReceiver { data_id, receiver_id: receiver_id.clone() });
        }
        Ok(self.push(receiver_id, input_data_ids, false))
    }

    /// A receipt that waits until its maker resumes it under this id.
    pub fn create_yield(&mut self, data_id: CryptoHash, receiver_id: AccountId) -> ReceiptIndex {
        self.push(receiver_id, vec![data_id], true)
    }

    fn push(
        &mut self,
        receiver_id: AccountId,
        input_data_ids: Vec<CryptoHash>,
        is_promise_yield: bool,
    ) -> u64 {
        self.receipts.push(OutgoingReceipt {
            receiver_id,
            refund_to: None,
            output_data_receivers: Vec::new(),
            input_data_ids,
            actions: Vec::new(),
            is_promise_yield,
        });
        (self.receipts.len() - 1) as ReceiptIndex
    }

    pub fn set_refund_to(&mut self, receipt: ReceiptIndex, refund_to: AccountId) {
        if let Some(receipt) = self.at_mut(receipt) {
            receipt.refund_to = Some(refund_to);
        }
    }

    /// Adds an action; answers its index. The virtual machine has checked the receipt's index.
    pub fn append(&mut self, receipt: ReceiptIndex, action: impl Into<Action>) -> u64 {
        let Some(receipt) = self.at_mut(receipt) else { return 0 };
        receipt.actions.push(action.into());
        (receipt.actions.len() - 1) as u64
    }

    pub fn append_call(
        &mut self,
        receipt: ReceiptIndex,
        method_name: Vec<u8>,
        call: FunctionCallAction,
        weight: u64,
    ) -> Result<(), VMLogicError> {
        let method_name = String::from_utf8(method_name).map_err(|_| HostError::InvalidMethodName)?;
        let action =
            self.append(receipt, Action::FunctionCall(Box::new(FunctionCallAction { method_name, ..call })));
        if weight > 0 {
            self.weights.push(GasShare { receipt: receipt as usize, action: action as usize, weight });
        }
        Ok(())
    }

    pub fn deploy(&mut self, receipt: ReceiptIndex, code: Vec<u8>) {
        self.append(receipt, Action::DeployContract(DeployContractAction { code }));
    }

    pub fn transfer(&mut self, receipt: ReceiptIndex, transfer: TransferAction) {
        self.append(receipt, Action::Transfer(transfer));
    }

    pub fn add_key(&mut self, receipt: ReceiptIndex, add: AddKeyAction) {
        self.append(receipt, Action::AddKey(Box::new(add)));
    }

    pub fn delete_key(&mut self, receipt: ReceiptIndex, delete: DeleteKeyAction) {
        self.append(receipt, Action::DeleteKey(Box::new(delete)));
    }

    pub fn delete_account(&mut self, receipt: ReceiptIndex, beneficiary_id: AccountId) {
        self.append(receipt, Action::DeleteAccount(DeleteAccountAction { beneficiary_id }));
    }

    pub fn action_mut(&mut self, receipt: ReceiptIndex, action: u64) -> Option<&mut Action> {
        self.at_mut(receipt)?.actions.get_mut(action as usize)
    }

    /// Divides left-over gas among the calls that have a weight; the last one takes what rounding leaves. Answers how
    /// much was given away: all or nothing.
    pub fn distribute(&mut self, unused: Gas) -> Gas {
        let total: u128 = self.weights.iter().map(|share| u128::from(share.weight)).sum();
        if total == 0 || unused == Gas::ZERO {
            return Gas::ZERO;
        }
        let mut left = unused.as_gas();
        let last = self.weights.len() - 1;
        for (index, share) in self.weights.iter().enumerate() {
            let part = u128::from(unused.as_gas()) * u128::from(share.weight) / total;
            let part = if index == last { left } else { u64::try_from(part).unwrap_or(left).min(left) };
            left -= part;
            let action = self.receipts.get_mut(share.receipt).and_then(|it| it.actions.get_mut(share.action));
            if let Some(Action::FunctionCall(call)) = action {
                call.gas = call.gas.saturating_add(Gas::from_gas(part));
            }
        }
        unused
    }

    fn at(&self, receipt: ReceiptIndex) -> Option<&OutgoingReceipt> {
        self.receipts.get(usize::try_from(receipt).ok()?)
    }

    fn at_mut(&mut self, receipt: ReceiptIndex) -> Option<&mut OutgoingReceipt> {
        self.receipts.get_mut(usize::try_from(receipt).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::types::Balance;

    fn outgoing(weights: &[u64]) -> Outgoing {
        let mut outgoing = Outgoing::default();
        for weight in weights {
            let receipt = outgoing.create(&[], vec![], "bob.near".parse().unwrap()).unwrap();
            let call = FunctionCallAction {
                method_name: String::new(),
                args: vec![],
                gas: Gas::from_gas(1),
                deposit: Balance::ZERO,
            };
            outgoing.append_call(receipt, b"m".to_vec(), call, *weight).unwrap();
        }
        outgoing
    }

    fn gas(outgoing: &Outgoing) -> Vec<u64> {
        let actions = outgoing.receipts.iter().flat_map(|receipt| &receipt.actions);
        actions.map(|action| action.get_prepaid_gas().as_gas()).collect()
    }

    #[test]
    fn left_over_gas_is_divided_by_weight_and_nothing_is_lost() {
        type Row = (&'static str, &'static [u64], u64, &'static [u64], u64);
        let rows: &[Row] = &[
            ("no weights", &[0, 0], 100, &[1, 1], 0),
            ("no gas", &[1], 0, &[1], 0),
            ("one takes all", &[7], 100, &[101], 100),
            ("halves", &[1, 1], 100, &[51, 51], 100),
            ("the last takes the rounding", &[1, 1, 1], 100, &[34, 34, 35], 100),
            ("some without weight", &[0, 3, 1], 100, &[1, 76, 26], 100),
            ("weights beyond u64", &[u64::MAX, u64::MAX], 10, &[6, 6], 10),
        ];
        for (name, weights, unused, expected, given) in rows {
            let mut outgoing = outgoing(weights);
            assert_eq!(outgoing.distribute(Gas::from_gas(*unused)).as_gas(), *given, "{name}");
            assert_eq!(gas(&outgoing), *expected, "{name}");
        }
    }

    #[test]
    fn a_receipt_after_an_unknown_one_is_refused() {
        let id = CryptoHash::default();
        assert!(Outgoing::default().create(&[3], vec![id], "bob.near".parse().unwrap()).is_err());
    }
}
