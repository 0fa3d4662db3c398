#![doc = include_str!("../README.md")]

pub mod access_grants;
pub mod account;
pub mod credential_status;
mod event;
pub mod members_only;
pub mod method;
pub mod proof;
pub mod refusal;
pub mod storage;
pub mod value;

pub use account::{Account, AccountError, ContractId};
pub use event::EventError;
pub use method::Method;
pub use proof::{KeyProof, KeySignature, WebAuthn};
pub use refusal::Refusal;
pub use value::{Value, ValueError};

/// The most items that a batch may have on Stellar. With the longest accounts, the events of this many fit into the 16 KiB that a transaction may
/// emit.
pub const MAX_BATCH: usize = 50;
