//! How long entries stay alive. What ends is not lost: an archived entry is restored by the next transaction that names it.
//!
//! The contract's own entries are not extended here: its code costs a thousand times a grant's rent, and no owner should meet that bill by chance.
//! Anyone extends them by the network's own operation.

use soroban_sdk::{Env, IntoVal, Val};

/// An entry that many calls touch is extended once it has lost this much, so that not every call pays for it: 30 days of 5 seconds.
const SLACK_LEDGERS: u32 = 30 * 24 * 60 * 60 / 5;

/// Keeps a persistent entry for as long as the network allows: half a year, where it must be paid for a third of a year anyway.
pub fn keep(env: &Env, key: &impl IntoVal<Env, Val>) {
    let max = env.storage().max_ttl();
    env.storage().persistent().extend_ttl(key, max.saturating_sub(SLACK_LEDGERS), max);
}

/// The same, without slack: for who asks and pays for it.
pub fn extend(env: &Env, key: &impl IntoVal<Env, Val>) {
    let max = env.storage().max_ttl();
    env.storage().persistent().extend_ttl(key, max, max);
}
