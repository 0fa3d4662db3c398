//! Randomness that a failed run can be repeated with.

use rand::RngCore;

/// `IDOS_SEED`, or a fresh one; printed, so that a failed run can be repeated.
pub fn seed() -> u64 {
    let named = std::env::var("IDOS_SEED").ok().and_then(|text| text.parse().ok());
    let seed = named.unwrap_or_else(|| rand::rng().next_u64());
    println!("IDOS_SEED={seed}");
    seed
}
