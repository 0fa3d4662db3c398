//! Closing a ledger.

mod header;
mod set;

use stellar_xdr::Hash;

use super::apply::Applying;
use super::bytes::{hash_of, sub_seed};
use super::context::Context;
use super::envelope::Tx;
use super::ledger::{AppliedTransaction, Ledger};
use super::state::{State, ttl};

pub(super) use header::{TOTAL_COINS, genesis};

/// A closed ledger, and the entries after it.
pub(super) struct Closed {
    pub ledger: Ledger,
    pub state: State,
}

/// Applies transactions in the network's order: all fees, then those that are not about contracts, then the contract
/// transactions (first all their sequence numbers, then what they do), then the refunds.
pub(super) fn close(context: &Context<'_>, previous: &Ledger, before: &State, txs: &[Tx]) -> Closed {
    let (soroban, classic): (Vec<_>, Vec<_>) = txs.iter().partition(|tx| tx.is_soroban());
    let transaction_set = set::build(context, previous.hash(), &classic, &soroban);
    let set_hash = hash_of(&transaction_set);
    let (mut state, mut fee_pool) = (before.clone(), previous.header.header.fee_pool);
    let ordered: Vec<&Tx> = classic.iter().chain(&soroban).copied().collect();
    let mut applying: Vec<_> =
        ordered.iter().map(|tx| Applying::take_fee(context, &mut state, &mut fee_pool, tx)).collect();
    apply(context, &mut state, &mut fee_pool, &mut applying, classic.len(), &set_hash);

    let transactions: Vec<_> = applying
        .into_iter()
        .zip(ordered)
        .enumerate()
        .map(|(index, (one, tx))| applied(context, index, one, tx))
        .collect();
    let header = header::next(context, &previous.header, set_hash, &transactions, fee_pool, before, &state);
    let ledger = Ledger {
        header,
        transactions,
        transaction_set,
        evicted_keys: Vec::new(),
        soroban_state_bytes: ttl::soroban_bytes(before, &state, previous.soroban_state_bytes),
        write_fee_per_kb: previous.write_fee_per_kb,
    };
    Closed { ledger, state }
}

fn apply(
    context: &Context<'_>,
    state: &mut State,
    fee_pool: &mut i64,
    applying: &mut [Applying<'_>],
    classic: usize,
    set_hash: &Hash,
) {
    let seed = |index: usize| sub_seed(&set_hash.0, u64::try_from(index).unwrap_or(u64::MAX));
    let (classic, soroban) = applying.split_at_mut(classic);
    for (index, one) in classic.iter_mut().enumerate() {
        one.begin(context, state);
        one.run(context, state, seed(index));
    }
    soroban.iter_mut().for_each(|one| one.begin(context, state));
    for (index, one) in soroban.iter_mut().enumerate() {
        one.run(context, state, seed(classic.len().saturating_add(index)));
    }
    soroban.iter_mut().for_each(|one| one.refund(context, state, fee_pool));
}

fn applied(context: &Context<'_>, index: usize, one: Applying<'_>, tx: &Tx) -> AppliedTransaction {
    let applied = one.finish();
    AppliedTransaction {
        hash: Hash(tx.hash),
        inner_hash: tx.bump.as_ref().map(|_| Hash(tx.inner_hash)),
        ledger: context.ledger,
        close_time: context.close_time,
        application_order: u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX),
        envelope: tx.envelope.clone(),
        result: applied.result,
        fee_changes: applied.fee_changes,
        meta: applied.meta,
        refund_changes: applied.refund_changes,
    }
}
