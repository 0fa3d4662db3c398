//! What the chain remembers: NEAR's own key-value layout ([`TrieKey`]) in a persistent map, so that every block keeps
//! its state at the price of what it changed.

mod records;
mod trie_path;
mod update;

pub(crate) use records::{Records, access_key, access_key_prefix, contract_data_key};
pub(crate) use update::StateUpdate;

use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;
use near_primitives::trie_key::TrieKey;

pub(crate) type Value = Arc<[u8]>;

/// The whole state after a block. Clones share what they have in common.
#[derive(Clone, Default)]
pub(crate) struct State {
    entries: OrdMap<Vec<u8>, Value>,
}

impl State {
    pub fn get(&self, key: &[u8]) -> Option<&Value> {
        self.entries.get(key)
    }

    pub fn set(&mut self, key: &TrieKey, value: Vec<u8>) {
        self.put(key.to_vec(), Some(value.into()));
    }

    fn put(&mut self, key: Vec<u8>, value: Option<Value>) {
        match value {
            Some(value) => self.entries.insert(key, value),
            None => self.entries.remove(&key),
        };
    }

    /// Entries whose key starts with `prefix` and is greater than `after`, in key order.
    pub fn prefixed(&self, prefix: &[u8], after: Option<&[u8]>) -> impl Iterator<Item = (&[u8], &Value)> {
        let from = match after {
            Some(after) => Bound::Excluded(after.to_vec()),
            None => Bound::Included(prefix.to_vec()),
        };
        let prefix = prefix.to_vec();
        self.entries
            .range((from, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (key.as_slice(), value))
    }
}
