//! A new sharing of the same secret, without rebuilding it: what was stolen before is worth nothing together with what is stolen after.
//!
//! The owner shares zero, each node adds what it gets to its share, and the sum is a sharing of the same secret by another polynomial.

use crypto_box::aead::rand_core::CryptoRngCore;
use curve25519_dalek::Scalar;

use super::{Commitments, Dealing, Share, ShareFault, SharingError, Terms, deal::split};

/// A sharing of zero, and the dealing that it leads to.
#[derive(Debug)]
pub struct Refresh {
    /// The dealing after it: what the owner's wallet signs.
    pub dealing: Dealing,
    /// Those of the sharing of zero; every node gets them.
    pub commitments: Commitments,
    /// What each node adds, in the order of their indices.
    pub additions: Vec<Share>,
}

/// A refresh of `dealing`.
///
/// # Errors
/// If there is no next epoch.
pub fn refresh(dealing: &Dealing, rng: &mut impl CryptoRngCore) -> Result<Refresh, SharingError> {
    let (commitments, additions) = split(&Scalar::ZERO, dealing.threshold(), rng)?;
    Ok(Refresh { dealing: next(dealing, &commitments)?, commitments, additions })
}

/// The dealing after the refresh by `commitments`.
fn next(dealing: &Dealing, commitments: &Commitments) -> Result<Dealing, SharingError> {
    if !commitments.share_zero() || commitments.threshold() != dealing.threshold().required() {
        return Err(SharingError::NotARefresh);
    }
    let epoch = dealing.epoch().checked_add(1).ok_or(SharingError::Epoch)?;
    Dealing::new(Terms { epoch, ..*dealing.terms() }, dealing.commitments().plus(commitments))
}

/// What becomes of a node's `share` of `dealing`: its share of the next dealing, and that dealing. The node compares its digest with the
/// signed one.
///
/// # Errors
/// If this is no refresh, or the share, or what is added to it, is not what it is committed to.
pub fn refreshed(
    dealing: &Dealing,
    share: &Share,
    commitments: &Commitments,
    addition: &Share,
) -> Result<(Dealing, Share), SharingError> {
    let next = next(dealing, commitments)?;
    dealing.verify(share.index(), share)?;
    if addition.index() != share.index() {
        return Err(ShareFault::OtherIndex.into());
    }
    commitments.verify(addition)?;
    Ok((next, Share::new(share.index(), share.value() + addition.value())))
}
