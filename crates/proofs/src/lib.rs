#![doc = include_str!("../README.md")]

mod chain_calls;
mod proofs;

pub use chain_calls::{ChainCallError, ChainCalls, NoChains};
pub use proofs::{ProofError, Proofs};
