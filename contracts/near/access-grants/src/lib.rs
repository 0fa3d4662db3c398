#![doc = include_str!("../README.md")]

mod contract;
mod grant;
mod refusal;
mod verbs;

pub use contract::{AccessGrants, AccessGrantsExt, GrantRef, NewGrant};
pub use grant::{GRANT_COST, Grant, GrantKey};
pub use refusal::Refusal;
pub use verbs::MAX_TIMELOCK_SECS;
