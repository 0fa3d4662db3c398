//! The events of a ledger, in their order and with their ids.

use stellar_xdr::{ContractEvent, Hash, TransactionEventStage, TransactionMeta, TransactionMetaV4};

use crate::{
    chain::{AppliedTransaction, Ledger},
    rpc::cursor::{EventId, OPERATION_MAX, TRANSACTION_MAX, Toid},
};

/// An event where it happened.
pub(super) struct EmittedEvent<'a> {
    pub id: EventId,
    pub event: &'a ContractEvent,
    pub transaction: &'a Hash,
    /// Whether the transaction was successful.
    pub successful: bool,
    /// Of the ledger, in Unix seconds.
    pub close_time: u64,
}

/// In the order of their ids: fees that were taken before all transactions; each transaction's operations and what came
/// after them; refunds after all transactions.
pub(super) fn events_of(ledger: &Ledger) -> Vec<EmittedEvent<'_>> {
    let mut before_all = 0..;
    let mut after_all = 0..;
    let mut events = Vec::new();
    for applied in &ledger.transactions {
        let TransactionMeta::V4(meta) = &applied.meta else { continue };
        let toid = |transaction, operation| Toid { ledger: applied.ledger, transaction, operation };
        let mut after = 0..;
        for event in meta.events.iter() {
            let (toid, numbers) = match event.stage {
                TransactionEventStage::BeforeAllTxs => (toid(0, 0), &mut before_all),
                TransactionEventStage::AfterTx => {
                    (toid(applied.application_order, OPERATION_MAX), &mut after)
                }
                TransactionEventStage::AfterAllTxs => (toid(TRANSACTION_MAX, 0), &mut after_all),
            };
            events.push(emitted(applied, toid, numbers, &event.event));
        }
        events.extend(events_of_operations(applied, meta));
    }
    events.sort_by_key(|event| event.id);
    events
}

fn events_of_operations<'a>(
    applied: &'a AppliedTransaction,
    meta: &'a TransactionMetaV4,
) -> impl Iterator<Item = EmittedEvent<'a>> {
    (0..).zip(meta.operations.iter()).flat_map(move |(operation, operation_meta)| {
        let toid = Toid { ledger: applied.ledger, transaction: applied.application_order, operation };
        let mut numbers = 0..;
        operation_meta.events.iter().map(move |event| emitted(applied, toid, &mut numbers, event))
    })
}

fn emitted<'a>(
    applied: &'a AppliedTransaction,
    toid: Toid,
    numbers: &mut impl Iterator<Item = u32>,
    event: &'a ContractEvent,
) -> EmittedEvent<'a> {
    EmittedEvent {
        id: EventId { toid, event: numbers.next().unwrap_or(u32::MAX) },
        event,
        transaction: &applied.hash,
        successful: applied.is_success(),
        close_time: applied.close_time,
    }
}
