//! A block's changes while it is being made.

use std::collections::BTreeMap;

use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, Account};
use near_primitives::borsh::{self, BorshSerialize};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, RawStateChange, RawStateChangesWithTrieKey, StateChangeCause};

use super::records::access_key;
use super::{Records, State, Value};
use crate::chain::status::ChainError;

/// The state before the block, what the block has committed so far, and what its current step may still undo.
pub(crate) struct StateUpdate {
    before: State,
    committed: BTreeMap<Vec<u8>, Committed>,
    pending: BTreeMap<Vec<u8>, (TrieKey, Option<Value>)>,
}

struct Committed {
    key: TrieKey,
    newest: Option<Value>,
    changes: Vec<(StateChangeCause, Option<Value>)>,
}

impl StateUpdate {
    pub fn new(before: State) -> Self {
        Self { before, committed: BTreeMap::new(), pending: BTreeMap::new() }
    }

    /// The state as it was when the block began.
    pub fn before(&self) -> &State {
        &self.before
    }

    /// The value this block gave the key; None if it has not touched it.
    pub fn changed(&self, key: &[u8]) -> Option<Option<Value>> {
        if let Some((_, value)) = self.pending.get(key) {
            return Some(value.clone());
        }
        self.committed.get(key).map(|entry| entry.newest.clone())
    }

    pub fn set(&mut self, key: TrieKey, value: Vec<u8>) {
        self.pending.insert(key.to_vec(), (key, Some(value.into())));
    }

    pub fn remove(&mut self, key: TrieKey) {
        self.pending.insert(key.to_vec(), (key, None));
    }

    pub fn set_record(&mut self, key: TrieKey, record: &impl BorshSerialize) -> Result<(), ChainError> {
        let bytes = borsh::to_vec(record).map_err(|error| {
            ChainError::InconsistentState(format!("record {key:?} cannot be encoded: {error}"))
        })?;
        self.set(key, bytes);
        Ok(())
    }

    pub fn set_account(&mut self, account_id: &AccountId, account: &Account) -> Result<(), ChainError> {
        self.set_record(TrieKey::Account { account_id: account_id.clone() }, account)
    }

    pub fn set_access_key(
        &mut self,
        of: &AccountId,
        key: &PublicKey,
        value: &AccessKey,
    ) -> Result<(), ChainError> {
        self.set_record(access_key(of, key), value)
    }

    pub fn remove_access_key(&mut self, of: &AccountId, key: &PublicKey) {
        self.remove(access_key(of, key));
    }

    /// Raw keys with this prefix that hold a value now.
    pub fn keys_with_prefix(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let mut keys: BTreeMap<Vec<u8>, bool> =
            self.before.prefixed(prefix, None).map(|(key, _)| (key.to_vec(), true)).collect();
        for (key, entry) in
            self.committed.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix))
        {
            keys.insert(key.clone(), entry.newest.is_some());
        }
        for (key, (_, value)) in
            self.pending.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix))
        {
            keys.insert(key.clone(), value.is_some());
        }
        keys.into_iter().filter(|(_, present)| *present).map(|(key, _)| key).collect()
    }

    /// Keeps what has been set since the last commit.
    pub fn commit(&mut self, cause: StateChangeCause) {
        for (raw, (key, value)) in std::mem::take(&mut self.pending) {
            let entry = self.committed.entry(raw).or_insert_with(|| Committed {
                key,
                newest: None,
                changes: Vec::new(),
            });
            entry.newest = value.clone();
            entry.changes.push((cause.clone(), value));
        }
    }

    /// Forgets what has been set since the last commit.
    pub fn rollback(&mut self) {
        self.pending.clear();
    }

    /// The state after the block, and every change with its cause, in key order.
    pub fn finish(self) -> (State, Vec<RawStateChangesWithTrieKey>) {
        let mut after = self.before;
        let mut changes = Vec::with_capacity(self.committed.len());
        for (raw, entry) in self.committed {
            after.put(raw, entry.newest);
            let raw_changes = entry
                .changes
                .into_iter()
                .map(|(cause, value)| RawStateChange { cause, data: value.map(|value| value.to_vec()) })
                .collect();
            changes.push(RawStateChangesWithTrieKey { trie_key: entry.key, changes: raw_changes });
        }
        (after, changes)
    }
}

impl Records for StateUpdate {
    fn value(&self, key: &TrieKey) -> Option<Value> {
        let raw = key.to_vec();
        self.changed(&raw).unwrap_or_else(|| self.before.get(&raw).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> TrieKey {
        super::super::contract_data_key(&"alice.near".parse().unwrap(), name.as_bytes())
    }

    fn read(update: &StateUpdate, name: &str) -> Option<Vec<u8>> {
        update.value(&key(name)).map(|value| value.to_vec())
    }

    #[test]
    fn rollback_forgets_only_what_was_not_committed() {
        let mut update = StateUpdate::new(State::default());
        update.set(key("kept"), vec![1]);
        update.commit(StateChangeCause::InitialState);
        update.set(key("kept"), vec![2]);
        update.set(key("lost"), vec![3]);
        assert_eq!(read(&update, "kept"), Some(vec![2]));
        update.rollback();
        assert_eq!(read(&update, "kept"), Some(vec![1]));
        assert_eq!(read(&update, "lost"), None);
    }

    #[test]
    fn keys_with_prefix_sees_every_layer() {
        let mut state = State::default();
        state.set(&key("a1"), vec![0]);
        state.set(&key("a2"), vec![0]);
        let mut update = StateUpdate::new(state);
        update.remove(key("a1"));
        update.set(key("a3"), vec![0]);
        update.commit(StateChangeCause::InitialState);
        update.set(key("a4"), vec![0]);
        update.remove(key("a3"));
        let keys = update.keys_with_prefix(&key("a").to_vec());
        assert_eq!(keys, vec![key("a2").to_vec(), key("a4").to_vec()]);
    }

    #[test]
    fn the_state_before_does_not_move_when_a_block_finishes() {
        let mut before = State::default();
        before.set(&key("a"), vec![1]);
        let mut update = StateUpdate::new(before.clone());
        update.set(key("a"), vec![2]);
        update.commit(StateChangeCause::InitialState);
        update.set(key("b"), vec![9]);
        update.rollback();
        let (after, changes) = update.finish();
        assert_eq!(before.value(&key("a")).as_deref(), Some([1u8].as_slice()));
        assert_eq!(after.value(&key("a")).as_deref(), Some([2u8].as_slice()));
        assert_eq!(after.value(&key("b")), None);
        assert_eq!(changes.len(), 1);
    }
}
