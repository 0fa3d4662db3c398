//! Checks that need no state: limits of the protocol, and what this chain does not do.

use near_parameters::vm::LimitConfig;
use near_primitives::account::id::AccountType;
use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
use near_primitives::borsh;
use near_primitives::errors::{ActionsValidationError, InvalidTxError, ReceiptValidationError};
use near_primitives::receipt::{Receipt, VersionedReceiptEnum};
use near_primitives::transaction::{
    Action, AddKeyAction, FunctionCallAction, SignedTransaction, ValidatedTransaction,
};
use near_primitives::types::{AccountId, Gas};

use super::fees;
use super::protocol::Protocol;

/// Everything about a transaction that holds in every state: its actions, its size, its signature.
pub(crate) fn transaction(protocol: &Protocol, signed: &SignedTransaction) -> Result<(), InvalidTxError> {
    let inner = &signed.transaction;
    if inner.nonce().nonce_index().is_some() {
        return Err(InvalidTxError::ActionsValidation(unsupported(protocol, "GasKeys")));
    }
    actions(protocol, inner.actions(), inner.receiver_id()).map_err(InvalidTxError::ActionsValidation)?;
    ValidatedTransaction::new(&protocol.config, signed.clone(), protocol.version)
        .map(drop)
        .map_err(|(error, _)| error)
}

/// A receipt that a contract has made.
pub(crate) fn new_receipt(protocol: &Protocol, receipt: &Receipt) -> Result<(), ReceiptValidationError> {
    let limits = &protocol.config.wasm_config.limit_config;
    let size = borsh::object_length(receipt).unwrap_or(usize::MAX) as u64;
    if size > limits.max_receipt_size {
        return Err(ReceiptValidationError::ReceiptSizeExceeded { size, limit: limits.max_receipt_size });
    }
    match receipt.versioned_receipt() {
        VersionedReceiptEnum::Action(action) | VersionedReceiptEnum::PromiseYield(action) => {
            let inputs = action.input_data_ids().len() as u64;
            if inputs > limits.max_number_input_data_dependencies {
                return Err(ReceiptValidationError::NumberInputDataDependenciesExceeded {
                    number_of_input_data_dependencies: inputs,
                    limit: limits.max_number_input_data_dependencies,
                });
            }
            actions(protocol, action.actions(), receipt.receiver_id())
                .map_err(ReceiptValidationError::ActionsValidation)
        }
        VersionedReceiptEnum::Data(data) | VersionedReceiptEnum::PromiseResume(data) => {
            let length = data.data.as_ref().map_or(0, Vec::len) as u64;
            if length > limits.max_length_returned_data {
                let limit = limits.max_length_returned_data;
                return Err(ReceiptValidationError::ReturnedValueLengthExceeded { length, limit });
            }
            Ok(())
        }
        VersionedReceiptEnum::GlobalContractDistribution(_) => {
            Err(ReceiptValidationError::ActionsValidation(unsupported(protocol, "GlobalContracts")))
        }
    }
}

/// The actions of one receipt.
fn actions(
    protocol: &Protocol,
    actions: &[Action],
    receiver: &AccountId,
) -> Result<(), ActionsValidationError> {
    let limits = &protocol.config.wasm_config.limit_config;
    number_of_actions(limits, actions)?;
    let mut delegates = 0;
    for (index, action) in actions.iter().enumerate() {
        if matches!(action, Action::DeleteAccount(_)) && index + 1 != actions.len() {
            return Err(ActionsValidationError::DeleteActionMustBeFinal);
        }
        delegates += u32::from(action.is_delegate());
        if delegates > 1 {
            return Err(ActionsValidationError::DelegateActionMustBeOnlyOne);
        }
        one_action(protocol, action, receiver)?;
    }
    let total_prepaid_gas =
        fees::prepaid_gas(actions).map_err(|_| ActionsValidationError::IntegerOverflow)?;
    if total_prepaid_gas > limits.max_total_prepaid_gas {
        let limit = limits.max_total_prepaid_gas;
        return Err(ActionsValidationError::TotalPrepaidGasExceeded { total_prepaid_gas, limit });
    }
    Ok(())
}

fn number_of_actions(limits: &LimitConfig, actions: &[Action]) -> Result<(), ActionsValidationError> {
    let total = actions.len() as u64;
    if total > limits.max_actions_per_receipt {
        return Err(ActionsValidationError::TotalNumberOfActionsExceeded {
            total_number_of_actions: total,
            limit: limits.max_actions_per_receipt,
        });
    }
    let deploys = actions.iter().filter(|action| matches!(action, Action::DeployContract(_))).count() as u64;
    if deploys > limits.max_deploy_actions_per_receipt {
        return Err(ActionsValidationError::TotalNumberOfDeployActionsExceeded {
            number_of_deploy_actions: deploys,
            limit: limits.max_deploy_actions_per_receipt,
        });
    }
    Ok(())
}

fn one_action(
    protocol: &Protocol,
    action: &Action,
    receiver: &AccountId,
) -> Result<(), ActionsValidationError> {
    let limits = &protocol.config.wasm_config.limit_config;
    match action {
        Action::CreateAccount(_) | Action::DeleteKey(_) | Action::DeleteAccount(_) => Ok(()),
        Action::DeployContract(deploy) => {
            let (size, limit) = (deploy.code.len() as u64, limits.max_contract_size);
            if size > limit {
                Err(ActionsValidationError::ContractSizeExceeded { size, limit })
            } else {
                Ok(())
            }
        }
        Action::FunctionCall(call) => function_call(limits, call),
        Action::Transfer(_) => transfer(protocol, receiver),
        Action::AddKey(add) => add_key(protocol, add),
        Action::Delegate(signed) => {
            let delegate = &signed.delegate_action;
            actions(protocol, &delegate.get_actions(), &delegate.receiver_id)
        }
        Action::DelegateV2(_) => Err(ActionsValidationError::RemovedProtocolFeature {
            protocol_feature: "DelegateV2".to_owned(),
            version: protocol.version,
        }),
        Action::Stake(_) => Err(unsupported(protocol, "Stake")),
        Action::DeployGlobalContract(_) | Action::UseGlobalContract(_) => {
            Err(unsupported(protocol, "GlobalContracts"))
        }
        Action::DeterministicStateInit(_) => Err(unsupported(protocol, "DeterministicAccountIds")),
        Action::UniversalStateInit(_) => Err(unsupported(protocol, "UniversalAccounts")),
        Action::TransferToGasKey(_) | Action::WithdrawFromGasKey(_) => Err(unsupported(protocol, "GasKeys")),
    }
}

fn function_call(limits: &LimitConfig, call: &FunctionCallAction) -> Result<(), ActionsValidationError> {
    if call.gas == Gas::ZERO {
        return Err(ActionsValidationError::FunctionCallZeroAttachedGas);
    }
    if call.method_name.is_empty() {
        return Err(ActionsValidationError::FunctionCallEmptyMethodName);
    }
    let (length, limit) = (call.method_name.len() as u64, limits.max_length_method_name);
    if length > limit {
        return Err(ActionsValidationError::FunctionCallMethodNameLengthExceeded { length, limit });
    }
    let (length, limit) = (call.args.len() as u64, limits.max_arguments_length);
    if length > limit {
        return Err(ActionsValidationError::FunctionCallArgumentsLengthExceeded { length, limit });
    }
    Ok(())
}

/// A transfer may create an account, of the kinds that this chain has.
fn transfer(protocol: &Protocol, receiver: &AccountId) -> Result<(), ActionsValidationError> {
    match receiver.get_account_type() {
        AccountType::NamedAccount | AccountType::NearImplicitAccount => Ok(()),
        AccountType::EthImplicitAccount => Err(unsupported(protocol, "EthImplicitAccounts")),
        AccountType::NearDeterministicAccount => Err(unsupported(protocol, "DeterministicAccountIds")),
        AccountType::UniversalAccount => Err(unsupported(protocol, "UniversalAccounts")),
    }
}

fn add_key(protocol: &Protocol, add: &AddKeyAction) -> Result<(), ActionsValidationError> {
    match &add.access_key.permission {
        AccessKeyPermission::FullAccess => Ok(()),
        AccessKeyPermission::FunctionCall(permission) => {
            function_call_permission(&protocol.config.wasm_config.limit_config, permission)
        }
        AccessKeyPermission::GasKeyFunctionCall(..) | AccessKeyPermission::GasKeyFullAccess(_) => {
            Err(unsupported(protocol, "GasKeys"))
        }
    }
}

fn function_call_permission(
    limits: &LimitConfig,
    permission: &FunctionCallPermission,
) -> Result<(), ActionsValidationError> {
    if permission.receiver_id.parse::<AccountId>().is_err() {
        let account_id = permission.receiver_id.chars().take(2 * AccountId::MAX_LEN).collect();
        return Err(ActionsValidationError::InvalidAccountId { account_id });
    }
    let mut total = 0;
    for name in &permission.method_names {
        let (length, limit) = (name.len() as u64, limits.max_length_method_name);
        if length > limit {
            return Err(ActionsValidationError::AddKeyMethodNameLengthExceeded { length, limit });
        }
        total += length + 1;
    }
    if total > limits.max_number_bytes_method_names {
        return Err(ActionsValidationError::AddKeyMethodNamesNumberOfBytesExceeded {
            total_number_of_bytes: total,
            limit: limits.max_number_bytes_method_names,
        });
    }
    Ok(())
}

/// The refusal of what NEAR does and this chain does not.
fn unsupported(protocol: &Protocol, feature: &str) -> ActionsValidationError {
    ActionsValidationError::UnsupportedProtocolFeature {
        protocol_feature: feature.to_owned(),
        version: protocol.version,
    }
}
