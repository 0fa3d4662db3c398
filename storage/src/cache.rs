//! A bounded cache that cannot keep what was true before a change.
//!
//! A value is read from the database while somebody else changes it; put into an ordinary cache afterwards, the old value would stay. Here every
//! value carries the *stamp* of its key as it was before the value was read, and a change moves the stamp: an old value is then never returned.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use quick_cache::{Weighter, sync::Cache};

/// Keys share this many stamps: a change makes one in so many values of other keys be read again, which is harmless.
const STAMPS: usize = 1024;

/// What a key's stamp was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

/// How much a value counts towards what a cache may hold.
#[derive(Clone, Copy)]
struct Weight<V>(fn(&V) -> u64);

impl<K, V> Weighter<K, (Stamp, V)> for Weight<V> {
    fn weight(&self, _: &K, (_, value): &(Stamp, V)) -> u64 {
        self.0(value)
    }
}

/// A cache bounded by weight.
pub(crate) struct StampedCache<K, V> {
    values: Cache<K, (Stamp, V), Weight<V>, RandomState>,
    stamps: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl<K: Hash + Eq, V: Clone> StampedCache<K, V> {
    /// A cache of at most `max` values.
    pub(crate) fn with_entries(max: usize) -> Self {
        Self::new(max, max as u64, |_| 1)
    }

    /// A cache of about `values` values, whose weights are at most `max` together.
    pub(crate) fn with_weight(values: usize, max: u64, weight: fn(&V) -> u64) -> Self {
        Self::new(values, max, weight)
    }

    fn new(values: usize, max: u64, weight: fn(&V) -> u64) -> Self {
        // Strangers choose keys: they are hashed under a secret.
        let hasher = RandomState::new();
        Self {
            values: Cache::with(values, max, Weight(weight), hasher.clone(), Default::default()),
            stamps: (0..STAMPS).map(|_| AtomicU64::new(0)).collect(),
            hasher,
        }
    }

    /// The value, if it is still true.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let (stamp, value) = self.values.get(key)?;
        (stamp == self.stamp(key)).then_some(value)
    }

    /// To be taken *before* the value is read from where it is kept.
    pub(crate) fn stamp(&self, key: &K) -> Stamp {
        Stamp(self.cell(key).load(Ordering::Acquire))
    }

    /// Keeps a value that was read after `stamp` was taken.
    pub(crate) fn put(&self, key: K, stamp: Stamp, value: V) {
        self.values.insert(key, (stamp, value));
    }

    /// To be called *after* a change was committed, and before it is answered.
    pub(crate) fn forget(&self, key: &K) {
        self.cell(key).fetch_add(1, Ordering::AcqRel);
        self.values.remove(key);
    }

    /// Forgets everything.
    pub(crate) fn forget_all(&self) {
        for stamp in &self.stamps {
            stamp.fetch_add(1, Ordering::AcqRel);
        }
        self.values.clear();
    }

    fn cell(&self, key: &K) -> &AtomicU64 {
        let index = self.hasher.hash_one(key) as usize % STAMPS;
        &self.stamps[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_read_before_a_change_is_not_returned_after_it() {
        let cache = StampedCache::with_entries(10);
        let stamp = cache.stamp(&"key");
        cache.forget(&"key");
        cache.put("key", stamp, "old");
        assert_eq!(cache.get(&"key"), None);

        cache.put("key", cache.stamp(&"key"), "new");
        assert_eq!(cache.get(&"key"), Some("new"));
        cache.forget_all();
        assert_eq!(cache.get(&"key"), None);
    }

    #[test]
    fn the_weight_is_bounded() {
        let cache = StampedCache::with_weight(10, 100, |value: &Vec<u8>| value.len() as u64);
        for key in 0..100 {
            cache.put(key, cache.stamp(&key), vec![0; 10]);
        }
        assert!(cache.values.weight() <= 100);
    }
}
