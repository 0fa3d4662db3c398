//! One node's share.

use std::fmt;

use curve25519_dalek::{RistrettoPoint, Scalar};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{MAX_NODES, ShareFault};

/// Bytes of a share: the index, and the scalar in little-endian order.
pub const SHARE_LEN: usize = 33;

/// The polynomial's value at a node's index. It is wiped when dropped, compared in constant time and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Share {
    #[zeroize(skip)]
    index: u8,
    value: Scalar,
}

impl Share {
    pub(super) fn new(index: u8, value: Scalar) -> Self {
        Self { index, value }
    }

    /// Which node's: 1 to [`MAX_NODES`].
    pub fn index(&self) -> u8 {
        self.index
    }

    pub(super) fn value(&self) -> &Scalar {
        &self.value
    }

    /// `index (1 byte) || scalar (32 bytes, little-endian)`.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SHARE_LEN]> {
        let mut bytes = Zeroizing::new([self.index; SHARE_LEN]);
        bytes[1..].copy_from_slice(self.value.as_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] writes.
    ///
    /// # Errors
    /// [`ShareFault::Malformed`] if it is of another length or the scalar is not below the group's order,
    /// [`ShareFault::IndexOutOfRange`] for an index that no dealing has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ShareFault> {
        let (&index, scalar) = bytes.split_first().ok_or(ShareFault::Malformed)?;
        let scalar = Zeroizing::new(<[u8; 32]>::try_from(scalar).map_err(|_| ShareFault::Malformed)?);
        let value = Option::from(Scalar::from_canonical_bytes(*scalar)).ok_or(ShareFault::Malformed)?;
        if !(1..=MAX_NODES).contains(&index) {
            return Err(ShareFault::IndexOutOfRange);
        }
        Ok(Self { index, value })
    }

    /// What the commitments must say about it.
    pub(super) fn commitment(&self) -> RistrettoPoint {
        RistrettoPoint::mul_base(&self.value)
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        (self.index.ct_eq(&other.index) & self.value.ct_eq(&other.value)).into()
    }
}

impl Eq for Share {}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({}, ..)", self.index)
    }
}
