//! Messages, structs and signatures as another party sees them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod near;
mod refusals;
mod share_request;
mod stellar;
mod support;
mod vectors;
