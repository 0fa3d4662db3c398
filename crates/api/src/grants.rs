//! Mirrored chain data: grants and credential statuses.

use idos_grants::{Account, DataId, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a grant stands in the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Seen, but its block is not final: it opens nothing yet.
    Pending,
    /// Stands, in a final block.
    Final,
    /// Revoked.
    Revoked,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// The contract that records it.
    #[schema(value_type = String)]
    pub contract: Account,
    /// Who granted.
    #[schema(value_type = String)]
    pub owner: Account,
    /// To whom.
    #[schema(value_type = String)]
    pub grantee: Account,
    /// Over what.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
    pub data_id: DataId,
    /// How it stands.
    pub state: GrantState,
    /// When it was created.
    pub created_at: u64,
    /// Locked through this second; 0 = no timelock.
    pub locked_until: u64,
}

/// Answer of `GET /v1/grants`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantPage {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// A grant that the caller gave or was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnGrant {
    /// The grant.
    #[serde(flatten)]
    pub grant: Grant,
    /// Whether what it is over is stored at this node, by the one who granted.
    pub stored: bool,
    /// When the grantee gave up its copy, if it did: whatever the grant says, it reads it no more.
    pub rescinded_at: Option<u64>,
}

/// Answer of `POST /v1/credentials/{data_id}/rescind`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rescinded {
    /// What was given up.
    #[schema(value_type = String)]
    pub data_id: DataId,
    /// When.
    pub rescinded_at: u64,
    /// Whether it is deleted: nobody else had a grant on it that stands.
    pub deleted: bool,
}

/// Answer of `GET /v1/grants/received` and `GET /v1/grants/given`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnGrantPage {
    /// The grants of all chains, newest first.
    pub grants: Vec<OwnGrant>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// Answer of `GET /v1/statuses`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusAnswer {
    /// `valid`, `suspended` or `revoked`.
    #[schema(value_type = String)]
    pub status: Status,
    /// The newest block that the answer takes in.
    pub seen_block: u64,
    /// The time of that block.
    pub seen_at: u64,
}
