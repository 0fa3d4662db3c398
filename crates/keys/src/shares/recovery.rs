//! Rebuilding the secret from any good shares.

use vsss_rs::{PrimeFieldShare, ReadableShareSet, Share as _};

use super::{
    Dealing, Share, ShareFault, SharedSecret,
    points::{Points, identifier},
};

/// A share that does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadShare {
    /// The node that sent it.
    pub node: u8,
    /// What is wrong with it.
    pub fault: ShareFault,
}

/// The secret, and who would have had another.
#[derive(Debug)]
pub struct Recovered {
    /// The shared secret. Whether it is the profile's is told by [`SharedSecret::encryption_secret_of`].
    pub secret: SharedSecret,
    /// In the order in which they came.
    pub bad: Vec<BadShare>,
}

/// Too few good shares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{good} good shares are here and {required} are required: {} were bad", .bad.len())]
pub struct TooFewShares {
    /// How many are good.
    pub good: u8,
    /// How many are required.
    pub required: u8,
    /// In the order in which they came.
    pub bad: Vec<BadShare>,
}

/// Takes shares as they come, checks each by itself, and is done with the first good ones that suffice.
#[derive(Debug)]
pub struct Recovery<'a> {
    dealing: &'a Dealing,
    good: Vec<Share>,
    bad: Vec<BadShare>,
}

impl<'a> Recovery<'a> {
    /// Of the secret that `dealing` shares.
    pub fn new(dealing: &'a Dealing) -> Self {
        // Room for all of them: a growing list would leave copies behind.
        let good = Vec::with_capacity(usize::from(dealing.threshold().required()));
        Self { dealing, good, bad: Vec::new() }
    }

    /// Takes what the node with the index `node` sent. A good share beyond the required number is dropped.
    ///
    /// # Errors
    /// What is wrong with it; it is noted.
    pub fn offer(&mut self, node: u8, share: Share) -> Result<(), ShareFault> {
        let checked = self.check(node, &share);
        match checked {
            Err(fault) => self.blame(node, fault),
            Ok(()) if self.is_complete() => {}
            Ok(()) => self.good.push(share),
        }
        checked
    }

    fn check(&self, node: u8, share: &Share) -> Result<(), ShareFault> {
        self.dealing.verify(node, share)?;
        let is_there = self.good.iter().any(|good| good.index() == share.index());
        if is_there { Err(ShareFault::Duplicate) } else { Ok(()) }
    }

    /// Notes that `node` sent something that did not even become a share.
    pub fn blame(&mut self, node: u8, fault: ShareFault) {
        self.bad.push(BadShare { node, fault });
    }

    /// Whether there are enough good shares.
    pub fn is_complete(&self) -> bool {
        self.good() >= self.dealing.threshold().required()
    }

    fn good(&self) -> u8 {
        // Never more than are required.
        u8::try_from(self.good.len()).unwrap_or(u8::MAX)
    }

    /// The secret.
    ///
    /// # Errors
    /// If there are too few good shares.
    pub fn finish(self) -> Result<Recovered, TooFewShares> {
        let required = self.dealing.threshold().required();
        let good = self.good();
        let secret = if good < required { None } else { combine(&self.good) };
        match secret {
            Some(secret) => Ok(Recovered { secret, bad: self.bad }),
            None => Err(TooFewShares { good, required, bad: self.bad }),
        }
    }
}

/// The secret that `dealing` shares, from what nodes sent: each with the node's index.
///
/// # Errors
/// If there are too few good shares.
pub fn recover(
    dealing: &Dealing,
    sent: impl IntoIterator<Item = (u8, Share)>,
) -> Result<Recovered, TooFewShares> {
    let mut recovery = Recovery::new(dealing);
    for (node, share) in sent {
        // What is bad is noted.
        recovery.offer(node, share).ok();
    }
    recovery.finish()
}

/// Lagrange's interpolation at 0. Nothing if two shares have the same index.
fn combine(shares: &[Share]) -> Option<SharedSecret> {
    let points = shares.iter().map(|share| {
        PrimeFieldShare::with_identifier_and_value(identifier(share.index()), (*share.value()).into())
    });
    let points = Points(points.collect());
    points.0.combine().ok().map(|secret| SharedSecret::from_scalar(secret.0))
}
