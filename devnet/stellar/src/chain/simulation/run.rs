//! Simulating on the newest ledger's entries, as Stellar RPC does: with its adjustments and its texts.

use std::rc::Rc;

use soroban_env_host::HostError;
use soroban_env_host::e2e_invoke::RecordingInvocationAuthMode;
use soroban_env_host::storage::{EntryWithLiveUntil, SnapshotSource};
use soroban_simulation::AutoRestoringSnapshotSource;
use soroban_simulation::simulation::{
    LedgerEntryDiff, SimulationAdjustmentConfig, simulate_extend_ttl_op, simulate_invoke_host_function_op,
    simulate_restore_op,
};
use stellar_xdr::{
    AccountId, ExtendFootprintTtlOp, FeeBumpTransactionInnerTx, InvokeHostFunctionOp, LedgerFootprint,
    LedgerKey, Memo, Operation, OperationBody, Transaction, TransactionEnvelope, TransactionExt,
};

use super::{AuthMode, RestorePreamble, SimulateOptions, SimulatedInvocation, Simulation, StateChange};
use crate::chain::context::Context;
use crate::chain::state::{State, account, ttl};

/// Simulates the one operation of a transaction on the ledger of the context.
pub(in crate::chain) fn simulate(
    context: &Context<'_>,
    state: &State,
    seed: [u8; 32],
    envelope: &TransactionEnvelope,
    options: &SimulateOptions,
) -> Simulation {
    let simulated = transaction(envelope).and_then(|tx| {
        let operation = only_operation(tx)?;
        check_auth_mode(operation, options.auth_mode)?;
        let footprint = match &tx.ext {
            TransactionExt::V0 => None,
            TransactionExt::V1(data) => Some(&data.resources.footprint),
        };
        let source = account::id(operation.source_account.as_ref().unwrap_or(&tx.source_account));
        let simulator = Simulator { context, state, seed, options };
        match (&operation.body, footprint) {
            (OperationBody::InvokeHostFunction(op), _) => simulator.invoke(op, &source),
            (OperationBody::ExtendFootprintTtl(op), Some(footprint)) => simulator.extend(op, footprint),
            (OperationBody::RestoreFootprint(_), Some(footprint)) => simulator.restore(footprint),
            (OperationBody::ExtendFootprintTtl(_) | OperationBody::RestoreFootprint(_), None) => {
                Err(NO_DATA.into())
            }
            (other, _) => Err(format!("Transaction contains unsupported operation type: {}", other.name())),
        }
    });
    let simulation =
        simulated.unwrap_or_else(|error| Simulation { error: Some(error), ..Simulation::default() });
    Simulation { latest_ledger: context.ledger, ..simulation }
}

const NO_DATA: &str = "To perform a SimulateTransaction for ExtendFootprintTtl or RestoreFootprint operations, \
                       SorobanTransactionData must be provided";

fn transaction(envelope: &TransactionEnvelope) -> Result<&Transaction, String> {
    match envelope {
        TransactionEnvelope::TxV0(_) => Err("this network does not support V0 envelopes".to_owned()),
        TransactionEnvelope::Tx(v1) => Ok(&v1.tx),
        TransactionEnvelope::TxFeeBump(bump) => {
            let FeeBumpTransactionInnerTx::Tx(inner) = &bump.tx.inner_tx;
            Ok(&inner.tx)
        }
    }
}

fn only_operation(tx: &Transaction) -> Result<&Operation, String> {
    let [operation] = tx.operations.as_slice() else {
        return Err("Transaction contains more than one operation".to_owned());
    };
    match tx.memo {
        Memo::None => Ok(operation),
        _ => Err("Transaction contains a memo. Soroban transactions do not support memos.".to_owned()),
    }
}

fn check_auth_mode(operation: &Operation, mode: AuthMode) -> Result<(), String> {
    let recording = match mode {
        AuthMode::Default => return Ok(()),
        AuthMode::Enforce => None,
        AuthMode::Record => Some("record"),
        AuthMode::RecordAllowNonroot => Some("record_allow_nonroot"),
    };
    match (&operation.body, recording) {
        (OperationBody::InvokeHostFunction(op), Some(name)) if !op.auth.is_empty() => {
            Err(format!("cannot set authMode to '{name}' with an auth footprint"))
        }
        (OperationBody::ExtendFootprintTtl(_) | OperationBody::RestoreFootprint(_), _) => {
            Err("cannot set authMode with non-InvokeHostFunction operations".to_owned())
        }
        _ => Ok(()),
    }
}

struct Simulator<'a> {
    context: &'a Context<'a>,
    state: &'a State,
    seed: [u8; 32],
    options: &'a SimulateOptions,
}

impl Simulator<'_> {
    fn invoke(&self, op: &InvokeHostFunctionOp, source: &AccountId) -> Result<Simulation, String> {
        let mut adjustment = SimulationAdjustmentConfig::default_adjustment();
        let instructions = &mut adjustment.instructions;
        instructions.additive_factor = instructions.additive_factor.max(self.options.instruction_leeway);
        let result = simulate_invoke_host_function_op(
            Rc::new(self.snapshot()),
            &self.context.config.network,
            &adjustment,
            &self.context.ledger_info(),
            op.host_function.clone(),
            self.auth_mode(op),
            source,
            self.seed,
            true,
        )
        .map_err(|error| format!("{error:?}"))?;
        let fee = result.transaction_data.as_ref().map_or(0, |data| data.resource_fee);
        let (error, invocation) = match result.invoke_result {
            Ok(return_value) => (None, Some(SimulatedInvocation { return_value, auth: result.auth })),
            Err(error) => (Some(format!("{error:?}")), None),
        };
        Ok(Simulation {
            error,
            transaction_data: result.transaction_data,
            min_resource_fee: fee,
            events: result.diagnostic_events,
            invocation,
            state_changes: result.modified_entries.into_iter().filter_map(state_change).collect(),
            ..Simulation::default()
        })
    }

    fn auth_mode(&self, op: &InvokeHostFunctionOp) -> RecordingInvocationAuthMode {
        let entries = op.auth.to_vec();
        let v2 = self.options.use_upgraded_auth;
        match self.options.auth_mode {
            AuthMode::Default if !entries.is_empty() => RecordingInvocationAuthMode::Enforcing(entries),
            AuthMode::Enforce => RecordingInvocationAuthMode::Enforcing(entries),
            AuthMode::Default | AuthMode::Record => RecordingInvocationAuthMode::recording(true, v2),
            AuthMode::RecordAllowNonroot => RecordingInvocationAuthMode::recording(false, v2),
        }
    }

    fn extend(&self, op: &ExtendFootprintTtlOp, footprint: &LedgerFootprint) -> Result<Simulation, String> {
        let info = self.context.ledger_info();
        let network = &self.context.config.network;
        let adjustment = SimulationAdjustmentConfig::default_adjustment();
        let told = |error| format!("{error:?}");
        let snapshot = AutoRestoringSnapshotSource::new(Rc::new(self.snapshot()), &info).map_err(told)?;
        let keys = &footprint.read_only;
        let data = simulate_extend_ttl_op(&snapshot, network, &adjustment, &info, keys, op.extend_to)
            .map_err(told)?
            .transaction_data;
        let restore = snapshot.simulate_restore_keys_op(network, &adjustment, &info).map_err(told)?;
        Ok(Simulation {
            min_resource_fee: data.resource_fee,
            transaction_data: Some(data),
            restore: restore.map(|restore| RestorePreamble {
                min_resource_fee: restore.transaction_data.resource_fee,
                transaction_data: restore.transaction_data,
            }),
            ..Simulation::default()
        })
    }

    fn restore(&self, footprint: &LedgerFootprint) -> Result<Simulation, String> {
        let adjustment = SimulationAdjustmentConfig::default_adjustment();
        let (network, info) = (&self.context.config.network, self.context.ledger_info());
        let data = simulate_restore_op(&self.snapshot(), network, &adjustment, &info, &footprint.read_write)
            .map_err(|error| format!("{error:?}"))?
            .transaction_data;
        Ok(Simulation {
            min_resource_fee: data.resource_fee,
            transaction_data: Some(data),
            ..Simulation::default()
        })
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot(self.state.clone())
    }
}

fn state_change(diff: LedgerEntryDiff) -> Option<StateChange> {
    let key = diff.state_before.as_ref().or(diff.state_after.as_ref())?.to_key();
    Some(StateChange { key, before: diff.state_before, after: diff.state_after })
}

/// Entries as the host asks for them, archived ones too.
struct Snapshot(State);

impl SnapshotSource for Snapshot {
    fn get(&self, key: &Rc<LedgerKey>) -> Result<Option<EntryWithLiveUntil>, HostError> {
        let entry = self.0.get(key).map(|entry| Rc::new((**entry).clone()));
        Ok(entry.map(|entry| (entry, ttl::live_until(&self.0, key))))
    }
}
