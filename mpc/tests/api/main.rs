//! Key-share nodes over HTTP: what is asked rightly, wrongly, twice and half-way; nodes that lie, stay silent, or come back from an old backup.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod at_rest;
mod full_disk;
mod hostile_nodes;
mod keys;
mod limits;
mod order;
mod refresh;
mod requests;
mod support;
mod wallet_kinds;
