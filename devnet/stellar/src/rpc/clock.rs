//! The clock, as a parameter.

use std::{fmt, sync::Arc};

/// Reads the time, in Unix seconds. The network's own time runs ahead of it once somebody moved it forward, and while
/// ledgers close more often than once a second.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// A clock that reads what `unix_seconds` answers.
    pub fn new(unix_seconds: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(unix_seconds))
    }

    pub(super) fn unix_seconds(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.unix_seconds()).finish()
    }
}
