//! The network over HTTP: Stellar RPC at `/rpc` and `/`, friendbot at `/friendbot`.

mod account;
mod clock;
mod config;
mod cursor;
mod devnet;
mod dispatch;
mod error;
mod format;
mod friendbot;
mod held;
mod local;
mod message;
mod methods;
mod node;
mod params;
mod public_chain;
mod public_network;
mod server;

pub use account::{FUNDED_ACCOUNTS, FundedAccount};
pub use clock::Clock;
pub use config::{DevnetConfig, LedgerClosing, PASSPHRASE, RETENTION_LEDGERS, WAIT_TIMEOUT};
pub use devnet::{Devnet, DevnetError};
pub use friendbot::FRIENDBOT_STROOPS;
pub use local::{LocalChain, LocalChainError};
pub use public_chain::PublicChain;
pub use public_network::{
    PublicNetwork, PublicNetworkError, STELLAR_FRIENDBOT_URL, STELLAR_NETWORK_PASSPHRASE, STELLAR_RPC_URL,
    public_network,
};
