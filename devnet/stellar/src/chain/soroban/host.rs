//! Running a host function in Soroban's host, on entries and with a budget that the caller chooses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use soroban_env_host::HostError;
use soroban_env_host::e2e_invoke::{
    InvokeHostFunctionResult, LedgerEntryChange, TtlLedgerEntryMeta, extract_rent_changes,
    invoke_host_function,
};
use soroban_env_host::fees::compute_rent_fee;
use stellar_xdr::{
    AccountId, DiagnosticEvent, InvokeHostFunctionOp, ScError, ScErrorCode, ScErrorType, ScVal,
    SorobanResources,
};

use super::budget;
use crate::chain::bytes::{encoded, symbol};
use crate::chain::context::Context;
use crate::chain::diagnostics::Diagnostics;

/// What to run, and on what.
pub(in crate::chain) struct Invocation<'a> {
    pub op: &'a InvokeHostFunctionOp,
    pub resources: &'a SorobanResources,
    pub source: &'a AccountId,
    /// Of the read-write keys, those that are restored.
    pub restored: &'a [u32],
    /// One for each key of the footprint, read-only ones first.
    pub entries: Vec<(Option<Vec<u8>>, Option<TtlLedgerEntryMeta>)>,
    pub seed: [u8; 32],
}

/// What came of it.
pub(in crate::chain) struct Invoked {
    /// Model instructions.
    pub instructions: u64,
    /// Bytes.
    pub memory: u64,
    /// Reasons are in the diagnostics.
    pub result: Result<Success, Failure>,
}

/// A host function that ran to its end.
pub(in crate::chain) struct Success {
    /// XDR of an `ScVal`.
    pub return_value: Vec<u8>,
    pub changes: Vec<LedgerEntryChange>,
    /// XDR of `ContractEvent`s.
    pub events: Vec<Vec<u8>>,
    /// Stroops.
    pub rent: i64,
}

/// A host function that did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chain) enum Failure {
    /// The contract, or what it was given, is at fault.
    Trapped,
    /// The host is.
    Internal,
}

/// Runs a host function.
pub(in crate::chain) fn invoke(
    context: &Context<'_>,
    invocation: Invocation<'_>,
    reasons: &mut Diagnostics,
) -> Result<Invoked, HostError> {
    let budget = budget(context, invocation.resources.instructions.into())?;
    let mut events = Vec::new();
    let ran = catch_unwind(AssertUnwindSafe(|| run(context, &budget, invocation, &mut events)));
    reasons.extend(events);
    let ran = ran.unwrap_or_else(|_| Err((ScErrorType::Context, ScErrorCode::InternalError).into()));
    let result = ran.and_then(|ran| {
        ran.encoded_invoke_result.map(|value| (value, ran.ledger_changes, ran.encoded_contract_events))
    });
    let result = match result {
        Ok((return_value, changes, events)) => {
            let rent_config = &context.config.network.rent_fee_configuration;
            let rent = compute_rent_fee(&extract_rent_changes(&changes), rent_config, context.ledger);
            Ok(Success { return_value, changes, events, rent })
        }
        Err(error) => Err(failure(&error, reasons)),
    };
    Ok(Invoked {
        instructions: budget.get_cpu_insns_consumed()?,
        memory: budget.get_mem_bytes_consumed()?,
        result,
    })
}

fn run(
    context: &Context<'_>,
    budget: &soroban_env_host::budget::Budget,
    invocation: Invocation<'_>,
    events: &mut Vec<DiagnosticEvent>,
) -> Result<InvokeHostFunctionResult, HostError> {
    let Invocation { op, resources, source, restored, entries, seed } = invocation;
    let auth: Vec<_> = op.auth.iter().map(encoded).collect();
    invoke_host_function(
        budget,
        true,
        encoded(&op.host_function),
        encoded(resources),
        restored,
        encoded(source),
        auth.into_iter(),
        context.ledger_info(),
        entries.into_iter(),
        seed.to_vec(),
        events,
        None,
        Some(context.modules.cache()),
    )
}

fn failure(error: &HostError, reasons: &mut Diagnostics) -> Failure {
    let told = ScError::try_from(error.error).unwrap_or(ScError::Context(ScErrorCode::InternalError));
    reasons.push_event(vec![symbol("host_fn_failed"), ScVal::Error(told)], ScVal::Void);
    let internal =
        error.error.is_code(ScErrorCode::InternalError) && !error.error.is_type(ScErrorType::Contract);
    if internal { Failure::Internal } else { Failure::Trapped }
}
