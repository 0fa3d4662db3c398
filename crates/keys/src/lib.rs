#![doc = include_str!("../README.md")]

pub mod encryption_key;
pub mod password;
pub mod sealed_box;
pub mod shares;

pub use encryption_key::{EncryptionKey, EncryptionSecret, KeyError};
pub use password::Kdf;
pub use sealed_box::Sealed;
