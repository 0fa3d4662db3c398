#![doc = include_str!("../README.md")]

pub mod audit;
pub mod chain;
pub mod consumer;
mod contracts;
pub mod did_web;
pub mod encryption;
mod error;
pub mod events;
pub mod issuer;
pub mod key_shares;
pub mod memory;
pub mod node;
pub mod owner;
pub mod pages;
pub mod password_strength;
pub mod past_keys;
mod proof;
pub mod receipt;
pub mod relay;
pub mod requests;
pub mod session;
pub mod status_lists;
pub mod wallet;

pub use chain::ChainError;
pub use error::ClientError;
pub use node::Node;
pub use session::Session;
pub use status_lists::StatusLists;
pub use wallet::{EvmWallet, NearWallet, Signer, SigningWallet, StellarWallet, XrplWallet};
