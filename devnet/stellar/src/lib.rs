#![doc = include_str!("../README.md")]

pub mod chain;
pub mod rpc;

pub use rpc::{
    Clock, Devnet, DevnetConfig, DevnetError, FundedAccount, LedgerClosing, LocalChain, LocalChainError,
    PublicNetwork, public_network,
};
