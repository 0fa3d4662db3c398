//! The contract in process, on near-sdk's mocked chain. The same contract in the virtual machine is tested by `contracts/near/bindings`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod batches;
mod create_grant;
mod deposits;
mod extend_timelock;
mod history;
mod money;
mod revoke_grant;
mod snapshots;
mod support;
