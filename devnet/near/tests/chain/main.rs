//! The chain against what NEAR's protocol says.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod accounts;
mod contracts;
mod delegates;
mod history;
mod keys;
mod money;
mod promises;
mod transactions;
mod views;
mod world;
