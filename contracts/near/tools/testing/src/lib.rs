//! For tests of the contracts in process.

pub mod snapshot;
pub mod world;

pub use world::{BYTE, NOW, World, account, data};
