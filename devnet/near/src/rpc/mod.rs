//! The chain over HTTP: NEAR's JSON-RPC at `/`, and blocks in NEAR Lake's shape below `/v0`, as neardata serves them.

mod account;
mod clock;
mod config;
mod devnet;
mod dispatch;
mod held;
mod lake;
mod local;
mod methods;
mod near_sandbox;
mod node;
mod params;
mod server;

pub use account::{FUNDED_ACCOUNTS, FUNDED_BALANCE, FundedAccount};
pub use clock::Clock;
pub use config::{BlockProduction, CHAIN_ID, DevnetConfig, WAIT_TIMEOUT};
pub use devnet::{Devnet, DevnetError};
pub use local::{LocalChain, LocalChainError};
pub use near_sandbox::{NEAR_SANDBOX_BIN_PATH, NearSandbox, NearSandboxError, near_sandbox_binary};
