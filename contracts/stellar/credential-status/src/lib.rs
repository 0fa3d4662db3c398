#![no_std]
#![doc = include_str!("../README.md")]

mod contract;
mod event;
mod messages;
mod verbs;
mod word;

pub use contract::{CredentialStatus, CredentialStatusClient};
pub use event::StatusChanged;
pub use messages::WordChange;
pub use word::{LIST_SIZE, Purpose, Status};
