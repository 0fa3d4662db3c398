//! A hostile node: whatever it swaps, forges, brings back, hides or never ends, the client refuses, and says why.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

mod content;
mod contracts;
mod endless;
mod holders;
mod issuing;
mod keys;
mod one_chain;
mod originals;
mod own_data;
mod receipts;
mod requests;
mod statuses;
mod world;
mod writes;
