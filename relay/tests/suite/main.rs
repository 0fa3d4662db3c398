//! The relay against a chain that the test holds in its hands, and against real ones.
#![allow(
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here is a failed test"
)]

mod chains;
mod crashes;
mod full_disk;
mod http;
mod leaving;
mod support;
mod taking;
mod usage;
