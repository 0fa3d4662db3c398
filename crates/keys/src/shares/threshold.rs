//! How many nodes, and how many of them rebuild the secret.

use super::SharingError;

/// The fewest shares that may rebuild a secret: one would be the secret itself.
pub const MIN_THRESHOLD: u8 = 2;

/// The most nodes among which a secret is split.
pub const MAX_NODES: u8 = 16;

/// `t` of `n`: [`MIN_THRESHOLD`] <= t <= n <= [`MAX_NODES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    required: u8,
    nodes: u8,
}

impl Threshold {
    /// 3 of 5: two nodes may be lost, and two may be thieves.
    pub const DEFAULT: Self = Self { required: 3, nodes: 5 };

    /// `required` of `nodes`.
    ///
    /// # Errors
    /// If they are out of bounds.
    pub fn new(required: u8, nodes: u8) -> Result<Self, SharingError> {
        if MIN_THRESHOLD <= required && required <= nodes && nodes <= MAX_NODES {
            Ok(Self { required, nodes })
        } else {
            Err(SharingError::Threshold)
        }
    }

    /// How many shares rebuild the secret.
    pub fn required(self) -> u8 {
        self.required
    }

    /// How many shares there are.
    pub fn nodes(self) -> u8 {
        self.nodes
    }

    /// The nodes' indices, from 1.
    pub fn indices(self) -> impl Iterator<Item = u8> {
        1..=self.nodes
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self::DEFAULT
    }
}
