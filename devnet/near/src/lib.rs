#![doc = include_str!("../README.md")]

pub mod chain;
pub mod rpc;

pub use rpc::{
    BlockProduction, Clock, Devnet, DevnetConfig, DevnetError, FundedAccount, LocalChain, LocalChainError,
};
