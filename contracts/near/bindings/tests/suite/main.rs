//! The contracts as they are deployed, in NEAR's own virtual machine with the protocol's parameters.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod artifacts;
mod bad_input;
mod batches;
mod gas;
mod members_only;
mod model;
mod money;
mod relayer;
mod vectors;
mod world;
