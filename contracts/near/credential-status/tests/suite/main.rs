//! The contract in process, on near-sdk's mocked chain. The same contract in the virtual machine is tested by `contracts/near/bindings`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod deposits;
mod history;
mod set_status;
mod set_status_words;
mod snapshots;
mod support;
