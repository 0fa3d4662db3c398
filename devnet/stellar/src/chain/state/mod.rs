//! Ledger entries.

pub(super) mod account;
mod changes;
pub(super) mod ttl;

use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use stellar_xdr::{LedgerEntry, LedgerKey};

pub(super) use changes::Changes;

/// All entries after a ledger, TTL entries among them. A copy costs nothing.
#[derive(Clone, Default)]
pub(super) struct State {
    entries: OrdMap<LedgerKey, Arc<LedgerEntry>>,
}

impl State {
    pub(super) fn get(&self, key: &LedgerKey) -> Option<&Arc<LedgerEntry>> {
        self.entries.get(key)
    }

    /// The keys whose entries are not the same as in an older state. Costs as much as there are differences.
    pub(super) fn changed_since(&self, older: &Self) -> Vec<LedgerKey> {
        let key = |item| match item {
            DiffItem::Add(key, _) | DiffItem::Remove(key, _) => LedgerKey::clone(key),
            DiffItem::Update { new: (key, _), .. } => LedgerKey::clone(key),
        };
        older.entries.diff(&self.entries).map(key).collect()
    }

    /// Removes an entry, if it is there.
    pub(super) fn remove(&mut self, key: &LedgerKey) {
        self.entries.remove(key);
    }

    /// Writes an entry as it is.
    pub(super) fn insert(&mut self, entry: LedgerEntry) {
        self.entries.insert(entry.to_key(), Arc::new(entry));
    }
}
