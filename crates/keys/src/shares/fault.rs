//! Why a share does not count, and why nothing is shared. No text here holds anything secret.

use serde::{Deserialize, Serialize};

use super::{MAX_NODES, MIN_THRESHOLD};

/// What is wrong with a share that a node sent. In JSON its name: `"wrong_commitment"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ShareFault {
    /// Not an index and a scalar below the group's order.
    #[error("what it sent is not a share")]
    Malformed,
    /// An index that the dealing does not have.
    #[error("the share's index is not one of the dealing's")]
    IndexOutOfRange,
    /// The share of another node.
    #[error("the share is another node's")]
    OtherIndex,
    /// A good share of this index is there already.
    #[error("a good share of the same index is there already")]
    Duplicate,
    /// Not the value that the dealing commits to.
    #[error(
        "the share does not fit the dealing's commitments: it is altered, or of another dealing or epoch"
    )]
    WrongCommitment,
    /// Not sealed to the key that it should be sealed to.
    #[error("the share does not open: it was sealed to another key, or altered")]
    Undecryptable,
    /// Shares of different epochs do not fit together.
    #[error("the share is of another epoch")]
    OtherEpoch,
    /// No wallet of the profile signed the dealing.
    #[error("the dealing that it sent is not signed by a wallet of the profile")]
    ForgedDealing,
}

/// Why something is not a sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SharingError {
    /// Out of bounds.
    #[error(
        "a secret is shared among at most {MAX_NODES} nodes, of which at least {MIN_THRESHOLD} and at most all are required"
    )]
    Threshold,
    /// Not that many group elements.
    #[error("commitments are {MIN_THRESHOLD} to {MAX_NODES} elements of ristretto255, each of 32 bytes")]
    Commitments,
    /// They commit to a secret that anybody knows, or to fewer coefficients than there are.
    #[error(
        "the commitments are of a sharing that hides nothing: neither the first nor the last may be the identity"
    )]
    HidesNothing,
    /// Epochs count from 1 to `u32::MAX`.
    #[error("epochs count from 1, and this one has no successor or predecessor")]
    Epoch,
    /// Not a refresh: it would change the secret, or the threshold.
    #[error("this is not a refresh of the dealing: it must share zero, by the same threshold")]
    NotARefresh,
    /// A share that does not count.
    #[error(transparent)]
    Share(#[from] ShareFault),
}
