//! Changes on their way into the state, and how the network tells of them.

use std::collections::BTreeSet;

use stellar_xdr::{LedgerEntry, LedgerEntryChange, LedgerKey};

use super::State;

/// A state that is being changed. Nothing is lasting until somebody takes [`Changes::commit`].
pub(in crate::chain) struct Changes {
    before: State,
    now: State,
    written: BTreeSet<LedgerKey>,
    ledger: u32,
}

impl Changes {
    /// Changes that ledger `ledger` makes to a state.
    pub(in crate::chain) fn new(state: &State, ledger: u32) -> Self {
        Self { before: state.clone(), now: state.clone(), written: BTreeSet::new(), ledger }
    }

    /// The state with the changes.
    pub(in crate::chain) fn state(&self) -> &State {
        &self.now
    }

    /// Changes on top of these, which can be thrown away.
    pub(in crate::chain) fn nested(&self) -> Self {
        Self::new(&self.now, self.ledger)
    }

    /// Keeps the changes that were made on top.
    pub(in crate::chain) fn adopt(&mut self, nested: Self) {
        self.now = nested.now;
        self.written.extend(nested.written);
    }

    /// Writes an entry, which is marked as modified by this ledger.
    pub(in crate::chain) fn put(&mut self, mut entry: LedgerEntry) {
        entry.last_modified_ledger_seq = self.ledger;
        self.written.insert(entry.to_key());
        self.now.insert(entry);
    }

    /// Removes an entry, if it is there.
    pub(in crate::chain) fn remove(&mut self, key: &LedgerKey) {
        if self.now.entries.remove(key).is_some() {
            self.written.insert(key.clone());
        }
    }

    /// What changed, entry by entry, in the order of the keys: what it was, then what became of it.
    pub(in crate::chain) fn list(&self) -> Vec<LedgerEntryChange> {
        let mut list = Vec::with_capacity(self.written.len().saturating_mul(2));
        for key in &self.written {
            let before = self.before.get(key).map(|entry| (**entry).clone());
            let existed = before.is_some();
            list.extend(before.map(LedgerEntryChange::State).filter(|_| existed));
            match self.now.get(key) {
                Some(entry) if existed => list.push(LedgerEntryChange::Updated((**entry).clone())),
                Some(entry) => list.push(LedgerEntryChange::Created((**entry).clone())),
                None if existed => list.push(LedgerEntryChange::Removed(key.clone())),
                None => {}
            }
        }
        list
    }

    /// The state with the changes.
    pub(in crate::chain) fn commit(self) -> State {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use stellar_xdr::{AccountEntry, LedgerEntryData, LedgerEntryExt};

    use super::*;

    fn entry(balance: i64) -> LedgerEntry {
        LedgerEntry {
            last_modified_ledger_seq: 1,
            data: LedgerEntryData::Account(AccountEntry { balance, ..AccountEntry::default() }),
            ext: LedgerEntryExt::V0,
        }
    }

    fn kinds(changes: &Changes) -> Vec<&'static str> {
        changes.list().iter().map(LedgerEntryChange::name).collect()
    }

    #[test]
    fn a_new_entry_is_created() {
        let mut changes = Changes::new(&State::default(), 7);
        changes.put(entry(1));
        changes.put(entry(2));
        assert_eq!(kinds(&changes), ["Created"]);
        assert_eq!(changes.state().get(&entry(0).to_key()).unwrap().last_modified_ledger_seq, 7);
    }

    #[test]
    fn an_old_entry_is_shown_before_and_after() {
        let mut state = State::default();
        state.insert(entry(1));
        let mut changes = Changes::new(&state, 7);
        changes.put(entry(2));
        assert_eq!(kinds(&changes), ["State", "Updated"]);
        changes.remove(&entry(0).to_key());
        assert_eq!(kinds(&changes), ["State", "Removed"]);
        assert!(changes.commit().get(&entry(0).to_key()).is_none());
    }

    #[test]
    fn what_is_made_and_unmade_is_not_told() {
        let mut changes = Changes::new(&State::default(), 7);
        changes.put(entry(1));
        changes.remove(&entry(0).to_key());
        assert!(kinds(&changes).is_empty());
    }

    #[test]
    fn nested_changes_are_lost_unless_adopted() {
        let mut changes = Changes::new(&State::default(), 7);
        let mut lost = changes.nested();
        lost.put(entry(1));
        drop(lost);
        assert!(kinds(&changes).is_empty());
        let mut kept = changes.nested();
        kept.put(entry(1));
        changes.adopt(kept);
        assert_eq!(kinds(&changes), ["Created"]);
    }
}
