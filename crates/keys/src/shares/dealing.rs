//! What was shared among whom: all of it public.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Commitments, Share, ShareFault, SharingError, Threshold};

/// For whom a secret is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whose key.
    pub profile_id: Uuid,
    /// SHA-256 of the set of nodes.
    pub node_set: [u8; 32],
    /// How many nodes, and how many are required.
    pub threshold: Threshold,
    /// From 1; a refresh adds 1.
    pub epoch: u32,
}

/// One sharing of a profile's secret. Its [`digest`](Self::digest) is what the owner's wallet signs, so no node can serve another one.
///
/// As JSON: `{"format":"idos dealing v1","profile_id":…,"node_set":…,"epoch":1,"nodes":5,"commitments":[…]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stated", try_from = "Stated")]
pub struct Dealing {
    terms: Terms,
    commitments: Commitments,
}

impl Dealing {
    /// A dealing by `terms`.
    ///
    /// # Errors
    /// If the commitments are of another threshold or hide nothing, or the epoch is 0.
    pub fn new(terms: Terms, commitments: Commitments) -> Result<Self, SharingError> {
        if commitments.threshold() != terms.threshold.required() {
            return Err(SharingError::Threshold);
        }
        if !commitments.hide_a_secret() {
            return Err(SharingError::HidesNothing);
        }
        if terms.epoch == 0 {
            return Err(SharingError::Epoch);
        }
        Ok(Self { terms, commitments })
    }

    /// For whom.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How many nodes, and how many are required.
    pub fn threshold(&self) -> Threshold {
        self.terms.threshold
    }

    /// From 1; a refresh adds 1.
    pub fn epoch(&self) -> u32 {
        self.terms.epoch
    }

    /// What every share is checked against.
    pub fn commitments(&self) -> &Commitments {
        &self.commitments
    }

    /// Whether `share` is the good one of the node with the index `node`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, node: u8, share: &Share) -> Result<(), ShareFault> {
        if !(1..=self.terms.threshold.nodes()).contains(&share.index()) {
            return Err(ShareFault::IndexOutOfRange);
        }
        if share.index() != node {
            return Err(ShareFault::OtherIndex);
        }
        self.commitments.verify(share)
    }

    /// SHA-256 of its canonical JSON ([RFC 8785](https://www.rfc-editor.org/rfc/rfc8785)).
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        // Strings and small integers are always written, and writing into a hash does not fail.
        serde_json_canonicalizer::to_writer(self, &mut hasher).ok();
        hasher.finalize().into()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    format: Format,
    profile_id: Uuid,
    node_set: String,
    epoch: u32,
    nodes: u8,
    commitments: Commitments,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "idos dealing v1")]
    V1,
}

impl From<Dealing> for Stated {
    fn from(Dealing { terms, commitments }: Dealing) -> Self {
        Self {
            format: Format::V1,
            profile_id: terms.profile_id,
            node_set: hex::encode(terms.node_set),
            epoch: terms.epoch,
            nodes: terms.threshold.nodes(),
            commitments,
        }
    }
}

impl TryFrom<Stated> for Dealing {
    type Error = MalformedDealing;

    fn try_from(stated: Stated) -> Result<Self, Self::Error> {
        let Stated { format: Format::V1, profile_id, node_set: digest, epoch, nodes, commitments } = stated;
        let mut node_set = [0; 32];
        hex::decode_to_slice(digest, &mut node_set).map_err(|_| MalformedDealing::NodeSet)?;
        let threshold = Threshold::new(commitments.threshold(), nodes)?;
        Ok(Self::new(Terms { profile_id, node_set, threshold, epoch }, commitments)?)
    }
}

/// Why JSON is not a dealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum MalformedDealing {
    #[error("node_set is 64 hex digits")]
    NodeSet,
    #[error(transparent)]
    Sharing(#[from] SharingError),
}
