//! Whether the state admits a transaction, and what it takes from the signer.

use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, AccessKeyPermission, Account, FunctionCallPermission};
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::{Action, NonceMode, SignedTransaction, Transaction};
use near_primitives::types::{AccountId, Balance, BlockHeight};

use super::fees::{self, TransactionCost};
use super::protocol::{GAS_PRICE, Protocol, nonce_upper_bound};
use super::state::Records;
use super::status::ChainError;
use super::storage_stake::missing_for_storage;

/// What an admitted transaction leaves of its signer's account and key.
pub(crate) struct Admitted {
    pub cost: TransactionCost,
    pub account: Account,
    pub access_key: AccessKey,
}

/// A refusal of the transaction, or a fault of the chain.
pub(crate) enum NotAdmitted {
    Invalid(InvalidTxError),
    Fault(ChainError),
}

impl From<InvalidTxError> for NotAdmitted {
    fn from(error: InvalidTxError) -> Self {
        Self::Invalid(error)
    }
}

impl From<ChainError> for NotAdmitted {
    fn from(fault: ChainError) -> Self {
        Self::Fault(fault)
    }
}

impl From<InvalidAccessKeyError> for NotAdmitted {
    fn from(error: InvalidAccessKeyError) -> Self {
        Self::Invalid(InvalidTxError::InvalidAccessKeyError(error))
    }
}

/// Admits a transaction into the block of `height`. It must be [valid](super::validate::transaction) by itself.
pub(crate) fn admit(
    protocol: &Protocol,
    state: &impl Records,
    height: BlockHeight,
    signed: &SignedTransaction,
) -> Result<Admitted, NotAdmitted> {
    let transaction = &signed.transaction;
    let signer_id = transaction.signer_id();
    let cost = fees::transaction_cost(&protocol.config, signed, GAS_PRICE)
        .map_err(|_| InvalidTxError::CostOverflow)?;
    let mut account = state
        .account(signer_id)?
        .ok_or_else(|| InvalidTxError::SignerDoesNotExist { signer_id: signer_id.clone() })?;
    let mut access_key = state.access_key(signer_id, transaction.public_key())?.ok_or_else(|| {
        InvalidAccessKeyError::AccessKeyNotFound {
            account_id: signer_id.clone(),
            public_key: Box::new(transaction.public_key().clone()),
        }
    })?;
    check_nonce(transaction, access_key.nonce, height)?;
    let left = charge(&protocol.config, transaction, &account, &mut access_key, cost.total)?;
    if let AccessKeyPermission::FunctionCall(permission) = &access_key.permission {
        check_permission(permission, transaction.receiver_id(), transaction.actions())?;
    }
    access_key.nonce = transaction.nonce().nonce();
    account.set_amount(left);
    Ok(Admitted { cost, account, access_key })
}

fn check_nonce(transaction: &Transaction, ak_nonce: u64, height: BlockHeight) -> Result<(), InvalidTxError> {
    let tx_nonce = transaction.nonce().nonce();
    let follows = match transaction.nonce_mode() {
        NonceMode::Monotonic => tx_nonce > ak_nonce,
        NonceMode::Strict => Some(tx_nonce) == ak_nonce.checked_add(1),
    };
    if !follows {
        return Err(InvalidTxError::InvalidNonce { tx_nonce, ak_nonce });
    }
    let upper_bound = nonce_upper_bound(height);
    if tx_nonce >= upper_bound {
        return Err(InvalidTxError::NonceTooLarge { tx_nonce, upper_bound });
    }
    Ok(())
}

/// What the signer's balance is after the cost; takes it from the key's allowance too.
fn charge(
    config: &RuntimeConfig,
    transaction: &Transaction,
    account: &Account,
    access_key: &mut AccessKey,
    cost: Balance,
) -> Result<Balance, InvalidTxError> {
    let signer_id = transaction.signer_id();
    let balance = account.amount();
    let left = balance.checked_sub(cost).ok_or_else(|| InvalidTxError::NotEnoughBalance {
        signer_id: signer_id.clone(),
        balance,
        cost,
    })?;
    if let AccessKeyPermission::FunctionCall(FunctionCallPermission { allowance: Some(allowance), .. }) =
        &mut access_key.permission
    {
        *allowance = allowance.checked_sub(cost).ok_or_else(|| {
            InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance {
                account_id: signer_id.clone(),
                public_key: Box::new(transaction.public_key().clone()),
                allowance: *allowance,
                cost,
            })
        })?;
    }
    match missing_for_storage(config, account, left) {
        Some(amount) => Err(InvalidTxError::LackBalanceForState { signer_id: signer_id.clone(), amount }),
        None => Ok(left),
    }
}

/// What a function-call key may sign: one call without deposit, to its receiver, of a method it names.
pub(crate) fn check_permission(
    permission: &FunctionCallPermission,
    receiver: &AccountId,
    actions: &[Action],
) -> Result<(), InvalidAccessKeyError> {
    let [Action::FunctionCall(call)] = actions else {
        return Err(InvalidAccessKeyError::RequiresFullAccess);
    };
    if !call.deposit.is_zero() {
        return Err(InvalidAccessKeyError::DepositWithFunctionCall);
    }
    if *receiver != permission.receiver_id {
        return Err(InvalidAccessKeyError::ReceiverMismatch {
            tx_receiver: receiver.clone(),
            ak_receiver: permission.receiver_id.clone(),
        });
    }
    if !permission.method_names.is_empty() && !permission.method_names.contains(&call.method_name) {
        return Err(InvalidAccessKeyError::MethodNameMismatch { method_name: call.method_name.clone() });
    }
    Ok(())
}
