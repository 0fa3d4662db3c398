//! The devnet as its users meet it: through NEAR's own clients, unchanged, and through plain HTTP where a client would not
//! let bad input out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod bad_input;
mod binary;
mod lake;
mod methods;
mod near_api_js;
mod near_sandbox;
mod production;
mod sandbox;
mod shapes;
mod support;
mod transactions;
