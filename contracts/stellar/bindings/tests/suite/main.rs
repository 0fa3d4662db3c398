//! The contracts as wasm, on a whole local network with mainnet's limits and fees.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod archival;
mod artifacts;
mod authorization;
mod bad_input;
mod bare_keys;
mod batches;
mod costs;
#[path = "../../../tools/testing/src/keys.rs"]
mod keys;
mod members_only;
mod model;
mod outcome;
mod vectors;
mod world;
