//! What comes back when a receipt has run: gas that it did not use, gas that was bought dearer than it was burnt, and,
//! if it failed, its deposits.

use near_parameters::{ActionCosts, RuntimeConfig};
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::types::{Balance, Gas};

use crate::chain::actions::ActionResult;
use crate::chain::fees;
use crate::chain::status::ChainError;

/// What is kept of the refund, and burnt.
#[derive(Default)]
pub(super) struct Kept {
    /// For gas that was bought and not used (NEP-536; nothing at present).
    pub penalty: Balance,
    /// Tops up what creating an account burnt to what it shall cost.
    pub account_creation: Balance,
}

/// Adds the refund receipts to the result. `burn_price` is at most what the gas was bought for.
pub(super) fn refund(
    config: &RuntimeConfig,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt,
    burn_price: Balance,
    created_account: bool,
    result: &mut ActionResult,
) -> Result<Kept, ChainError> {
    let purchase_price = action_receipt.gas_price();
    let failed = result.outcome.is_err();
    let spent = if failed { result.gas_burnt } else { result.gas_used };
    let unused =
        bought_gas(config, receipt, action_receipt)?.checked_sub(spent).ok_or_else(ChainError::overflow)?;
    let penalty = fees::gas_to_balance(burn_price, config.fees.gas_penalty_for_gas_refund(unused))?;
    let unused = fees::gas_to_balance(purchase_price, unused)?.saturating_sub(penalty);
    let surplus = fees::gas_to_balance(purchase_price.saturating_sub(burn_price), result.gas_burnt)?;
    let account_creation = match created_account {
        true => surplus.min(creation_charge(config, burn_price)?),
        false => Balance::ZERO,
    };
    let gas_refund =
        surplus.saturating_sub(account_creation).checked_add(unused).ok_or_else(ChainError::overflow)?;
    let deposit_refund = if failed { fees::total_deposit(action_receipt.actions())? } else { Balance::ZERO };
    if !deposit_refund.is_zero() {
        result
            .new_receipts
            .push(Receipt::new_balance_refund(receipt.balance_refund_receiver(), deposit_refund));
    }
    if !gas_refund.is_zero() {
        let signer_key = action_receipt.signer_public_key().clone();
        result.new_receipts.push(Receipt::new_gas_refund(action_receipt.signer_id(), gas_refund, signer_key));
    }
    Ok(Kept { penalty, account_creation })
}

/// All gas that was paid for with the receipt.
fn bought_gas(
    config: &RuntimeConfig,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt,
) -> Result<Gas, ChainError> {
    let actions = action_receipt.actions();
    let parts = [
        fees::prepaid_gas(actions)?,
        fees::prepaid_send_fees(config, actions)?.gas,
        fees::prepaid_exec_fees(config, actions, receipt.receiver_id())?.gas,
        config.fees.fee(ActionCosts::new_action_receipt).exec_fee().gas,
    ];
    parts.into_iter().try_fold(Gas::ZERO, Gas::checked_add).ok_or_else(ChainError::overflow)
}

/// What creating an account costs beyond the gas that it burnt.
fn creation_charge(config: &RuntimeConfig, burn_price: Balance) -> Result<Balance, ChainError> {
    let gas = config.fees.fee(ActionCosts::create_account).exec_fee().gas;
    Ok(config.account_creation_charge.saturating_sub(fees::gas_to_balance(burn_price, gas)?))
}
