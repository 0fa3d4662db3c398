//! The contract in process, on soroban-sdk's test network. The same contract as wasm on a whole network is tested by `contracts/stellar/bindings`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod authorization;
mod history;
mod model;
mod set_status;
mod set_status_words;
mod snapshots;
mod support;
mod ttl;
mod vectors;
