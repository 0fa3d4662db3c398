//! What each node did.

use std::fmt::Write as _;

use idos_keys::shares::ShareFault;
use serde::Serialize;

use crate::ClientError;

/// What one node did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeReport {
    /// Its index in the set, from 1.
    pub index: u8,
    /// Its host.
    pub host: String,
    /// What it did.
    #[serde(flatten)]
    pub outcome: NodeOutcome,
}

/// What a node did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum NodeOutcome {
    /// What was asked.
    Done,
    /// It said no.
    Refused {
        /// By this stable code.
        code: String,
        /// Its sentence.
        reason: String,
    },
    /// It does not answer, or not as such a node does.
    Silent {
        /// What happened.
        reason: String,
    },
    /// It sent what is not right: it is broken, behind, or lies.
    Bad {
        /// What is wrong.
        reason: String,
    },
    /// Enough others had answered.
    Unneeded,
}

impl NodeOutcome {
    pub(super) fn of_error(error: &ClientError) -> Self {
        match error {
            ClientError::Node { detail, .. } => {
                Self::Refused { code: error.code(), reason: detail.message.clone() }
            }
            ClientError::Transport { reason, .. } => Self::Silent { reason: reason.clone() },
            other => Self::Bad { reason: other.to_string() },
        }
    }

    pub(super) fn of_fault(fault: ShareFault) -> Self {
        Self::Bad { reason: fault.to_string() }
    }

    /// Whether it did what was asked.
    pub fn is_done(&self) -> bool {
        *self == Self::Done
    }

    fn told(&self) -> String {
        match self {
            Self::Done => "done".into(),
            Self::Refused { reason, .. } => format!("refused: {reason}"),
            Self::Silent { reason } => format!("does not answer: {reason}"),
            Self::Bad { reason } => format!("sent something wrong: {reason}"),
            Self::Unneeded => "was not needed".into(),
        }
    }
}

/// A line for each node.
pub(super) fn lines(nodes: &[NodeReport]) -> String {
    let mut lines = String::new();
    for NodeReport { index, host, outcome } in nodes {
        // Writing into a string does not fail.
        let _ = write!(lines, "\n  {index} {host}: {}", outcome.told());
    }
    lines
}

/// What to do about nodes that a change has not reached. One that knows nothing of this wallet missed an earlier change, and no repetition reaches it.
fn go_on(nodes: &[NodeReport]) -> &'static str {
    let missed =
        |node: &NodeReport| matches!(&node.outcome, NodeOutcome::Refused { code, .. } if code == "not_found");
    if nodes.iter().any(missed) {
        "a node that finds no share for this wallet missed an earlier change. Run it again as a wallet that all of them know (--wallet), or share the key anew with `idos key change-to-mpc`"
    } else {
        "run it again, and it goes on where it stopped; if a node is gone for good, share the key anew among others with `idos key change-to-mpc --key-nodes FILE`"
    }
}

/// Why a shared key is not there, or not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySharesError {
    /// The key does not come back.
    #[error(
        "{good} good shares of your key came back and {required} are required: try again when more nodes answer, with a wallet that may ask{}",
        lines(.nodes)
    )]
    TooFew {
        /// Good ones of one dealing.
        good: u8,
        /// How many are required.
        required: u8,
        /// What each node did.
        nodes: Vec<NodeReport>,
    },
    /// Enough good shares, but of another key.
    #[error("the nodes have shares of another key than your key statement names{}", lines(.nodes))]
    OtherKey {
        /// What each node did.
        nodes: Vec<NodeReport>,
    },
    /// Some nodes did it, some did not.
    #[error("{what} has not reached every node: {}{}", go_on(.nodes), lines(.nodes))]
    Incomplete {
        /// What was asked.
        what: &'static str,
        /// What each node did.
        nodes: Vec<NodeReport>,
    },
    /// Nodes hold shares of different dealings, which no refresh brings together.
    #[error(
        "the nodes hold shares that do not go together, such as one that was restored from an old backup: share the key anew with `idos key change-to-mpc`{}",
        lines(.nodes)
    )]
    Diverged {
        /// What each node did.
        nodes: Vec<NodeReport>,
    },
    /// Shares of earlier attempts are in the way, among these nodes in any order.
    #[error(
        "nodes hold shares of other keys that this wallet stored for the profile: delete those of no use with `idos key clean`{}",
        lines(.nodes)
    )]
    Leftovers {
        /// What each node did.
        nodes: Vec<NodeReport>,
    },
    /// Between preparing and committing a refresh too much time passed.
    #[error("the refresh took too long to be finished at once: run it again, and it is finished")]
    TooSlow,
    /// A refresh that was begun reached some nodes only.
    #[error(
        "a refresh that was begun did not reach every node, and nothing has changed: run it again in {secs} seconds, when the nodes forget it{}",
        lines(.nodes)
    )]
    UnderWay {
        /// Until then.
        secs: u64,
        /// What each node did.
        nodes: Vec<NodeReport>,
    },
    /// A wallet would remove itself.
    #[error(
        "a wallet does not remove itself, for it could not finish that if it is interrupted: act as another wallet that may ask (--wallet)"
    )]
    OwnWallet,
    /// The profile names other nodes.
    #[error("your key is shared among other nodes than these: name the set that it was shared among")]
    OtherNodes,
    /// The profile's key is not shared.
    #[error("this profile's key is not shared among nodes")]
    NotShared,
}

impl KeySharesError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_few_key_shares",
            Self::OtherKey { .. } => "wrong_key",
            Self::Incomplete { .. } => "key_shares_incomplete",
            Self::Diverged { .. } => "key_shares_diverged",
            Self::Leftovers { .. } => "exists",
            Self::TooSlow => "refresh_too_slow",
            Self::UnderWay { .. } => "refresh_under_way",
            Self::OwnWallet => "own_wallet",
            Self::OtherNodes => "wrong_node_set",
            Self::NotShared => "key_not_shared",
        }
    }

    /// What each node did, where nodes were asked.
    pub fn nodes(&self) -> &[NodeReport] {
        match self {
            Self::TooFew { nodes, .. }
            | Self::OtherKey { nodes }
            | Self::Incomplete { nodes, .. }
            | Self::Diverged { nodes }
            | Self::UnderWay { nodes, .. }
            | Self::Leftovers { nodes } => nodes,
            Self::TooSlow | Self::OwnWallet | Self::OtherNodes | Self::NotShared => &[],
        }
    }
}
