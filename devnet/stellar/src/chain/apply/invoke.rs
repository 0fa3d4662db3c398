//! Running a host function: uploading, creating and calling contracts.

use std::collections::BTreeSet;

use soroban_env_host::DEFAULT_XDR_RW_LIMITS;
use soroban_env_host::e2e_invoke::LedgerEntryChange;
use stellar_xdr::{
    ContractEvent, InvokeHostFunctionOp, InvokeHostFunctionResult, InvokeHostFunctionSuccessPreImage,
    LedgerEntry, LedgerKey, OperationResultTr, ReadXdr, ScVal,
};

use super::footprint::{self, Loaded};
use super::{Done, Failed, Operator};
use crate::chain::bytes::{hash_of, list, symbol};
use crate::chain::soroban::{self, Failure, Invocation, Success};
use crate::chain::state::{Changes, ttl};

pub(super) fn apply(
    mut operator: Operator<'_, '_>,
    changes: &mut Changes,
    op: &InvokeHostFunctionOp,
) -> Result<(OperationResultTr, Done), Failed> {
    let mut loaded = footprint::load(&mut operator, changes)?;
    let success = run(&mut operator, op, &mut loaded)?;
    write(&mut operator, changes, &success)?;
    let (events, return_value, bytes) = told(&mut operator, &success)?;
    let (context, tx) = (operator.context, operator.tx);
    if !operator.refundable.consume(context, tx, bytes, success.rent, operator.reasons) {
        return Err(fail(InvokeHostFunctionResult::InsufficientRefundableFee));
    }
    let image = InvokeHostFunctionSuccessPreImage {
        return_value: return_value.clone(),
        events: list(events.clone()),
    };
    let result = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Success(hash_of(&image)));
    Ok((result, Done { events, return_value: Some(return_value), restored: loaded.restored }))
}

fn fail(result: InvokeHostFunctionResult) -> Failed {
    OperationResultTr::InvokeHostFunction(result).into()
}

fn run(
    operator: &mut Operator<'_, '_>,
    op: &InvokeHostFunctionOp,
    loaded: &mut Loaded,
) -> Result<Success, Failed> {
    let context = operator.context;
    let resources = &operator.tx.soroban().ok_or(Failed::Internal)?.resources;
    let invocation = Invocation {
        op,
        resources,
        source: &operator.source,
        restored: &loaded.restored_indexes,
        entries: std::mem::take(&mut loaded.entries),
        seed: operator.seed,
    };
    let invoked = soroban::invoke(context, invocation, operator.reasons).map_err(|_| Failed::Internal)?;
    operator.metric("cpu_insn", invoked.instructions);
    operator.metric("mem_byte", invoked.memory);
    let memory_limit = context.config.network.tx_memory_limit;
    match invoked.result {
        Ok(success) => Ok(success),
        Err(Failure::Internal) => Err(Failed::Internal),
        Err(Failure::Trapped) if invoked.instructions > resources.instructions.into() => {
            let message = "operation instructions exceeds amount specified";
            operator.reasons.limit(message, invoked.instructions, resources.instructions);
            Err(fail(InvokeHostFunctionResult::ResourceLimitExceeded))
        }
        Err(Failure::Trapped) if invoked.memory > memory_limit.into() => {
            let message = "operation memory usage exceeds network config limit";
            operator.reasons.limit(message, invoked.memory, memory_limit);
            Err(fail(InvokeHostFunctionResult::ResourceLimitExceeded))
        }
        Err(Failure::Trapped) => Err(fail(InvokeHostFunctionResult::Trapped)),
    }
}

/// Writes what the host wrote, and removes the read-write entries that it did not give back.
fn write(operator: &mut Operator<'_, '_>, changes: &mut Changes, success: &Success) -> Result<(), Failed> {
    let resources = &operator.tx.soroban().ok_or(Failed::Internal)?.resources;
    let mut given_back = BTreeSet::new();
    let mut written_bytes = 0u32;
    for change in &success.changes {
        let key =
            LedgerKey::from_xdr(&change.encoded_key, DEFAULT_XDR_RW_LIMITS).map_err(|_| Failed::Internal)?;
        if let (false, Some(bytes)) = (change.read_only, &change.encoded_new_value) {
            let fits = footprint::entry_fits(operator.context, &key, bytes.len(), operator.reasons);
            written_bytes = written_bytes.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            if fits && written_bytes > resources.write_bytes {
                let message = "operation byte-write resources exceeds amount specified";
                operator.reasons.limit(message, written_bytes, resources.write_bytes);
            }
            if !fits || written_bytes > resources.write_bytes {
                return Err(fail(InvokeHostFunctionResult::ResourceLimitExceeded));
            }
            let entry = LedgerEntry::from_xdr(bytes, DEFAULT_XDR_RW_LIMITS).map_err(|_| Failed::Internal)?;
            changes.put(entry);
            given_back.insert(key.clone());
        }
        if let Some(live_until) = new_lifetime(change) {
            changes.put(ttl::entry(&key, live_until));
        }
    }
    for key in resources.footprint.read_write.iter().filter(|key| !given_back.contains(key)) {
        changes.remove(key);
        changes.remove(&ttl::key_of(key));
    }
    operator.metric("ledger_write_byte", written_bytes.into());
    Ok(())
}

fn new_lifetime(change: &LedgerEntryChange) -> Option<u32> {
    let lifetime = change.ttl_change.as_ref()?;
    let longer = lifetime.new_live_until_ledger > lifetime.old_live_until_ledger;
    longer.then_some(lifetime.new_live_until_ledger)
}

/// Events and return value, and what both are in bytes.
fn told(
    operator: &mut Operator<'_, '_>,
    success: &Success,
) -> Result<(Vec<ContractEvent>, ScVal, u32), Failed> {
    let allowed = operator.context.config.events.tx_max_contract_events_size_bytes;
    let length = |bytes: &Vec<u8>| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let event_bytes = success.events.iter().map(length).fold(0, u32::saturating_add);
    let bytes = event_bytes.saturating_add(length(&success.return_value));
    let exceeded = match (event_bytes > allowed, bytes > allowed) {
        (true, _) => Some((event_bytes, "total events size exceeds network config maximum")),
        (false, true) => Some((bytes, "return value pushes events size above network config maximum")),
        (false, false) => None,
    };
    if let Some((bytes, message)) = exceeded {
        operator.reasons.limit(message, bytes, allowed);
        return Err(fail(InvokeHostFunctionResult::ResourceLimitExceeded));
    }
    operator.metric("emit_event", u64::try_from(success.events.len()).unwrap_or(u64::MAX));
    operator.metric("emit_event_byte", bytes.into());
    let events = success.events.iter().map(|event| ContractEvent::from_xdr(event, DEFAULT_XDR_RW_LIMITS));
    let events = events.collect::<Result<_, _>>().map_err(|_| Failed::Internal)?;
    let value =
        ScVal::from_xdr(&success.return_value, DEFAULT_XDR_RW_LIMITS).map_err(|_| Failed::Internal)?;
    Ok((events, value, bytes))
}

impl Operator<'_, '_> {
    /// A measurement, as stellar-core gives it among the diagnostic events.
    fn metric(&mut self, name: &str, value: u64) {
        self.reasons.push_event(vec![symbol("core_metrics"), symbol(name)], ScVal::U64(value));
    }
}
