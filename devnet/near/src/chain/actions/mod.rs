//! The actions of a receipt, one by one.

mod account;
mod call;
mod delegate;
mod deploy;
pub(crate) mod keys;
mod permission;
mod result;
mod transfer;

pub(crate) use result::ActionResult;

use std::sync::Arc;

use near_primitives::account::Account;
use near_primitives::errors::{ActionError, ActionErrorKind};
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::transaction::Action;
use near_primitives::types::AccountId;
use near_vm_runner::logic::types::PromiseResult;

use super::fees;
use super::runtime::BlockContext;
use super::state::StateUpdate;
use super::status::ChainError;

/// What the actions of one receipt share.
pub(crate) struct Acting<'a> {
    pub block: &'a BlockContext<'a>,
    pub state: &'a mut StateUpdate,
    pub receipt: &'a Receipt,
    pub action_receipt: &'a VersionedActionReceipt<'a>,
    pub promise_results: Arc<[PromiseResult]>,
    /// The receiver's account as the actions so far have left it; written back when all have succeeded.
    pub account: Option<Account>,
    /// Whose rights the next action has: the predecessor, or the account itself once it has been created here.
    pub actor_id: AccountId,
}

/// Why an action did not succeed: its own error, or a fault of the chain.
pub(crate) enum Failure {
    Action(ActionErrorKind),
    Fault(ChainError),
}

impl From<ActionErrorKind> for Failure {
    fn from(error: ActionErrorKind) -> Self {
        Self::Action(error)
    }
}

impl From<ChainError> for Failure {
    fn from(fault: ChainError) -> Self {
        Self::Fault(fault)
    }
}

impl Acting<'_> {
    fn account_id(&self) -> &AccountId {
        self.receipt.receiver_id()
    }

    fn is_refund(&self) -> bool {
        self.receipt.predecessor_id().is_system()
    }

    /// The account; its existence is checked before every action that needs it.
    fn existing(&mut self) -> Result<&mut Account, Failure> {
        let account_id = self.receipt.receiver_id();
        self.account
            .as_mut()
            .ok_or_else(|| ActionErrorKind::AccountDoesNotExist { account_id: account_id.clone() }.into())
    }

    /// Runs the action at `index`. What it burns is burnt whether it succeeds or not.
    pub fn act(&mut self, index: usize) -> Result<ActionResult, ChainError> {
        let Some(action) = self.action_receipt.actions().get(index) else {
            return Err(ChainError::InconsistentState(format!("receipt has no action {index}")));
        };
        let fee = fees::exec_fee(&self.block.protocol.config, action, self.account_id())?;
        let mut result = ActionResult::burning(fee);
        match self.perform(action, index, &mut result) {
            Ok(()) => {}
            Err(Failure::Action(kind)) => result.fail(ActionError { index: None, kind }),
            Err(Failure::Fault(fault)) => return Err(fault),
        }
        Ok(result)
    }

    fn perform(&mut self, action: &Action, index: usize, result: &mut ActionResult) -> Result<(), Failure> {
        self.check_account_exists(action)?;
        self.check_actor(action)?;
        match action {
            Action::CreateAccount(_) => self.create_account(),
            Action::DeployContract(deploy) => self.deploy_contract(deploy),
            Action::FunctionCall(call) => self.call_function(call, index, result),
            Action::Transfer(transfer) => self.transfer(transfer.deposit),
            Action::AddKey(add) => self.add_key(add),
            Action::DeleteKey(delete) => self.delete_key(delete),
            Action::DeleteAccount(delete) => self.delete_account(delete, result),
            Action::Delegate(signed) => self.delegate(signed, result),
            // Validation refuses these before they get here.
            Action::Stake(_)
            | Action::DeployGlobalContract(_)
            | Action::UseGlobalContract(_)
            | Action::DeterministicStateInit(_)
            | Action::TransferToGasKey(_)
            | Action::WithdrawFromGasKey(_)
            | Action::DelegateV2(_)
            | Action::UniversalStateInit(_) => {
                Err(ChainError::InconsistentState("an unsupported action passed validation".to_owned())
                    .into())
            }
        }
    }
}
