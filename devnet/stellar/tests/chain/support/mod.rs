//! A network and people who use it.

pub mod auth;
pub mod contract;
pub mod event;
pub mod operation;
pub mod world;

pub use contract::Deployed;
pub use world::{LUMEN, World, account_id, key};
