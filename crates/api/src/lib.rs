#![doc = include_str!("../README.md")]

pub mod audit;
pub mod credentials;
pub mod error;
pub mod events;
pub mod grants;
pub mod key_shares;
pub mod limits;
pub mod messages;
pub mod node;
pub mod profiles;
pub mod relay;
pub mod requests;
pub mod sessions;
pub mod usage;

pub use error::{ErrorBody, ErrorCode, ErrorDetail};
