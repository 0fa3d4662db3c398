//! Delegate actions (NEP-366): somebody else brings, and pays for, what an account's key has signed.

use near_parameters::ActionCosts;
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
use near_primitives::errors::{ActionErrorKind, InvalidAccessKeyError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{ActionReceipt, Receipt, ReceiptEnum, ReceiptV0};
use near_primitives::types::Gas;

use super::{Acting, ActionResult, Failure};
use crate::chain::admit::check_permission;
use crate::chain::fees;
use crate::chain::protocol::nonce_upper_bound;
use crate::chain::state::Records;
use crate::chain::status::ChainError;

impl Acting<'_> {
    /// Sends the signed actions on, as coming from the account, at the expense of the transaction's signer.
    pub(super) fn delegate(
        &mut self,
        signed: &SignedDelegateAction,
        result: &mut ActionResult,
    ) -> Result<(), Failure> {
        let delegate = &signed.delegate_action;
        if !signed.verify() {
            return Err(ActionErrorKind::DelegateActionInvalidSignature.into());
        }
        if self.block.height > delegate.max_block_height {
            return Err(ActionErrorKind::DelegateActionExpired.into());
        }
        if delegate.sender_id != *self.account_id() {
            return Err(ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver {
                sender_id: delegate.sender_id.clone(),
                receiver_id: self.account_id().clone(),
            }
            .into());
        }
        self.use_key(delegate)?;
        self.reserve(delegate, result)?;
        result.new_receipts.push(self.delegated_receipt(delegate));
        Ok(())
    }

    /// Checks the key that has signed, and uses up the nonce.
    fn use_key(&mut self, delegate: &DelegateAction) -> Result<(), Failure> {
        let (sender_id, public_key) = (&delegate.sender_id, &delegate.public_key);
        let key_error = |error| Failure::Action(ActionErrorKind::DelegateActionAccessKeyError(error));
        let mut access_key = self.state.access_key(sender_id, public_key)?.ok_or_else(|| {
            key_error(InvalidAccessKeyError::AccessKeyNotFound {
                account_id: sender_id.clone(),
                public_key: Box::new(public_key.clone()),
            })
        })?;
        let (delegate_nonce, ak_nonce) = (delegate.nonce, access_key.nonce);
        if delegate_nonce <= ak_nonce {
            return Err(ActionErrorKind::DelegateActionInvalidNonce { delegate_nonce, ak_nonce }.into());
        }
        let upper_bound = nonce_upper_bound(self.block.height);
        if delegate_nonce >= upper_bound {
            return Err(ActionErrorKind::DelegateActionNonceTooLarge { delegate_nonce, upper_bound }.into());
        }
        if let AccessKeyPermission::FunctionCall(permission) = &access_key.permission {
            check_permission(permission, &delegate.receiver_id, &delegate.get_actions())
                .map_err(key_error)?;
        }
        access_key.nonce = delegate_nonce;
        self.state.set_access_key(sender_id, public_key, &access_key)?;
        Ok(())
    }

    /// Burns the send fees, which were paid ahead, and hands the new receipt the gas it will need.
    fn reserve(&self, delegate: &DelegateAction, result: &mut ActionResult) -> Result<(), Failure> {
        let config = &self.block.protocol.config;
        let actions = delegate.get_actions();
        let overflow = |_| Failure::Fault(ChainError::overflow());
        let send = fees::prepaid_send_fees(config, self.action_receipt.actions()).map_err(overflow)?;
        let execution = fees::prepaid_exec_fees(config, &actions, &delegate.receiver_id).map_err(overflow)?;
        let attached = fees::prepaid_gas(&actions).map_err(overflow)?;
        let receipt = config.fees.fee(ActionCosts::new_action_receipt).exec_fee();
        let used = [execution.gas, attached, receipt.gas, send.gas]
            .into_iter()
            .try_fold(result.gas_used, Gas::checked_add)
            .ok_or_else(ChainError::overflow)?;
        result.gas_used = used;
        result.gas_burnt = result.gas_burnt.checked_add(send.gas).ok_or_else(ChainError::overflow)?;
        result.compute = result.compute.saturating_add(send.compute);
        Ok(())
    }

    fn delegated_receipt(&self, delegate: &DelegateAction) -> Receipt {
        Receipt::V0(ReceiptV0 {
            predecessor_id: delegate.sender_id.clone(),
            receiver_id: delegate.receiver_id.clone(),
            receipt_id: CryptoHash::default(),
            receipt: ReceiptEnum::Action(ActionReceipt {
                signer_id: self.action_receipt.signer_id().clone(),
                signer_public_key: self.action_receipt.signer_public_key().clone(),
                gas_price: self.action_receipt.gas_price(),
                output_data_receivers: Vec::new(),
                input_data_ids: Vec::new(),
                actions: delegate.get_actions(),
            }),
        })
    }
}
