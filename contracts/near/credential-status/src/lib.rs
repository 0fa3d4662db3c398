#![doc = include_str!("../README.md")]

mod contract;
mod refusal;
mod verbs;
mod word;

pub use contract::{CredentialStatus, CredentialStatusExt, WordChange};
pub use refusal::Refusal;
pub use word::{LIST_SIZE, Purpose, Status, WORD_COST, WordKey};
