#![doc = include_str!("../README.md")]

pub mod config;
mod engine;
pub mod source;

pub use config::{ChainConfig, ConfigError, Finality};
pub use engine::{Indexer, IndexerError};
