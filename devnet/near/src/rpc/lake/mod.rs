//! Blocks in the shape of NEAR Lake, at the paths of neardata: the block, its shard with chunk and execution outcomes, and
//! with each outcome the transaction that led to it.

mod origins;
mod routes;
mod source;

pub(super) use origins::ReceiptOrigins;
pub(super) use routes::routes;
pub(super) use source::{BlockSource, Untold, tell};
