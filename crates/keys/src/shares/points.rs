//! The polynomial and the shares as the sharing library takes them, in memory that is wiped.

use curve25519_dalek::Scalar;
use vsss_rs::{IdentifierPrimeField, PrimeFieldShare};
use zeroize::Zeroize;

pub(super) type Point = PrimeFieldShare<Scalar>;

/// Secret points, or the coefficients of a polynomial. Their number never changes, so no copy is left behind by a move.
pub(super) struct Points(pub(super) Vec<Point>);

impl Points {
    pub(super) fn new(count: u8) -> Self {
        Self(vec![Point::default(); usize::from(count)])
    }
}

impl Drop for Points {
    fn drop(&mut self) {
        for point in &mut self.0 {
            point.identifier.0.zeroize();
            point.value.0.zeroize();
        }
    }
}

/// A node's index as a scalar.
pub(super) fn identifier(index: u8) -> IdentifierPrimeField<Scalar> {
    IdentifierPrimeField(Scalar::from(index))
}
