//! Temporary entries whose time is over.

use std::collections::{BTreeMap, BTreeSet};

use stellar_xdr::LedgerKey;

use super::state::{State, ttl};

/// Most entries that a ledger drops.
const MAX_EVICTED: usize = 1_000;

/// Which temporary entry is over when.
#[derive(Default)]
pub(super) struct Eviction {
    by_ledger: BTreeSet<(u32, LedgerKey)>,
    live_until: BTreeMap<LedgerKey, u32>,
}

impl Eviction {
    /// Drops temporary entries that are over in `ledger`. Answers their keys and those of their TTL entries.
    pub(super) fn evict(&mut self, state: &mut State, ledger: u32) -> Vec<LedgerKey> {
        let mut evicted = Vec::new();
        while evicted.len() < MAX_EVICTED {
            let Some((_, key)) =
                self.by_ledger.first().filter(|(live_until, _)| *live_until < ledger).cloned()
            else {
                break;
            };
            self.set(&key, state);
            // A longer lifetime changes the TTL entry alone, of which nothing was learned.
            if self.live_until.get(&key).is_some_and(|live_until| *live_until >= ledger) {
                continue;
            }
            self.forget(&key);
            let ttl_key = ttl::key_of(&key);
            state.remove(&key);
            state.remove(&ttl_key);
            evicted.extend([key, ttl_key]);
        }
        evicted
    }

    /// Learns which temporary entries a ledger changed.
    pub(super) fn learn(&mut self, older: &State, newer: &State) {
        for key in newer.changed_since(older) {
            if ttl::is_temporary(&key) {
                self.set(&key, newer);
            }
        }
    }

    fn set(&mut self, key: &LedgerKey, state: &State) {
        self.forget(key);
        if let Some(live_until) = ttl::live_until(state, key) {
            self.by_ledger.insert((live_until, key.clone()));
            self.live_until.insert(key.clone(), live_until);
        }
    }

    fn forget(&mut self, key: &LedgerKey) {
        if let Some(live_until) = self.live_until.remove(key) {
            self.by_ledger.remove(&(live_until, key.clone()));
        }
    }
}
