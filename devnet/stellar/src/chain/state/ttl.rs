//! How long entries live. Only contract data and contract code have a lifetime, kept in a TTL entry of their own.

use stellar_xdr::{
    ContractDataDurability, LedgerEntry, LedgerEntryData, LedgerEntryExt, LedgerKey, LedgerKeyTtl, TtlEntry,
};

use super::State;
use crate::chain::bytes::{encoded_len, hash_of};

/// Whether an entry has a lifetime.
pub(in crate::chain) fn is_soroban(key: &LedgerKey) -> bool {
    matches!(key, LedgerKey::ContractData(_) | LedgerKey::ContractCode(_))
}

/// Whether an entry is archived, rather than dropped, when its lifetime is over.
pub(in crate::chain) fn is_persistent(key: &LedgerKey) -> bool {
    match key {
        LedgerKey::ContractData(data) => data.durability == ContractDataDurability::Persistent,
        LedgerKey::ContractCode(_) => true,
        _ => false,
    }
}

/// Whether an entry is dropped when its lifetime is over.
pub(in crate::chain) fn is_temporary(key: &LedgerKey) -> bool {
    is_soroban(key) && !is_persistent(key)
}

/// The key of an entry's TTL entry.
pub(in crate::chain) fn key_of(key: &LedgerKey) -> LedgerKey {
    LedgerKey::Ttl(LedgerKeyTtl { key_hash: hash_of(key) })
}

/// The last ledger in which an entry is live. None: it has no lifetime, or does not exist.
pub(in crate::chain) fn live_until(state: &State, key: &LedgerKey) -> Option<u32> {
    if !is_soroban(key) {
        return None;
    }
    match &state.get(&key_of(key))?.data {
        LedgerEntryData::Ttl(ttl) => Some(ttl.live_until_ledger_seq),
        _ => None,
    }
}

/// How many bytes contract data and code take, where an older state took so many.
pub(in crate::chain) fn soroban_bytes(older: &State, newer: &State, older_bytes: u64) -> u64 {
    let bytes =
        |state: &State, key: &LedgerKey| state.get(key).map_or(0, |entry| u64::from(encoded_len(&**entry)));
    newer
        .changed_since(older)
        .iter()
        .filter(|key| is_soroban(key))
        .fold(older_bytes, |sum, key| sum.saturating_add(bytes(newer, key)).saturating_sub(bytes(older, key)))
}

/// The TTL entry of an entry.
pub(in crate::chain) fn entry(key: &LedgerKey, live_until: u32) -> LedgerEntry {
    LedgerEntry {
        last_modified_ledger_seq: 0,
        data: LedgerEntryData::Ttl(TtlEntry { key_hash: hash_of(key), live_until_ledger_seq: live_until }),
        ext: LedgerEntryExt::V0,
    }
}
