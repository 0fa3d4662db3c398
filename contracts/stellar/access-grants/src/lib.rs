#![no_std]
#![doc = include_str!("../README.md")]

mod contract;
mod event;
mod grant;
mod items;
mod verbs;
mod write_grant;

pub use contract::{AccessGrants, AccessGrantsClient};
pub use event::{GrantCreated, GrantRevoked, TimelockExtended};
pub use grant::{Grant, MAX_TIMELOCK_SECS};
pub use items::{GrantRef, NewGrant};
pub use write_grant::WriteGrant;
