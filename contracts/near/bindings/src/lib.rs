#![doc = include_str!("../README.md")]

pub mod access_grants;
pub mod bytes32;
pub mod credential_status;
mod decimal;
mod event;
pub mod members_only;
pub mod method;
pub mod refusal;
pub mod storage;

pub use bytes32::Bytes32;
pub use event::{EVENT_PREFIX, EventError};
pub use method::Method;
pub use refusal::Refusal;

/// The most items that a batch may have on NEAR. With the longest account ids, the events of this many fit into the 16 KiB of logs that a
/// receipt may write.
pub const MAX_BATCH: usize = 60;
