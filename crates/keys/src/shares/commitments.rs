//! Feldman's commitments: the generator times each coefficient of the polynomial. They are public.

use curve25519_dalek::{RistrettoPoint, ristretto::CompressedRistretto, traits::IsIdentity};
use serde::{Deserialize, Serialize};

use super::{MAX_NODES, MIN_THRESHOLD, Share, ShareFault, SharingError, points::Point};

const ELEMENT_LEN: usize = 32;

/// As many group elements as shares are required. In JSON an array of strings of 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Commitments(Vec<RistrettoPoint>);

impl Commitments {
    /// Those of a polynomial.
    pub(super) fn of(coefficients: &[Point]) -> Self {
        // The library keeps the constant term as the first one's value, and the others as identifiers.
        let constant = coefficients.iter().take(1).map(|first| &first.value.0);
        let others = coefficients.iter().skip(1).map(|other| &other.identifier.0);
        Self(constant.chain(others).map(RistrettoPoint::mul_base).collect())
    }

    /// How many shares rebuild what is shared.
    pub fn threshold(&self) -> u8 {
        // There are no more than MAX_NODES.
        u8::try_from(self.0.len()).unwrap_or(MAX_NODES)
    }

    /// Whether `share` is the one that they commit to.
    ///
    /// # Errors
    /// [`ShareFault::WrongCommitment`].
    pub fn verify(&self, share: &Share) -> Result<(), ShareFault> {
        if share.commitment() == self.at(share.index()) { Ok(()) } else { Err(ShareFault::WrongCommitment) }
    }

    // Horner's method. Index and commitments are public, so it may take the time that it takes: no full scalar multiplication.
    fn at(&self, index: u8) -> RistrettoPoint {
        let step = |sum: RistrettoPoint, commitment: &RistrettoPoint| times(sum, index) + commitment;
        self.0.iter().rev().fold(RistrettoPoint::default(), step)
    }

    /// Those of the sum of both polynomials.
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one + other).collect())
    }

    /// Whether they are of a sharing that hides a secret: not that of zero, and of no lower degree than it says.
    pub(super) fn hide_a_secret(&self) -> bool {
        let ends = [self.0.first(), self.0.last()];
        ends.iter().flatten().all(|end| !end.is_identity())
    }

    /// Whether they are of a sharing of zero.
    pub(super) fn share_zero(&self) -> bool {
        self.0.first().is_some_and(IsIdentity::is_identity)
    }

    /// The elements, 32 bytes each, in their order.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|element| element.compress().to_bytes()).collect()
    }

    /// Reads what [`Self::to_bytes`] writes.
    ///
    /// # Errors
    /// If these are not that many elements of the group, each in its one encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SharingError> {
        let (elements, rest) = bytes.as_chunks::<ELEMENT_LEN>();
        let bounds = usize::from(MIN_THRESHOLD)..=usize::from(MAX_NODES);
        if !rest.is_empty() || !bounds.contains(&elements.len()) {
            return Err(SharingError::Commitments);
        }
        let elements = elements.iter().map(|bytes| CompressedRistretto(*bytes).decompress());
        elements.collect::<Option<_>>().map(Self).ok_or(SharingError::Commitments)
    }
}

/// `index` times `point`, in public time.
fn times(point: RistrettoPoint, index: u8) -> RistrettoPoint {
    let mut product = RistrettoPoint::default();
    for bit in (0..u8::BITS - index.leading_zeros()).rev() {
        product = product + product;
        if (index >> bit) & 1 == 1 {
            product += point;
        }
    }
    product
}

impl From<Commitments> for Vec<String> {
    fn from(commitments: Commitments) -> Self {
        commitments.0.iter().map(|element| hex::encode(element.compress().as_bytes())).collect()
    }
}

impl TryFrom<Vec<String>> for Commitments {
    type Error = SharingError;

    fn try_from(texts: Vec<String>) -> Result<Self, Self::Error> {
        if texts.len() > usize::from(MAX_NODES) {
            return Err(SharingError::Commitments);
        }
        let mut bytes = vec![0; texts.len() * ELEMENT_LEN];
        for (text, element) in texts.iter().zip(bytes.as_chunks_mut::<ELEMENT_LEN>().0) {
            hex::decode_to_slice(text, element).map_err(|_| SharingError::Commitments)?;
        }
        Self::from_bytes(&bytes)
    }
}
