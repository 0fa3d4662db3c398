//! An issuer's side, through the binary: issuing that is killed and goes on, notes and statuses that outlive the original, and shares that move to what
//! replaces a credential, or that were interrupted.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here is a failed test"
)]

mod cast;
mod journal;
mod outliving;
mod replace;
mod schema;
mod sharing;
