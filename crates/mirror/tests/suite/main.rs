//! The mirror on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod feed;
mod forks;
mod mirror;
mod near;
mod support;
