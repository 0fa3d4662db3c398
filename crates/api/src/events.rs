//! What happens on the chains, as a stream.

use idos_grants::{Account, DataId, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most issuers whose statuses one stream follows.
pub const MAX_FOLLOWED_ISSUERS: usize = 20;

/// `data` of an event of `GET /v1/events`. Its block is final: nothing that is told is ever taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ChainEvent {
    /// A grant by or to the caller's wallets was created.
    GrantCreated(GrantChanged),
    /// One was revoked by its owner.
    GrantRevoked(GrantChanged),
    /// The timelock of one was moved to a later time.
    TimelockExtended(GrantChanged),
    /// An issuer that the caller named suspended, reinstated or revoked credentials.
    StatusChanged(StatusChanged),
}

impl ChainEvent {
    /// The event's name in the stream.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GrantCreated(_) => "grant_created",
            Self::GrantRevoked(_) => "grant_revoked",
            Self::TimelockExtended(_) => "timelock_extended",
            Self::StatusChanged(_) => "status_changed",
        }
    }
}

/// What happened to a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantChanged {
    /// The contract that recorded it.
    #[schema(value_type = String)]
    pub contract: Account,
    /// In which block.
    pub block: u64,
    /// The block's time.
    pub at: u64,
    /// Who granted.
    #[schema(value_type = String)]
    pub owner: Account,
    /// To whom.
    #[schema(value_type = String)]
    pub grantee: Account,
    /// Over what.
    #[schema(value_type = String)]
    pub data_id: DataId,
    /// Locked through this second; 0 = no timelock.
    pub locked_until: u64,
}

/// What an issuer said of credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusChanged {
    /// The contract that recorded it.
    #[schema(value_type = String)]
    pub contract: Account,
    /// In which block.
    pub block: u64,
    /// The block's time.
    pub at: u64,
    /// Who said so.
    #[schema(value_type = String)]
    pub issuer: Account,
    /// Which of the issuer's lists.
    pub list: u32,
    /// `revocation` or `suspension`.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// The positions that are revoked, or suspended, from then on.
    pub set: Vec<u32>,
    /// The positions that are no longer.
    pub cleared: Vec<u32>,
}

/// Why a stream ended: `data` of the event `end`. Whatever else ends a stream, go on from the last id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreamEnd {
    /// Which.
    pub reason: EndReason,
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The session has ended, or its wallet was unlinked: sign in again.
    SessionEnded,
    /// The node stops: go on at once, with the last id.
    NodeStops,
}
