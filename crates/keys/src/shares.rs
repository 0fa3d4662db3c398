//! The shared key: a secret that is split among nodes, so that any `t` of `n` rebuild it and fewer learn nothing.
//!
//! [Shamir's sharing](https://dl.acm.org/doi/10.1145/359168.359176) over the scalars of ristretto255
//! ([RFC 9496](https://www.rfc-editor.org/rfc/rfc9496)), with [Feldman's commitments](https://ieeexplore.ieee.org/document/4568297):
//! every share is checked by itself, so a bad one is named and left out. What is shared is a random scalar, never the X25519 key
//! itself: that follows from it ([`SharedSecret::encryption_secret`]), and the commitments tell nothing about it.

mod commitments;
mod deal;
mod dealing;
mod fault;
mod points;
mod random;
mod recovery;
mod refresh;
mod sealed_share;
mod secret;
mod share;
mod threshold;

pub use commitments::Commitments;
pub use deal::{Dealt, deal};
pub use dealing::{Dealing, Terms};
pub use fault::{ShareFault, SharingError};
pub use recovery::{BadShare, Recovered, Recovery, TooFewShares, recover};
pub use refresh::{Refresh, refresh, refreshed};
pub use sealed_share::{SEALED_SHARE_LEN, SealedShare};
pub use secret::{OtherKey, SharedSecret};
pub use share::{SHARE_LEN, Share};
pub use threshold::{MAX_NODES, MIN_THRESHOLD, Threshold};

#[cfg(test)]
mod tests;
