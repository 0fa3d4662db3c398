//! Request ids: what was random when the node was started, and a count.

use std::sync::atomic::{AtomicU64, Ordering};

use rand_core::RngCore;

/// Gives out request ids, each once.
pub(crate) struct RequestIds {
    start: u64,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(rng: &mut impl RngCore) -> Self {
        Self { start: rng.next_u64(), count: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> String {
        format!("{:016x}-{:x}", self.start, self.count.fetch_add(1, Ordering::Relaxed))
    }
}
