//! Time.

use near_sdk::env;

/// The time of the block in which this call runs, in Unix seconds. NEAR counts nanoseconds; nothing else here does.
pub fn now() -> u64 {
    env::block_timestamp() / 1_000_000_000
}
