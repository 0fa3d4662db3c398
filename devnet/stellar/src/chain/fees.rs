//! What contract transactions cost.

use soroban_env_host::e2e_invoke::entry_size_for_rent;
use soroban_env_host::fees::{
    LedgerEntryRentChange, TransactionResources, compute_rent_fee, compute_transaction_resource_fee,
};
use stellar_xdr::{LedgerEntry, LedgerKey, ScError, ScErrorCode};

use super::bytes::encoded_len;
use super::context::Context;
use super::diagnostics::Diagnostics;
use super::envelope::Tx;
use super::soroban::budget;
use super::state::ttl;

/// The part of a transaction's resource fee that is given back when it is not used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Refundable {
    /// What the transaction offers, in stroops.
    pub maximum: i64,
    /// Of that, for rent.
    pub rent: i64,
    /// Of that, for rent and events.
    pub consumed: i64,
}

/// The resource fee of what a transaction declares (not refundable), and of so many bytes of events (refundable).
pub(super) fn resource_fee(context: &Context<'_>, tx: &Tx, event_bytes: u32) -> (i64, i64) {
    let Some(data) = tx.soroban() else { return (0, 0) };
    let resources = TransactionResources {
        instructions: data.resources.instructions,
        disk_read_entries: tx.disk_reads(),
        write_entries: u32::try_from(data.resources.footprint.read_write.len()).unwrap_or(u32::MAX),
        disk_read_bytes: data.resources.disk_read_bytes,
        write_bytes: data.resources.write_bytes,
        contract_events_size_bytes: event_bytes,
        transaction_size_bytes: tx.size,
    };
    compute_transaction_resource_fee(&resources, &context.config.network.fee_configuration)
}

impl Refundable {
    pub(super) fn new(context: &Context<'_>, tx: &Tx) -> Self {
        let (not_refundable, _) = resource_fee(context, tx, 0);
        Self { maximum: tx.resource_fee().saturating_sub(not_refundable), ..Self::default() }
    }

    /// Pays rent and events. False: the offer does not cover it.
    pub(super) fn consume(
        &mut self,
        context: &Context<'_>,
        tx: &Tx,
        event_bytes: u32,
        rent: i64,
        reasons: &mut Diagnostics,
    ) -> bool {
        self.rent = rent;
        if self.maximum < rent {
            too_low(
                reasons,
                "refundable resource fee was not sufficient to cover the ledger storage rent: {} > {}",
                [rent, self.maximum],
            );
            return false;
        }
        let (_, events) = resource_fee(context, tx, event_bytes);
        self.consumed = rent.saturating_add(events);
        if self.maximum < self.consumed {
            too_low(
                reasons,
                "refundable resource fee was not sufficient to cover the events fee after paying for ledger storage \
                 rent: {} > {}",
                [events, self.maximum.saturating_sub(rent)],
            );
            return false;
        }
        true
    }

    /// A failed transaction pays for neither.
    pub(super) fn reset(&mut self) {
        (self.rent, self.consumed) = (0, 0);
    }

    pub(super) fn refund(&self) -> i64 {
        self.maximum.saturating_sub(self.consumed)
    }
}

fn too_low(reasons: &mut Diagnostics, message: &str, values: [i64; 2]) {
    let values = values.map(|value| u64::try_from(value).unwrap_or_default());
    reasons.push(ScError::Budget(ScErrorCode::ExceededLimit), message, &values);
}

/// Size of an entry for which rent is paid: code counts with the memory that it takes when it is ready to run.
pub(super) fn rent_size(context: &Context<'_>, entry: &LedgerEntry) -> Option<u32> {
    let budget = budget(context, 0).ok()?;
    entry_size_for_rent(&budget, entry, encoded_len(entry)).ok()
}

/// Rent of entries whose lifetime is changed, while they themselves are not: entry, size, lifetime before (zero:
/// archived), lifetime after.
pub(super) fn rent(context: &Context<'_>, entries: &[(LedgerKey, u32, u32, u32)]) -> i64 {
    let changes: Vec<_> = entries
        .iter()
        .map(|(key, size, before, after)| LedgerEntryRentChange {
            is_persistent: ttl::is_persistent(key),
            is_code_entry: matches!(key, LedgerKey::ContractCode(_)),
            old_size_bytes: if *before == 0 { 0 } else { *size },
            new_size_bytes: *size,
            old_live_until_ledger: *before,
            new_live_until_ledger: *after,
        })
        .collect();
    compute_rent_fee(&changes, &context.config.network.rent_fee_configuration, context.ledger)
}
