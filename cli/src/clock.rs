//! The one place that reads the clock; everything below takes the time as a parameter.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds.
pub fn now() -> u64 {
    since_1970().as_secs()
}

/// Nanoseconds since 1970.
pub fn unix_ns() -> u64 {
    u64::try_from(since_1970().as_nanos()).unwrap_or(u64::MAX)
}

#[allow(clippy::disallowed_methods, reason = "the clock that every other part is given")]
fn since_1970() -> std::time::Duration {
    // A clock before 1970 reads as 1970: everything signed is then expired, and nothing is unlocked early.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
