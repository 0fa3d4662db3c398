//! The owner's commands about the key that nodes share, against real nodes: nothing of a live key is ever lost, and nothing of a dead one is left.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

mod brought_along;
mod holdings;
mod kills;
mod naming;
mod scene;
mod wallets;
