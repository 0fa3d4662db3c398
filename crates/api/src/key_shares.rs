//! Key-share nodes: each keeps one share of a profile's encryption key. These are the bodies of their API, which is not the store's.

use std::{fmt, str::FromStr};

use idos_grants::Account;
use idos_keys::{
    EncryptionKey,
    shares::{Commitments, Dealing, SealedShare},
};
use idos_wallets::{NodeDid, SignedShareRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a share that a refresh prepared cannot be replaced by another one, in seconds. Longer than whoever prepared it may take to commit it
/// ([`COMMIT_WITHIN_SECS`], and then the time for which the signed commit stands).
pub const PENDING_SECS: u64 = 20 * 60;

/// How long after the first prepared share a client still signs the commit, in seconds.
pub const COMMIT_WITHIN_SECS: u64 = 5 * 60;

/// `GET /v1/node`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyShareNodeInfo {
    /// The node's `did:key`.
    #[schema(value_type = String, pattern = "^did:key:z6Mk[0-9A-Za-z]+$")]
    pub did: NodeDid,
    /// The X25519 key that shares are sealed to on their way to it.
    #[schema(value_type = String, pattern = "^[0-9A-Za-z+/]{43}=$")]
    pub encryption_key: EncryptionKey,
    /// The node's Ed25519 signature over [`node_statement`], `0x` hex.
    #[schema(pattern = "^0x[0-9a-f]{128}$")]
    pub signature: String,
    /// Of the program.
    pub version: String,
    /// The node's clock, in Unix seconds.
    pub now: u64,
}

/// What a node signs to state the key that shares are sealed to.
pub fn node_statement(did: &NodeDid, encryption_key: &EncryptionKey) -> String {
    format!("idOS key-share node v1\nNode: {did}\nEncryption key: {encryption_key}\n")
}

/// `POST /v1/shares`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// The request `store`, which names the dealing's digest.
    #[schema(value_type = crate::messages::SignedShareRequestFields)]
    pub signed: SignedShareRequest,
    /// What is shared among whom.
    #[schema(value_type = crate::messages::DealingFields)]
    pub dealing: Dealing,
    /// This node's share, sealed to its key.
    #[schema(value_type = crate::messages::SealedShareFields)]
    pub share: SealedShare,
}

/// `POST /v1/shares/refresh/prepare`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefresh {
    /// The request `prepare_refresh`, which names the digest of the dealing after it.
    #[schema(value_type = crate::messages::SignedShareRequestFields)]
    pub signed: SignedShareRequest,
    /// The commitments of the sharing of zero.
    #[schema(value_type = Vec<String>)]
    pub commitments: Commitments,
    /// What this node adds to its share, sealed to its key.
    #[schema(value_type = crate::messages::SealedShareFields)]
    pub addition: SealedShare,
}

/// What a node holds of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holding {
    /// Of the share that counts.
    pub epoch: u32,
    /// Of the share that a refresh has prepared, if one has.
    pub pending_epoch: Option<u32>,
    /// Who may ask (CAIP-10).
    #[schema(value_type = Vec<String>)]
    pub wallets: Vec<Account>,
}

/// Answer of `POST /v1/shares/release`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedShares {
    /// The share that counts and, while a refresh is under way, the one that will.
    #[schema(max_items = 2)]
    pub shares: Vec<ReleasedShare>,
    /// Who may ask (CAIP-10).
    #[schema(value_type = Vec<String>)]
    pub wallets: Vec<Account>,
}

/// One share, for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedShare {
    /// Whether it counts yet.
    pub state: ShareState,
    /// What is shared among whom.
    #[schema(value_type = crate::messages::DealingFields)]
    pub dealing: Dealing,
    /// The request by which a wallet brought it here: it names the dealing's digest.
    #[schema(value_type = crate::messages::SignedShareRequestFields)]
    pub signed: SignedShareRequest,
    /// The share, sealed to the reply key of the request.
    #[schema(value_type = crate::messages::SealedShareFields)]
    pub share: SealedShare,
}

/// Whether a share counts yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareState {
    /// It counts.
    Current,
    /// A refresh has prepared it.
    Pending,
}

impl ShareState {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Pending => "pending",
        }
    }
}

impl fmt::Display for ShareState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ShareState {
    type Err = UnknownShareState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Current, Self::Pending]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownShareState)
    }
}

/// Not a share's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownShareState;

/// Answer of `POST /v1/shares/delete`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShareDeleted {
    /// By the node's clock, in Unix seconds.
    pub deleted_at: u64,
}

/// Answer of `POST /v1/audit`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyShareAudit {
    /// What was asked and done, newest first: the newest 100.
    pub lines: Vec<KeyShareAuditLine>,
    /// Tries of wallets that may not ask, by the hour, newest first.
    pub refused: Vec<RefusedTries>,
}

/// One thing that was asked and done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyShareAuditLine {
    /// Counted from 1.
    pub number: u64,
    /// As in the signed request: `release`, `add_wallet`, …
    pub operation: String,
    /// Who asked (CAIP-10).
    #[schema(value_type = String)]
    pub account: Account,
    /// By the node's clock, in Unix seconds.
    pub at: u64,
}

/// How often somebody asked in vain, in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedTries {
    /// The hour's beginning, in Unix seconds.
    pub since: u64,
    /// How often.
    pub tries: u64,
}
