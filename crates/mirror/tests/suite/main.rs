//! The mirror on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod batches;
mod contracts;
mod feed;
mod forks;
mod grants;
mod lists;
mod near;
mod rolling_back;
mod statuses;
mod support;
