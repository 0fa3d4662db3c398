//! For tests: keys and what they sign, a network with one contract, snapshots, vectors.

pub mod keys;
pub mod snapshot;
pub mod text;
pub mod vectors;
pub mod world;

pub use keys::{Key, Signed};
pub use world::World;
