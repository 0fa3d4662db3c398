//! What time it is.

use soroban_sdk::Env;

/// The time of the ledger's close, in Unix seconds.
#[cfg(not(target_family = "wasm"))]
pub fn now(env: &Env) -> u64 {
    env.ledger().timestamp()
}

/// The same, asked of the host directly: soroban-sdk's would bring the texts of its panic, a kilobyte.
#[cfg(target_family = "wasm")]
#[inline(never)]
pub fn now(_: &Env) -> u64 {
    use soroban_env_guest::{Env as _, Guest, TryFromVal};

    use crate::trap::OrTrap;

    let Ok(now) = Guest.get_ledger_timestamp();
    u64::try_from_val(&Guest, &now).ok().or_trap()
}
