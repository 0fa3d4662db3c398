//! The devnet as its users meet it: through Stellar's own clients, unchanged, and through plain HTTP where a client would
//! not let bad input out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod bad_input;
mod binary;
mod closing;
mod contracts;
mod control;
mod events;
mod friendbot;
mod local_chain;
mod methods;
mod pages;
mod shapes;
mod stellar_sdk_js;
mod support;
mod transactions;
