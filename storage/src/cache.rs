//! A bounded cache that cannot keep what was true before a change.
//!
//! A value is read from the database while somebody else changes it; put into an ordinary cache afterwards, the old value would stay. Here every
//! value carries the *stamp* of its key as it was before the value was read, and a change moves the stamp: an old value is then never returned.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use moka::sync::Cache;

/// Keys share this many stamps: a change makes one in so many values of other keys be read again, which is harmless.
const STAMPS: usize = 1024;

/// What a key's stamp was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

/// A cache bounded by weight.
pub(crate) struct StampedCache<K, V> {
    values: Cache<K, (Stamp, V)>,
    stamps: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl<K, V> StampedCache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache of at most `max` values.
    pub(crate) fn with_entries(max: u64) -> Self {
        Self::new(Cache::new(max))
    }

    /// A cache of values whose weights are at most `max` together.
    pub(crate) fn with_weight(max: u64, weight: fn(&V) -> u32) -> Self {
        Self::new(Cache::builder().max_capacity(max).weigher(move |_, (_, value)| weight(value)).build())
    }

    fn new(values: Cache<K, (Stamp, V)>) -> Self {
        let stamps = (0..STAMPS).map(|_| AtomicU64::new(0)).collect();
        Self { values, stamps, hasher: RandomState::new() }
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
        self.values.invalidate(key);
    }

    /// Forgets everything.
    pub(crate) fn forget_all(&self) {
        for stamp in &self.stamps {
            stamp.fetch_add(1, Ordering::AcqRel);
        }
        self.values.invalidate_all();
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
        let cache = StampedCache::with_weight(100, |value: &Vec<u8>| value.len() as u32);
        for key in 0..100 {
            cache.put(key, cache.stamp(&key), vec![0; 10]);
        }
        cache.values.run_pending_tasks();
        assert!(cache.values.weighted_size() <= 100);
    }
}
