//! The clock, as a parameter.

use std::{fmt, sync::Arc};

/// Reads the time, in nanoseconds since 1970. The chain's own time runs ahead of it once somebody moved it forward.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// A clock that reads what `unix_ns` answers.
    pub fn new(unix_ns: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(unix_ns))
    }

    pub(super) fn unix_ns(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.unix_ns()).finish()
    }
}
