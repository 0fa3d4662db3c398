//! The network from outside: transactions go in, ledgers come out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod accounts;
mod archival;
mod artifacts;
mod authorization;
mod conservation;
mod contracts;
mod envelopes;
mod fee_bumps;
mod ledgers;
mod limits;
mod options;
mod payments;
mod preconditions;
mod signatures;
mod simulation;
mod support;
