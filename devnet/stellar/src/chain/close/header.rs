//! Ledger headers: each names the hash of the one before it.

use stellar_xdr::{
    GeneralizedTransactionSet, Hash, LedgerHeader, LedgerHeaderExt, LedgerHeaderHistoryEntry,
    LedgerHeaderHistoryEntryExt, StellarValue, StellarValueExt, TimePoint, TransactionResultPair,
    TransactionResultSet, TransactionSetV1, VecM,
};

use crate::chain::bytes::{encoded, hash_of, list, sha256};
use crate::chain::context::Context;
use crate::chain::ledger::{AppliedTransaction, Ledger};
use crate::chain::state::State;

/// Stroops: a hundred thousand million lumens.
pub(in crate::chain) const TOTAL_COINS: i64 = 1_000_000_000_000_000_000;

/// Ledger 1, with no transactions.
pub(in crate::chain) fn genesis(context: &Context<'_>, max_tx_set_size: u32, state: &State) -> Ledger {
    let transaction_set = GeneralizedTransactionSet::V1(TransactionSetV1 {
        previous_ledger_hash: Hash([0; 32]),
        phases: VecM::default(),
    });
    let header = LedgerHeader {
        ledger_version: context.protocol,
        previous_ledger_hash: Hash([0; 32]),
        scp_value: value(context, hash_of(&transaction_set)),
        tx_set_result_hash: Hash([0; 32]),
        bucket_list_hash: entries_hash(&Hash([0; 32]), &State::default(), state),
        ledger_seq: context.ledger,
        total_coins: TOTAL_COINS,
        fee_pool: 0,
        inflation_seq: 0,
        id_pool: 0,
        base_fee: context.base_fee,
        base_reserve: context.base_reserve,
        max_tx_set_size,
        skip_list: std::array::from_fn(|_| Hash([0; 32])),
        ext: LedgerHeaderExt::V0,
    };
    Ledger {
        header: hashed(header),
        transactions: Vec::new(),
        transaction_set,
        evicted_keys: Vec::new(),
        soroban_state_bytes: 0,
        write_fee_per_kb: context.config.ledger_cost_ext.fee_write1_kb,
    }
}

/// The header after `previous`.
pub(super) fn next(
    context: &Context<'_>,
    previous: &LedgerHeaderHistoryEntry,
    set_hash: Hash,
    transactions: &[AppliedTransaction],
    fee_pool: i64,
    before: &State,
    after: &State,
) -> LedgerHeaderHistoryEntry {
    let results = transactions
        .iter()
        .map(|one| TransactionResultPair { transaction_hash: one.hash.clone(), result: one.result.clone() })
        .collect();
    hashed(LedgerHeader {
        previous_ledger_hash: previous.hash.clone(),
        scp_value: value(context, set_hash),
        tx_set_result_hash: hash_of(&TransactionResultSet { results: list(results) }),
        bucket_list_hash: entries_hash(&previous.header.bucket_list_hash, before, after),
        ledger_seq: context.ledger,
        fee_pool,
        ..previous.header.clone()
    })
}

fn value(context: &Context<'_>, tx_set_hash: Hash) -> StellarValue {
    StellarValue {
        tx_set_hash,
        close_time: TimePoint(context.close_time),
        upgrades: VecM::default(),
        ext: StellarValueExt::Basic,
    }
}

fn hashed(header: LedgerHeader) -> LedgerHeaderHistoryEntry {
    LedgerHeaderHistoryEntry { hash: hash_of(&header), header, ext: LedgerHeaderHistoryEntryExt::V0 }
}

/// In place of a hash of buckets: a chain of hashes over the entries that each ledger wrote and the keys it removed.
fn entries_hash(previous: &Hash, before: &State, after: &State) -> Hash {
    let mut bytes = previous.0.to_vec();
    for key in after.changed_since(before) {
        match after.get(&key) {
            Some(entry) => bytes.extend(encoded(&**entry)),
            None => bytes.extend(encoded(&key)),
        }
    }
    Hash(sha256(&bytes))
}
