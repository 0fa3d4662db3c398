//! Blocks, as far as a mirror needs to know them.

use std::{fmt, str::FromStr};

use idos_grants::HistoryHead;

/// What identifies a block, whatever its number: 32 bytes, printed as `0x` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHash(pub [u8; 32]);

impl fmt::Display for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BlockHash {
    type Err = BlockHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        let digits = text.strip_prefix("0x").ok_or(BlockHashError)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| BlockHashError)?;
        Ok(Self(bytes))
    }
}

/// A text that is not a [`BlockHash`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a block hash is 0x and 64 hex digits")]
pub struct BlockHashError;

/// One block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRef {
    /// Its height.
    pub number: u64,
    /// Its identity.
    pub hash: BlockHash,
    /// Its time, in Unix seconds.
    pub time: u64,
}

/// A block, and the hash over everything that the contract had said by its end: a place to roll back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// The block.
    pub block: BlockRef,
    /// The contract's history head after it.
    pub head: HistoryHead,
}
