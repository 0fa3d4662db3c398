//! One call of a contract's method.

use std::rc::Rc;
use std::sync::Arc;

use near_crypto::{KeyType, PublicKey};
use near_primitives::account::Account;
use near_primitives::borsh;
use near_primitives::config::ViewConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::FunctionCallAction;
use near_primitives::types::{AccountId, Balance};
use near_primitives::utils::create_random_seed;
use near_vm_runner::logic::errors::{CompilationError, FunctionCallError, VMRunnerError};
use near_vm_runner::logic::types::PromiseResult;
use near_vm_runner::logic::{GasCounter, VMContext, VMOutcome};
use near_vm_runner::{Contract, ContractCode};

use super::external::{ChainExternal, Fault};
use super::outgoing::Outgoing;
use crate::chain::protocol::EPOCH_HEIGHT;
use crate::chain::runtime::BlockContext;
use crate::chain::state::{Records, StateUpdate, Value};
use crate::chain::status::ChainError;

/// On whose behalf a call runs.
pub(crate) struct Caller<'a> {
    pub signer_id: &'a AccountId,
    pub signer_public_key: &'a PublicKey,
    pub predecessor_id: &'a AccountId,
    pub refund_to: &'a AccountId,
}

/// A method to run on a contract account.
pub(crate) struct Call<'a> {
    pub account_id: &'a AccountId,
    pub account: &'a Account,
    pub caller: Caller<'a>,
    pub function: &'a FunctionCallAction,
    pub promise_results: Arc<[PromiseResult]>,
    /// Who waits for what the call returns.
    pub output_data_receivers: Vec<AccountId>,
    pub action_hash: CryptoHash,
}

/// What the virtual machine says, and the receipts to send if it says success.
pub(crate) struct CallOutcome {
    pub vm: VMOutcome,
    pub outgoing: Outgoing,
}

/// Runs a call that may change the state. Changes are pending in `state`: the caller commits or rolls them back.
pub(crate) fn run(
    block: &BlockContext,
    state: &mut StateUpdate,
    call: Call,
) -> Result<CallOutcome, ChainError> {
    let prepaid = call.function.gas;
    let mut outcome = execute(block, state, call, None)?;
    let unused = prepaid.saturating_sub(outcome.vm.used_gas);
    let distributed = outcome.outgoing.distribute(unused);
    outcome.vm.used_gas = outcome.vm.used_gas.saturating_add(distributed);
    Ok(outcome)
}

/// Runs a call that only reads.
pub(crate) fn view(
    block: &BlockContext,
    state: &mut StateUpdate,
    account_id: &AccountId,
    account: &Account,
    method_name: String,
    args: Vec<u8>,
) -> Result<VMOutcome, ChainError> {
    let max_gas_burnt = block.protocol.config.wasm_config.limit_config.max_gas_burnt;
    let function = FunctionCallAction { method_name, args, gas: max_gas_burnt, deposit: Balance::ZERO };
    let call = Call {
        account_id,
        account,
        caller: Caller {
            signer_id: account_id,
            signer_public_key: &PublicKey::empty(KeyType::ED25519),
            predecessor_id: account_id,
            refund_to: account_id,
        },
        function: &function,
        promise_results: Vec::new().into(),
        output_data_receivers: Vec::new(),
        action_hash: CryptoHash::default(),
    };
    Ok(execute(block, state, call, Some(ViewConfig { max_gas_burnt }))?.vm)
}

fn execute(
    block: &BlockContext,
    state: &mut StateUpdate,
    call: Call,
    view_config: Option<ViewConfig>,
) -> Result<CallOutcome, ChainError> {
    let code = AccountCode {
        hash: call.account.local_contract_hash().unwrap_or_default(),
        code: state.code(call.account_id),
    };
    let context = context(block, &call, view_config)?;
    let config = &block.protocol.config;
    let gas = gas_counter(block, &context);
    let prepared = near_vm_runner::prepare(
        &code,
        Arc::clone(&config.wasm_config),
        Some(block.protocol.compiled.as_ref()),
        gas,
        &call.function.method_name,
    );
    let mut external =
        ChainExternal::new(block.protocol, state, call.account_id.clone(), block.height, call.action_hash);
    let result = near_vm_runner::run(prepared, &mut external, &context, Arc::clone(&config.fees));
    let vm = outcome(result, call.account_id)?;
    Ok(CallOutcome { vm, outgoing: external.outgoing })
}

fn context(
    block: &BlockContext,
    call: &Call,
    view_config: Option<ViewConfig>,
) -> Result<VMContext, ChainError> {
    let signer_account_pk = borsh::to_vec(call.caller.signer_public_key).map_err(|error| {
        ChainError::InconsistentState(format!("a signer's key cannot be encoded: {error}"))
    })?;
    let with_deposit = call.account.amount().checked_add(call.function.deposit);
    with_deposit.ok_or_else(|| ChainError::InconsistentState("a balance exceeds u128".to_owned()))?;
    Ok(VMContext {
        current_account_id: call.account_id.clone(),
        signer_account_id: call.caller.signer_id.clone(),
        signer_account_pk,
        predecessor_account_id: call.caller.predecessor_id.clone(),
        refund_to_account_id: call.caller.refund_to.clone(),
        input: Rc::from(call.function.args.as_slice()),
        promise_results: Arc::clone(&call.promise_results),
        block_height: block.height,
        block_timestamp: block.timestamp_ns,
        epoch_height: EPOCH_HEIGHT,
        account_balance: call.account.amount(),
        account_locked_balance: call.account.locked(),
        storage_usage: call.account.storage_usage(),
        account_contract: call.account.contract().into_owned(),
        attached_deposit: call.function.deposit,
        prepaid_gas: call.function.gas,
        random_seed: create_random_seed(call.action_hash, block.random_seed),
        view_config,
        output_data_receivers: call.output_data_receivers.clone(),
    })
}

fn gas_counter(block: &BlockContext, context: &VMContext) -> GasCounter {
    let wasm = &block.protocol.config.wasm_config;
    let max_gas_burnt = match &context.view_config {
        Some(view) => view.max_gas_burnt,
        None => wasm.limit_config.max_gas_burnt,
    };
    let (costs, op_cost) = (wasm.ext_costs.clone(), wasm.regular_op_cost);
    GasCounter::new(costs, max_gas_burnt, op_cost, context.prepaid_gas, context.is_view())
}

/// Faults of contracts are outcomes; faults of the machine stop the block.
fn outcome(
    result: Result<VMOutcome, VMRunnerError>,
    account_id: &AccountId,
) -> Result<VMOutcome, ChainError> {
    match result {
        Ok(outcome) => Ok(outcome),
        Err(VMRunnerError::ContractCodeNotPresent) => {
            let account_id = account_id.as_str().into();
            let error =
                FunctionCallError::CompilationError(CompilationError::CodeDoesNotExist { account_id });
            Ok(VMOutcome::nop_outcome(error))
        }
        Err(VMRunnerError::LoadingError(msg)) => {
            Ok(VMOutcome::nop_outcome(FunctionCallError::LoadingError { msg }))
        }
        Err(VMRunnerError::ExternalError(error)) => Err(match error.downcast::<Fault>() {
            Ok(Fault(reason)) => ChainError::InconsistentState(reason),
            Err(error) => ChainError::Vm(error.to_string()),
        }),
        Err(error) => Err(ChainError::Vm(error.to_string())),
    }
}

/// The code that is deployed on an account.
struct AccountCode {
    hash: CryptoHash,
    code: Option<Value>,
}

impl Contract for AccountCode {
    fn hash(&self) -> CryptoHash {
        self.hash
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        let code = self.code.as_ref()?;
        Some(Arc::new(ContractCode::new(code.to_vec(), Some(self.hash))))
    }
}
