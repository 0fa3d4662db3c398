//! What sending and executing actions costs, in gas and in yoctoNEAR.

use near_crypto::{KeyType, PublicKey};
use near_parameters::{
    ActionCosts, ParameterCost, RuntimeConfig, SignatureKind, transfer_exec_fee, transfer_send_fee,
};
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::delegate::SignedDelegateAction;
use near_primitives::errors::IntegerOverflowError;
use near_primitives::transaction::{Action, SignedTransaction};
use near_primitives::types::{AccountId, Balance, Gas};

type Checked<T> = Result<T, IntegerOverflowError>;

/// What turning a transaction into a receipt costs its signer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransactionCost {
    /// Burnt when the transaction is included.
    pub burnt: ParameterCost,
    pub burnt_amount: Balance,
    /// At this price the receipt's gas is bought; what is burnt cheaper is refunded.
    pub receipt_gas_price: Balance,
    /// Gas, sent and bought, and deposits.
    pub total: Balance,
}

/// Gas price is what gas is burnt at now.
pub(crate) fn transaction_cost(
    config: &RuntimeConfig,
    transaction: &SignedTransaction,
    gas_price: Balance,
) -> Checked<TransactionCost> {
    let transaction = &transaction.transaction;
    let (signer, receiver, actions) =
        (transaction.signer_id(), transaction.receiver_id(), transaction.actions());
    let receipt = config.fees.fee(ActionCosts::new_action_receipt);
    let to_self = signer == receiver;
    let burnt = receipt
        .send_fee(to_self)
        .checked_add_result(send_fees(config, to_self, actions, receiver)?)?
        .checked_add_result(signature_fees(config, transaction.public_key(), actions)?)?;
    let remaining = prepaid_gas(actions)?
        .checked_add_result(prepaid_send_fees(config, actions)?.gas)?
        .checked_add_result(receipt.exec_fee().gas)?
        .checked_add_result(prepaid_exec_fees(config, actions, receiver)?.gas)?;
    let burnt_amount = gas_to_balance(gas_price, burnt.gas)?;
    let receipt_gas_price = gas_price.max(config.min_gas_purchase_price);
    let total = burnt_amount
        .checked_add(gas_to_balance(receipt_gas_price, remaining)?)
        .and_then(|gas| gas.checked_add(total_deposit(actions).ok()?))
        .ok_or(IntegerOverflowError)?;
    Ok(TransactionCost { burnt, burnt_amount, receipt_gas_price, total })
}

pub(crate) fn gas_to_balance(gas_price: Balance, gas: Gas) -> Checked<Balance> {
    gas_price.checked_mul(u128::from(gas.as_gas())).ok_or(IntegerOverflowError)
}

/// Gas attached to function calls, within delegate actions too.
pub(crate) fn prepaid_gas(actions: &[Action]) -> Checked<Gas> {
    actions.iter().try_fold(Gas::ZERO, |sum, action| {
        sum.checked_add_result(match delegated(action) {
            Some(delegate) => prepaid_gas(&delegate.delegate_action.get_actions())?,
            None => action.get_prepaid_gas(),
        })
    })
}

/// Deposits of all actions. Within a delegate action the relayer pays them; a refund goes to the delegate's sender.
pub(crate) fn total_deposit(actions: &[Action]) -> Checked<Balance> {
    actions.iter().try_fold(Balance::ZERO, |sum, action| {
        let deposit = match delegated(action) {
            Some(delegate) => total_deposit(&delegate.delegate_action.get_actions())?,
            None => action.get_deposit_balance(),
        };
        sum.checked_add(deposit).ok_or(IntegerOverflowError)
    })
}

/// Burnt by the sender of a receipt with these actions.
pub(crate) fn send_fees(
    config: &RuntimeConfig,
    to_self: bool,
    actions: &[Action],
    receiver: &AccountId,
) -> Checked<ParameterCost> {
    actions.iter().try_fold(ParameterCost::ZERO, |sum, action| {
        sum.checked_add_result(send_fee(config, to_self, action, receiver)?)
    })
}

/// Send fees of the receipts that delegate actions will become: the relayer pays them ahead.
pub(crate) fn prepaid_send_fees(config: &RuntimeConfig, actions: &[Action]) -> Checked<ParameterCost> {
    actions.iter().filter_map(delegated).try_fold(ParameterCost::ZERO, |sum, delegate| {
        let delegate = &delegate.delegate_action;
        let to_self = delegate.sender_id == delegate.receiver_id;
        sum.checked_add_result(send_fees(config, to_self, &delegate.get_actions(), &delegate.receiver_id)?)
    })
}

/// Burnt by the receiver of a receipt before each action runs; delegate actions pay their own receipt ahead.
pub(crate) fn prepaid_exec_fees(
    config: &RuntimeConfig,
    actions: &[Action],
    receiver: &AccountId,
) -> Checked<ParameterCost> {
    actions.iter().try_fold(ParameterCost::ZERO, |sum, action| {
        let fee = match delegated(action) {
            None => exec_fee(config, action, receiver)?,
            Some(delegate) => {
                let delegate = &delegate.delegate_action;
                prepaid_exec_fees(config, &delegate.get_actions(), &delegate.receiver_id)?
                    .checked_add_result(exec_fee(config, action, &delegate.receiver_id)?)?
                    .checked_add_result(config.fees.fee(ActionCosts::new_action_receipt).exec_fee())?
            }
        };
        sum.checked_add_result(fee)
    })
}

/// Burnt when the action begins, whether it succeeds or not.
pub(crate) fn exec_fee(
    config: &RuntimeConfig,
    action: &Action,
    receiver: &AccountId,
) -> Checked<ParameterCost> {
    if let Action::Transfer(_) = action {
        let wasm = &config.wasm_config;
        let kind = receiver.get_account_type();
        return Ok(transfer_exec_fee(
            &config.fees,
            wasm.eth_implicit_accounts,
            wasm.universal_accounts,
            kind,
        ));
    }
    priced(action, |cost| config.fees.fee(cost).exec_fee())
}

fn send_fee(
    config: &RuntimeConfig,
    to_self: bool,
    action: &Action,
    receiver: &AccountId,
) -> Checked<ParameterCost> {
    let fee = |cost| config.fees.fee(cost).send_fee(to_self);
    match action {
        Action::Transfer(_) => {
            let wasm = &config.wasm_config;
            let kind = receiver.get_account_type();
            let (eth, universal) = (wasm.eth_implicit_accounts, wasm.universal_accounts);
            Ok(transfer_send_fee(&config.fees, to_self, eth, universal, kind))
        }
        Action::Delegate(signed) => {
            let delegate = &signed.delegate_action;
            let inner = send_fees(config, to_self, &delegate.get_actions(), &delegate.receiver_id)?;
            fee(ActionCosts::delegate).checked_add_result(inner)
        }
        _ => priced(action, fee),
    }
}

/// An action's base cost and its cost by the byte. Actions that this chain refuses are never priced.
fn priced(action: &Action, fee: impl Fn(ActionCosts) -> ParameterCost) -> Checked<ParameterCost> {
    let with_bytes =
        |base, byte, bytes: usize| fee(base).checked_add_result(fee(byte).checked_mul_result(bytes as u64)?);
    match action {
        Action::CreateAccount(_) => Ok(fee(ActionCosts::create_account)),
        Action::DeployContract(deploy) => with_bytes(
            ActionCosts::deploy_contract_base,
            ActionCosts::deploy_contract_byte,
            deploy.code.len(),
        ),
        Action::FunctionCall(call) => {
            let bytes = call.method_name.len() + call.args.len();
            with_bytes(ActionCosts::function_call_base, ActionCosts::function_call_byte, bytes)
        }
        Action::AddKey(add) => match &add.access_key.permission {
            AccessKeyPermission::FunctionCall(permission) => {
                // Each name is stored with a terminator.
                let bytes = permission.method_names.iter().map(|name| name.len() + 1).sum();
                let (base, byte) =
                    (ActionCosts::add_function_call_key_base, ActionCosts::add_function_call_key_byte);
                with_bytes(base, byte, bytes)
            }
            _ => Ok(fee(ActionCosts::add_full_access_key)),
        },
        Action::DeleteKey(_) => Ok(fee(ActionCosts::delete_key)),
        Action::DeleteAccount(_) => Ok(fee(ActionCosts::delete_account)),
        Action::Delegate(_) => Ok(fee(ActionCosts::delegate)),
        Action::Transfer(_) => Ok(fee(ActionCosts::transfer)),
        Action::Stake(_)
        | Action::DeployGlobalContract(_)
        | Action::UseGlobalContract(_)
        | Action::DeterministicStateInit(_)
        | Action::TransferToGasKey(_)
        | Action::WithdrawFromGasKey(_)
        | Action::DelegateV2(_)
        | Action::UniversalStateInit(_) => Ok(ParameterCost::ZERO),
    }
}

/// What verifying the signatures costs beyond the classical schemes: the signer's, and each delegate's.
fn signature_fees(config: &RuntimeConfig, signer: &PublicKey, actions: &[Action]) -> Checked<ParameterCost> {
    let of = |key: &PublicKey| {
        config.fees.signature_verification_costs[match key.key_type() {
            KeyType::ED25519 => SignatureKind::Ed25519,
            KeyType::SECP256K1 => SignatureKind::Secp256k1,
            KeyType::MLDSA65 => SignatureKind::MlDsa65,
        }]
    };
    actions.iter().filter_map(delegated).try_fold(of(signer), |sum, delegate| {
        sum.checked_add_result(of(&delegate.delegate_action.public_key))
    })
}

fn delegated(action: &Action) -> Option<&SignedDelegateAction> {
    match action {
        Action::Delegate(signed) => Some(signed),
        _ => None,
    }
}
