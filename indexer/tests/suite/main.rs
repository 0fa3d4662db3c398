//! The indexer against real chains, against RPCs that fail and lie, and against thousands of random misfortunes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod finality;
mod follow;
mod lies;
mod near;
mod reorgs;
mod rpcs;
mod simulation;
mod stellar;
mod support;
