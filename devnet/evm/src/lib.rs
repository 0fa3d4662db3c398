#![doc = include_str!("../README.md")]

mod anvil;

pub use anvil::{Anvil, AnvilError, BlockTime, CHAIN_ID, FUNDED_KEYS};
