#![no_std]
#![doc = include_str!("../README.md")]

pub mod account;
#[cfg(target_family = "wasm")]
mod account_val;
pub mod call;
pub mod clock;
pub mod encoding;
pub mod history;
pub mod nonce;
pub mod proof;
pub mod refusal;
#[cfg(target_family = "wasm")]
mod refusal_val;
mod sha512;
pub mod text;
mod trap;
pub mod ttl;
pub mod webauthn;

pub use account::Account;
pub use proof::{KeyProof, KeySignature};
pub use refusal::Refusal;
pub use webauthn::WebAuthn;

/// The most items that a batch may have: with the longest accounts, the events of this many fit into the 16 KiB that a transaction may emit.
pub const MAX_BATCH: u32 = 50;

/// Refuses a batch without items, or with more than [`MAX_BATCH`].
pub fn check_batch(size: u32) -> Result<(), Refusal> {
    match size {
        0 => Err(Refusal::EmptyBatch),
        1..=MAX_BATCH => Ok(()),
        _ => Err(Refusal::BatchTooLarge),
    }
}
