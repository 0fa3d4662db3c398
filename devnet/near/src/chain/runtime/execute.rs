//! A receipt that has all it needs runs: its actions all succeed, or none of them has happened.

use std::rc::Rc;
use std::sync::Arc;

use near_parameters::ActionCosts;
use near_primitives::account::AccountContract;
use near_primitives::errors::{ActionError, ActionErrorKind, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{
    DataReceipt, DataReceiver, Receipt, ReceiptEnum, ReceiptV0, VersionedActionReceipt, VersionedReceiptEnum,
};
use near_primitives::transaction::{
    ExecutionMetadata, ExecutionMetadataV4, ExecutionOutcome, ExecutionOutcomeWithId, ExecutionStatus,
};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, StateChangeCause};
use near_primitives::utils::create_receipt_id_from_receipt_id;
use near_vm_runner::logic::ReturnData;
use near_vm_runner::logic::types::PromiseResult;

use super::apply::Apply;
use super::refund::{self, Kept};
use crate::chain::actions::{Acting, ActionResult};
use crate::chain::fees;
use crate::chain::protocol::GAS_PRICE;
use crate::chain::state::Records;
use crate::chain::status::ChainError;
use crate::chain::storage_stake::missing_for_storage;
use crate::chain::validate;

/// The actions' result, and what it takes to settle it.
struct Ran {
    result: ActionResult,
    contracts: Vec<AccountContract>,
    created_account: bool,
}

impl Apply<'_> {
    /// Runs an action receipt whose data has arrived.
    pub(super) fn execute(&mut self, receipt: &Receipt) -> Result<(), ChainError> {
        let action_receipt = match receipt.versioned_receipt() {
            VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action) => action,
            _ => return Err(ChainError::InconsistentState("data cannot be executed".to_owned())),
        };
        let promise_results = self.take_inputs(receipt.receiver_id(), action_receipt.input_data_ids())?;
        let receipt_hash = receipt.get_hash();
        self.state.commit(StateChangeCause::ActionReceiptProcessingStarted { receipt_hash });
        let Ran { mut result, contracts, created_account } =
            self.run_actions(receipt, &action_receipt, promise_results)?;
        let tokens_burnt = self.settle(receipt, &action_receipt, created_account, &mut result)?;
        answer(receipt, &action_receipt, &mut result)?;
        let (receipt_ids, status) = self.send(receipt, &mut result);
        let profile = result.profile;
        self.record(ExecutionOutcomeWithId {
            id: *receipt.receipt_id(),
            outcome: ExecutionOutcome {
                logs: result.logs,
                receipt_ids,
                gas_burnt: result.gas_burnt,
                compute_usage: Some(result.compute),
                tokens_burnt,
                executor_id: receipt.receiver_id().clone(),
                status,
                metadata: ExecutionMetadata::V4(Box::new(ExecutionMetadataV4 { profile, contracts })),
            },
        })
    }

    fn take_inputs(
        &mut self,
        receiver_id: &AccountId,
        data_ids: &[CryptoHash],
    ) -> Result<Arc<[PromiseResult]>, ChainError> {
        let mut results = Vec::with_capacity(data_ids.len());
        for &data_id in data_ids {
            let received = self.state.received_data(receiver_id, data_id)?.ok_or_else(|| {
                ChainError::InconsistentState(format!("datum {data_id} of a ready receipt is missing"))
            })?;
            self.state.remove(TrieKey::ReceivedData { receiver_id: receiver_id.clone(), data_id });
            results.push(match received.data {
                Some(data) => PromiseResult::Successful(Rc::from(data)),
                None => PromiseResult::Failed,
            });
        }
        Ok(results.into())
    }

    /// Runs the actions until one fails, and checks that the account can pay for its storage then.
    fn run_actions(
        &mut self,
        receipt: &Receipt,
        action_receipt: &VersionedActionReceipt,
        promise_results: Arc<[PromiseResult]>,
    ) -> Result<Ran, ChainError> {
        let config = &self.block.protocol.config;
        let account = self.state.account(receipt.receiver_id())?;
        let existed = account.is_some();
        let mut result = ActionResult::burning(config.fees.fee(ActionCosts::new_action_receipt).exec_fee());
        let mut contracts = Vec::with_capacity(action_receipt.actions().len());
        let mut acting = Acting {
            block: self.block,
            state: &mut self.state,
            receipt,
            action_receipt,
            promise_results,
            account,
            actor_id: receipt.predecessor_id().clone(),
        };
        for index in 0..action_receipt.actions().len() {
            let contract = acting.account.as_ref().map(|account| account.contract().into_owned());
            contracts.push(contract.unwrap_or(AccountContract::None));
            let mut next = acting.act(index)?;
            let invalid = next
                .new_receipts
                .iter()
                .find_map(|new| validate::new_receipt(self.block.protocol, new).err());
            if let Some(error) = invalid.filter(|_| next.outcome.is_ok()) {
                next.fail(ActionErrorKind::NewReceiptValidationError(error).into());
            }
            result.merge(next)?;
            if let Err(error) = &mut result.outcome {
                error.index = Some(index as u64);
                break;
            }
        }
        contracts.resize(action_receipt.actions().len(), AccountContract::None);
        let account = acting.account;
        if let (Ok(_), Some(account)) = (&result.outcome, &account) {
            match missing_for_storage(config, account, account.amount()) {
                None => self.state.set_account(receipt.receiver_id(), account)?,
                Some(amount) => {
                    let account_id = receipt.receiver_id().clone();
                    let kind = ActionErrorKind::LackBalanceForState { account_id, amount };
                    result.fail(ActionError { index: None, kind });
                }
            }
        }
        let created_account = !existed && account.is_some() && result.outcome.is_ok();
        Ok(Ran { result, contracts, created_account })
    }

    /// Keeps or undoes what the actions did, and settles money: refunds, what is burnt, the contract's reward.
    fn settle(
        &mut self,
        receipt: &Receipt,
        action_receipt: &VersionedActionReceipt,
        created_account: bool,
        result: &mut ActionResult,
    ) -> Result<Balance, ChainError> {
        let config = &self.block.protocol.config;
        let is_refund = receipt.predecessor_id().is_system();
        let burn_price = action_receipt.gas_price().min(GAS_PRICE);
        let kept = match is_refund {
            false => refund::refund(config, receipt, action_receipt, burn_price, created_account, result)?,
            true => Kept::default(),
        };
        if is_refund && result.outcome.is_err() {
            // Nobody is left to give it to.
            self.burn(fees::total_deposit(action_receipt.actions())?)?;
        }
        match result.outcome {
            Ok(_) => {
                self.state.commit(StateChangeCause::ReceiptProcessing { receipt_hash: receipt.get_hash() })
            }
            Err(_) => self.state.rollback(),
        }
        // Refunds are free.
        let gas = if is_refund { Balance::ZERO } else { fees::gas_to_balance(burn_price, result.gas_burnt)? };
        let tokens_burnt = gas
            .checked_add(kept.penalty)
            .and_then(|sum| sum.checked_add(kept.account_creation))
            .ok_or_else(ChainError::overflow)?;
        let reward = self.reward(receipt, burn_price, result)?;
        self.burn(tokens_burnt.checked_sub(reward).ok_or_else(ChainError::overflow)?)?;
        self.minted = self.minted.checked_add(result.minted).ok_or_else(ChainError::overflow)?;
        Ok(tokens_burnt)
    }

    /// Gives the contract its share of the gas it burnt: `burnt_gas_reward`, which is nothing since protocol 87.
    fn reward(
        &mut self,
        receipt: &Receipt,
        price: Balance,
        result: &ActionResult,
    ) -> Result<Balance, ChainError> {
        let share = &self.block.protocol.config.fees.burnt_gas_reward;
        let share_of = |amount: Balance| {
            let numerator = u128::try_from(*share.numer()).ok()?;
            let denominator = u128::try_from(*share.denom()).ok()?;
            amount.checked_mul(numerator)?.checked_div(denominator)
        };
        let burnt = fees::gas_to_balance(price, result.gas_burnt_by_calls)?;
        let reward = share_of(burnt).ok_or_else(ChainError::overflow)?;
        let Some(mut account) = self.state.account(receipt.receiver_id())?.filter(|_| !reward.is_zero())
        else {
            return Ok(Balance::ZERO);
        };
        account.set_amount(account.amount().checked_add(reward).ok_or_else(ChainError::overflow)?);
        self.state.set_account(receipt.receiver_id(), &account)?;
        self.state.commit(StateChangeCause::ActionReceiptGasReward { receipt_hash: receipt.get_hash() });
        Ok(reward)
    }

    /// Gives the new receipts their ids and sends them. Answers the ids, without data, and the status.
    fn send(&mut self, receipt: &Receipt, result: &mut ActionResult) -> (Vec<CryptoHash>, ExecutionStatus) {
        let id_of = |index| create_receipt_id_from_receipt_id(receipt.receipt_id(), self.block.height, index);
        let mut receipt_ids = Vec::new();
        for (index, mut new) in std::mem::take(&mut result.new_receipts).into_iter().enumerate() {
            new.set_receipt_id(id_of(index));
            let is_data = matches!(new.receipt(), ReceiptEnum::Data(_) | ReceiptEnum::PromiseResume(_));
            if !is_data {
                receipt_ids.push(*new.receipt_id());
            }
            match new.is_instant_receipt() {
                true => self.instant.push_back(new),
                false => self.outgoing.push(new),
            }
        }
        let status = match &result.outcome {
            Ok(ReturnData::ReceiptIndex(index)) => {
                ExecutionStatus::SuccessReceiptId(id_of(usize::try_from(*index).unwrap_or(usize::MAX)))
            }
            Ok(ReturnData::Value(value)) => ExecutionStatus::SuccessValue(value.clone()),
            Ok(ReturnData::None) => ExecutionStatus::SuccessValue(Vec::new()),
            Err(error) => ExecutionStatus::Failure(TxExecutionError::ActionError(error.clone())),
        };
        (receipt_ids, status)
    }
}

/// Answers those who wait for the receipt: with its value, or by passing them on to the receipt it returned.
fn answer(
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt,
    result: &mut ActionResult,
) -> Result<(), ChainError> {
    let waiting = action_receipt.output_data_receivers();
    if waiting.is_empty() {
        return Ok(());
    }
    let data = match &result.outcome {
        Ok(ReturnData::ReceiptIndex(index)) => {
            let promise = usize::try_from(*index).ok().and_then(|index| result.new_receipts.get_mut(index));
            return promise.and_then(|promise| pass_on(promise, waiting)).ok_or_else(|| {
                ChainError::InconsistentState("a contract returned a promise that it did not make".to_owned())
            });
        }
        Ok(ReturnData::Value(value)) => Some(value.clone()),
        Ok(ReturnData::None) => Some(Vec::new()),
        Err(_) => None,
    };
    result.new_receipts.extend(waiting.iter().map(|receiver| {
        Receipt::V0(ReceiptV0 {
            predecessor_id: receipt.receiver_id().clone(),
            receiver_id: receiver.receiver_id.clone(),
            receipt_id: CryptoHash::default(),
            receipt: ReceiptEnum::Data(DataReceipt { data_id: receiver.data_id, data: data.clone() }),
        })
    }));
    Ok(())
}

fn pass_on(promise: &mut Receipt, waiting: &[DataReceiver]) -> Option<()> {
    match promise.receipt_mut() {
        ReceiptEnum::Action(action) | ReceiptEnum::PromiseYield(action) => {
            action.output_data_receivers.extend_from_slice(waiting);
        }
        ReceiptEnum::ActionV2(action) | ReceiptEnum::PromiseYieldV2(action) => {
            action.output_data_receivers.extend_from_slice(waiting);
        }
        _ => return None,
    }
    Some(())
}
