//! Who read what, and when.

use idos_grants::DataId;
use idos_wallets::Wallet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What of a credential or copy was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadPart {
    /// The encrypted content.
    Content,
    /// Public notes, keys and digest.
    Metadata,
}

/// One read of an owner's data by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Read {
    /// What was read.
    #[schema(value_type = String, pattern = "^0x[0-9a-f]{64}$")]
    pub data_id: DataId,
    /// What of it.
    pub part: ReadPart,
    /// The profile that read it.
    pub reader_profile_id: Uuid,
    /// The wallet that the reader signed in with.
    #[schema(value_type = String)]
    pub reader_wallet: Wallet,
    /// When.
    pub read_at: u64,
}

/// Answer of `GET /v1/audit`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// Reads of the caller's data, newest first.
    pub reads: Vec<Read>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}
