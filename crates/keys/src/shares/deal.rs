//! Splitting a secret.

use crypto_box::aead::rand_core::CryptoRngCore;
use curve25519_dalek::Scalar;
use vsss_rs::{IdentifierPrimeField, Polynomial, shamir::create_shares_from_polynomial_in_place};
use zeroize::Zeroize;

use super::{
    Commitments, Dealing, Share, SharedSecret, SharingError, Terms, Threshold,
    points::{Points, identifier},
    random::Randomness,
};

/// A dealing and what its nodes get.
#[derive(Debug)]
pub struct Dealt {
    /// What the owner's wallet signs.
    pub dealing: Dealing,
    /// One for each node, in the order of their indices.
    pub shares: Vec<Share>,
}

/// Splits `secret` by `terms`.
///
/// # Errors
/// If the epoch is 0.
pub fn deal(
    secret: &SharedSecret,
    terms: Terms,
    rng: &mut impl CryptoRngCore,
) -> Result<Dealt, SharingError> {
    let (commitments, shares) = split(secret.scalar(), terms.threshold, rng)?;
    Ok(Dealt { dealing: Dealing::new(terms, commitments)?, shares })
}

/// A random polynomial of which `constant` is the value at 0: its commitments, and its values at the nodes' indices.
pub(super) fn split(
    constant: &Scalar,
    threshold: Threshold,
    rng: &mut impl CryptoRngCore,
) -> Result<(Commitments, Vec<Share>), SharingError> {
    let required = usize::from(threshold.required());
    let mut polynomial = Points::new(threshold.required());
    let mut constant = IdentifierPrimeField(*constant);
    let filled = polynomial.0.fill(&constant, Randomness(rng), required);
    constant.0.zeroize();
    filled.map_err(|_| SharingError::Threshold)?;

    let mut points = Points::new(threshold.nodes());
    let indices = threshold.indices().map(identifier);
    create_shares_from_polynomial_in_place(&polynomial.0, required, indices, &mut points.0)
        .map_err(|_| SharingError::Threshold)?;
    let shares = threshold.indices().zip(&points.0).map(|(index, point)| Share::new(index, point.value.0));
    Ok((Commitments::of(&polynomial.0), shares.collect()))
}
