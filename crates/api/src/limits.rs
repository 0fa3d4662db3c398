//! Bounds that both sides keep.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest encrypted content, in bytes.
pub const MAX_CONTENT_BYTES: usize = 16 * 1024 * 1024;
/// The largest JSON body, in bytes.
pub const MAX_JSON_BYTES: usize = 64 * 1024;
/// The largest public notes, in bytes of UTF-8.
pub const MAX_PUBLIC_NOTES_BYTES: usize = 4096;
/// The longest session, in seconds.
pub const MAX_SESSION_SECS: u64 = 24 * 60 * 60;
/// How long a sign-in nonce stands, in seconds.
pub const CHALLENGE_SECS: u64 = 5 * 60;
/// How long a person's consent to a profile may stand, in seconds.
pub const MAX_PROFILE_CONSENT_SECS: u64 = 24 * 60 * 60;
/// Rows on a page unless asked otherwise, and at most.
pub const PAGE_ROWS: u32 = 50;
/// The most rows on a page.
pub const MAX_PAGE_ROWS: u32 = 100;
/// Wallets on one profile.
pub const MAX_WALLETS: usize = 20;
/// How far a write grant's window may be off the node's clock, in seconds.
pub const CLOCK_SKEW_SECS: u64 = 60;

/// The longest that a request stands, in seconds.
pub const MAX_REQUEST_SECS: u64 = 90 * 24 * 60 * 60;
/// The longest timelock that a request may ask for, in seconds.
pub const MAX_LOCK_SECS: u64 = 100 * 365 * 24 * 60 * 60;
/// Accounts that a request may name to be granted to.
pub const MAX_GRANTEES: usize = 8;

/// The node's bounds, as it states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Largest encrypted content, in bytes.
    pub content_bytes_max: u64,
    /// Largest JSON body, in bytes.
    pub json_bytes_max: u64,
    /// Largest public notes, in bytes.
    pub public_notes_bytes_max: u64,
    /// Longest session, in seconds.
    pub session_secs_max: u64,
    /// Most rows on a page.
    pub page_rows_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            content_bytes_max: MAX_CONTENT_BYTES as u64,
            json_bytes_max: MAX_JSON_BYTES as u64,
            public_notes_bytes_max: MAX_PUBLIC_NOTES_BYTES as u64,
            session_secs_max: MAX_SESSION_SECS,
            page_rows_max: MAX_PAGE_ROWS,
        }
    }
}
