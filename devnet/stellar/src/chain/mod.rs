//! The network itself: ledger entries, transactions and ledgers, in memory. No I/O and no clock: the caller says what
//! time a ledger closes at, and nothing happens between two ledgers.
//!
//! One validator, no consensus: a transaction that was taken ([`Network::submit`]) is applied by the next
//! [`Network::close_ledger`] and is final. As on the network, a ledger takes all fees first, then applies what is not
//! about contracts, then contract transactions, and gives unused fees back at the end; within each, here, in the order
//! of submission. Contracts run in Soroban's own host (`soroban-env-host`), simulations are `soroban-simulation`'s, and
//! limits, fees and lifetimes are mainnet's ([`Settings`]).
//!
//! # What it does not do
//! It refuses by name, in a diagnostic event beside the code:
//!
//! - V0 envelopes (`TxNotSupported`);
//! - every operation but `CreateAccount`, `Payment` of lumens, `SetOptions`, `InvokeHostFunction`,
//!   `ExtendFootprintTtl` and `RestoreFootprint` (`OpNotSupported`), so that there are no trust lines, offers,
//!   sponsorships or claimable balances;
//! - contracts of other assets than lumens (`InvokeHostFunction` `Malformed`).
//!
//! Bucket lists are not kept: `bucket_list_hash` is a chain of hashes over what each ledger wrote. Archived entries stay
//! where they are; temporary ones are dropped as soon as they are over. The window of state sizes, which would raise
//! rent on a network with gigabytes of contract data, stays empty. Validators' signatures, upgrades of settings, and
//! skip lists do not exist. The instructions of a ledger are counted as if nothing ran in parallel.

mod apply;
mod bytes;
mod close;
mod context;
mod diagnostics;
mod envelope;
mod events;
mod eviction;
mod fees;
mod genesis;
mod ledger;
mod meta;
mod network;
mod outcome;
mod pool;
mod settings;
mod simulation;
mod soroban;
mod state;
mod status;
mod validate;

pub use genesis::{Genesis, GenesisError};
pub use ledger::{AppliedTransaction, Ledger, StoredEntry};
pub use network::Network;
pub use settings::Settings;
pub use simulation::{
    AuthMode, RestorePreamble, SimulateOptions, SimulatedInvocation, Simulation, StateChange,
};
pub use status::{ChainError, NotTaken, TransactionStatus};
