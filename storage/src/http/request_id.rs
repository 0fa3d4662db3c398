//! Request ids: what was random when the node was started, and a count.

use std::sync::atomic::{AtomicU64, Ordering};

use rand_core::RngCore;

/// Gives out request ids, each once.
pub(super) struct RequestIds {
    start: u64,
    count: AtomicU64,
}

impl RequestIds {
    pub(super) fn new(rng: &mut impl RngCore) -> Self {
        Self { start: rng.next_u64(), count: AtomicU64::new(0) }
    }

    pub(super) fn next(&self) -> String {
        format!("{:016x}-{:x}", self.start, self.count.fetch_add(1, Ordering::Relaxed))
    }
}
