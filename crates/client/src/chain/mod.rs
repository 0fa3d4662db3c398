//! What clients do on chains: send the verbs of the contracts, and ask them.

mod error;
pub mod evm;

pub use error::ChainError;
