//! Making a block: transactions become receipts, receipts run, and what they cost and change is kept.

mod apply;
mod data;
mod execute;
mod refund;
pub(crate) mod yields;

pub(crate) use apply::{Applied, Work, apply};

use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;

use super::protocol::Protocol;

/// The block that is being made, or looked at.
pub(crate) struct BlockContext<'a> {
    pub protocol: &'a Protocol,
    pub height: BlockHeight,
    pub timestamp_ns: u64,
    pub random_seed: CryptoHash,
}
