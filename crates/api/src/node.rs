//! What the node says of itself.

use std::fmt;

use idos_grants::{Account, HistoryHead};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::limits::Limits;

/// `GET /v1/node`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeInfo {
    /// The node's `did:key`, which signs deletion receipts.
    pub did: String,
    /// The host that sign-in messages must name.
    pub domain: String,
    /// The software's version.
    pub version: String,
    /// The node's clock.
    pub now: u64,
    /// The contracts that the node mirrors.
    pub contracts: Vec<ContractInfo>,
    /// The node's bounds.
    pub limits: Limits,
}

/// What a contract does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractKind {
    /// Records access grants.
    AccessGrants,
    /// Records credential statuses.
    CredentialStatus,
}

impl fmt::Display for ContractKind {
    /// As in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessGrants => "access_grants",
            Self::CredentialStatus => "credential_status",
        })
    }
}

/// Whether the mirror of a contract may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MirrorState {
    /// Caught up, and its history matches the contract's.
    Fresh,
    /// Behind the chain: starting up, or the chain's RPC does not answer.
    Stale,
    /// Its history does not match the contract's: closed until fetched again.
    Inconsistent,
}

/// One mirrored contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractInfo {
    /// The contract.
    #[schema(value_type = String, example = "eip155:31337:0x5fbdb2315678afecb367f032d93f642f64180aa3")]
    pub account: Account,
    /// What it does.
    pub kind: ContractKind,
    /// Whether its mirror may be relied on.
    pub state: MirrorState,
    /// The newest block seen.
    pub seen_block: u64,
    /// The time of the newest block seen.
    pub seen_at: u64,
    /// The newest final block.
    pub final_block: u64,
    /// The node's hash over every event up to the seen block; the contract's own view must agree.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
    pub history_head: HistoryHead,
}
