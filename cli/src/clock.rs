//! The one place that reads the clock; everything below takes the time as a parameter.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds.
#[allow(clippy::disallowed_methods, reason = "the binary owns the clock")]
pub fn now() -> u64 {
    // A clock before 1970 reads as 1970: everything signed is then expired, and nothing is unlocked early.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
