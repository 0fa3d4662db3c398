//! The entries that a contract operation may touch, as they are given to the host.

use soroban_env_host::e2e_invoke::TtlLedgerEntryMeta;
use stellar_xdr::{
    ContractDataDurability, InvokeHostFunctionResult, LedgerEntry, LedgerKey, OperationResultTr, ScError,
    ScErrorCode, ScVal,
};

use super::{Failed, Operator};
use crate::chain::bytes::{bytes, encoded};
use crate::chain::context::Context;
use crate::chain::diagnostics::Diagnostics;
use crate::chain::fees;
use crate::chain::meta::Restored;
use crate::chain::state::{Changes, State, ttl};

/// The entries of a footprint.
#[derive(Default)]
pub(super) struct Loaded {
    /// One for each key, read-only ones first.
    pub entries: Vec<(Option<Vec<u8>>, Option<TtlLedgerEntryMeta>)>,
    /// Of the read-write keys, those that were archived.
    pub restored_indexes: Vec<u32>,
    pub restored: Restored,
    disk_read_bytes: u32,
}

/// How an entry stands.
enum Found<'a> {
    /// There is none, or a temporary one that is over.
    Nothing,
    /// With its last ledger, if it has a lifetime.
    Live(&'a LedgerEntry, Option<u32>),
    Archived(&'a LedgerEntry),
}

fn find<'a>(state: &'a State, key: &LedgerKey, ledger: u32) -> Found<'a> {
    let Some(entry) = state.get(key) else { return Found::Nothing };
    match ttl::live_until(state, key) {
        Some(live_until) if live_until < ledger && ttl::is_temporary(key) => Found::Nothing,
        Some(live_until) if live_until < ledger => Found::Archived(entry),
        live_until => Found::Live(entry, live_until),
    }
}

/// Loads the footprint, and restores what it marks as archived.
pub(super) fn load(operator: &mut Operator<'_, '_>, changes: &mut Changes) -> Result<Loaded, Failed> {
    let mut loaded = Loaded::default();
    let Some(data) = operator.tx.soroban() else { return Ok(loaded) };
    for key in data.resources.footprint.read_only.iter() {
        load_one(operator, changes, &mut loaded, key, None)?;
    }
    for (index, key) in data.resources.footprint.read_write.iter().enumerate() {
        load_one(operator, changes, &mut loaded, key, u32::try_from(index).ok())?;
    }
    Ok(loaded)
}

/// `index`: among the read-write keys. None: it is read-only.
fn load_one(
    operator: &mut Operator<'_, '_>,
    changes: &mut Changes,
    loaded: &mut Loaded,
    key: &LedgerKey,
    index: Option<u32>,
) -> Result<(), Failed> {
    let context = operator.context;
    let state = changes.state().clone();
    match find(&state, key, context.ledger) {
        Found::Nothing => loaded.entries.push((None, None)),
        Found::Live(entry, live_until) => {
            let bytes = checked_bytes(operator, key, entry)?;
            if !ttl::is_soroban(key) {
                count_disk_read(operator, loaded, bytes.len())?;
            }
            let ttl = live_until.and_then(|live_until| ttl_meta(context, entry, live_until));
            loaded.entries.push((Some(bytes), ttl));
        }
        Found::Archived(entry) => match index {
            Some(index) if operator.tx.archived_indexes().contains(&index) => {
                let bytes = checked_bytes(operator, key, entry)?;
                count_disk_read(operator, loaded, bytes.len())?;
                let live_until = context.min_persistent_live_until();
                restore(changes, &mut loaded.restored, key, entry, live_until);
                loaded.restored_indexes.push(index);
                loaded.entries.push((Some(bytes), ttl_meta(context, entry, live_until)));
            }
            _ => return Err(archived(operator.reasons, key)),
        },
    }
    Ok(())
}

/// Gives an archived entry a new lifetime.
pub(super) fn restore(
    changes: &mut Changes,
    restored: &mut Restored,
    key: &LedgerKey,
    entry: &LedgerEntry,
    live_until: u32,
) {
    let lifetime = ttl::entry(key, live_until);
    restored.insert(key.clone(), entry.clone());
    restored.insert(lifetime.to_key(), lifetime.clone());
    changes.put(lifetime);
}

fn ttl_meta(
    context: &Context<'_>,
    entry: &LedgerEntry,
    live_until_ledger: u32,
) -> Option<TtlLedgerEntryMeta> {
    let entry_size_for_rent = fees::rent_size(context, entry)?;
    Some(TtlLedgerEntryMeta { live_until_ledger, entry_size_for_rent })
}

fn checked_bytes(
    operator: &mut Operator<'_, '_>,
    key: &LedgerKey,
    entry: &LedgerEntry,
) -> Result<Vec<u8>, Failed> {
    let bytes = encoded(entry);
    match entry_fits(operator.context, key, bytes.len(), operator.reasons) {
        true => Ok(bytes),
        false => Err(limit_exceeded()),
    }
}

/// Whether an entry is within the network's bounds.
pub(super) fn entry_fits(
    context: &Context<'_>,
    key: &LedgerKey,
    length: usize,
    reasons: &mut Diagnostics,
) -> bool {
    let (allowed, message) = match key {
        LedgerKey::ContractCode(_) => {
            (context.config.max_contract_bytes, "Wasm size exceeds network config maximum contract size")
        }
        LedgerKey::ContractData(_) => {
            (context.config.max_data_entry_bytes, "ContractData size exceeds network config maximum size")
        }
        _ => return true,
    };
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    if length > allowed {
        reasons.limit(message, length, allowed);
    }
    length <= allowed
}

fn count_disk_read(
    operator: &mut Operator<'_, '_>,
    loaded: &mut Loaded,
    length: usize,
) -> Result<(), Failed> {
    let declared = operator.tx.soroban().map_or(0, |data| data.resources.disk_read_bytes);
    loaded.disk_read_bytes = loaded.disk_read_bytes.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
    if loaded.disk_read_bytes > declared {
        let message = "operation byte-read resources exceeds amount specified";
        operator.reasons.limit(message, loaded.disk_read_bytes, declared);
        return Err(limit_exceeded());
    }
    Ok(())
}

fn limit_exceeded() -> Failed {
    OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::ResourceLimitExceeded).into()
}

fn archived(reasons: &mut Diagnostics, key: &LedgerKey) -> Failed {
    let error = ScError::Value(ScErrorCode::InvalidInput);
    match key {
        LedgerKey::ContractCode(code) => reasons.push_values(
            error,
            "trying to access an archived contract code entry",
            vec![bytes(&code.hash.0)],
        ),
        LedgerKey::ContractData(data) if data.durability == ContractDataDurability::Persistent => reasons
            .push_values(
                error,
                "trying to access an archived contract data entry",
                vec![ScVal::Address(data.contract.clone()), data.key.clone()],
            ),
        _ => {}
    }
    OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::EntryArchived).into()
}
