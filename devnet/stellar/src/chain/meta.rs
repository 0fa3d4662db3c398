//! What is told of a transaction beside its result: changes, events, return value.

use std::collections::BTreeMap;

use stellar_xdr::{
    ContractEvent, DiagnosticEvent, ExtensionPoint, LedgerEntry, LedgerEntryChange, LedgerEntryChanges,
    LedgerKey, OperationMetaV2, ScVal, SorobanTransactionMetaExt, SorobanTransactionMetaExtV1,
    SorobanTransactionMetaV2, TransactionEvent, TransactionMeta, TransactionMetaV4,
};

use super::bytes::list;
use super::fees::Refundable;

/// Archived entries that an operation restored, and their new TTL entries, as they were restored.
pub(super) type Restored = BTreeMap<LedgerKey, LedgerEntry>;

/// What is gathered of a transaction.
#[derive(Default)]
pub(super) struct MetaParts {
    pub fee_changes: Vec<LedgerEntryChange>,
    pub changes_before: Vec<LedgerEntryChange>,
    pub operations: Vec<OperationMetaV2>,
    pub events: Vec<TransactionEvent>,
    pub diagnostics: Vec<DiagnosticEvent>,
    pub return_value: Option<ScVal>,
    /// Of contract transactions, in stroops.
    pub not_refundable_fee: Option<i64>,
}

/// What is told of a transaction (version 4, since protocol 23).
pub(super) fn transaction(parts: MetaParts, refundable: Refundable) -> TransactionMeta {
    let MetaParts {
        changes_before, operations, events, diagnostics, return_value, not_refundable_fee, ..
    } = parts;
    let soroban_meta = not_refundable_fee.map(|not_refundable| SorobanTransactionMetaV2 {
        ext: SorobanTransactionMetaExt::V1(SorobanTransactionMetaExtV1 {
            ext: ExtensionPoint::V0,
            total_non_refundable_resource_fee_charged: not_refundable,
            total_refundable_resource_fee_charged: refundable.consumed,
            rent_fee_charged: refundable.rent,
        }),
        return_value,
    });
    TransactionMeta::V4(TransactionMetaV4 {
        ext: ExtensionPoint::V0,
        tx_changes_before: LedgerEntryChanges(list(changes_before)),
        operations: list(operations),
        tx_changes_after: LedgerEntryChanges(list(Vec::new())),
        soroban_meta,
        events: list(events),
        diagnostic_events: list(diagnostics),
    })
}

/// What is told of an operation that was applied.
pub(super) fn operation(
    changes: Vec<LedgerEntryChange>,
    events: Vec<ContractEvent>,
    restored: &Restored,
    ledger: u32,
) -> OperationMetaV2 {
    OperationMetaV2 {
        ext: ExtensionPoint::V0,
        changes: LedgerEntryChanges(list(tell_restored(changes, restored, ledger))),
        events: list(events),
    }
}

/// A restored entry is told as restored, instead of with its state before; and, if the operation then changed it, with
/// that change.
fn tell_restored(
    changes: Vec<LedgerEntryChange>,
    restored: &Restored,
    ledger: u32,
) -> Vec<LedgerEntryChange> {
    let mut untold = restored.clone();
    let mut told = Vec::with_capacity(changes.len());
    let mut changes = changes.into_iter().peekable();
    while let Some(change) = changes.next() {
        let LedgerEntryChange::State(state) = &change else {
            told.push(change);
            continue;
        };
        let Some(as_restored) = untold.remove(&state.to_key()) else {
            told.push(change);
            continue;
        };
        let only_restored = changes.next_if(
            |next| matches!(next, LedgerEntryChange::Updated(updated) if updated.data == as_restored.data),
        );
        match only_restored {
            Some(LedgerEntryChange::Updated(updated)) => told.push(LedgerEntryChange::Restored(updated)),
            _ => told.push(LedgerEntryChange::Restored(LedgerEntry {
                last_modified_ledger_seq: ledger,
                ..state.clone()
            })),
        }
    }
    told.extend(untold.into_values().map(LedgerEntryChange::Restored));
    told
}
