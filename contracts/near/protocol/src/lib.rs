#![doc = include_str!("../README.md")]

pub mod bytes32;
pub mod clock;
pub mod deposits;
pub mod event;
pub mod history;
pub mod record;

pub use bytes32::Bytes32;
