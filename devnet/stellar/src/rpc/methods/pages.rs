//! Pages: where one begins, and how much it holds.

use crate::rpc::{error::RpcError, held::Held, params::Params};

/// What `getLedgers` and `getTransactions` are asked, not yet compared with what there is.
pub(super) struct Page {
    pub start_ledger: u32,
    /// Empty: there is none.
    pub cursor: String,
    /// 0: there is none.
    limit: u32,
}

/// How many elements a page holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageLimit {
    pub default: u32,
    pub max: u32,
}

impl Page {
    pub fn take(params: &mut Params) -> Result<Self, RpcError> {
        let start_ledger = params.optional("startLedger")?.unwrap_or_default();
        let mut pagination = params.group("pagination")?;
        let cursor = pagination.optional("cursor")?.unwrap_or_default();
        let limit = pagination.optional("limit")?.unwrap_or_default();
        Ok(Self { start_ledger, cursor, limit })
    }

    /// How many elements to answer. Stellar RPC's checks, in its words.
    pub fn check(&self, held: &Held, limit: PageLimit) -> Result<usize, RpcError> {
        if self.cursor.is_empty() {
            in_range(held, self.start_ledger, || format!("start ledger ({})", self.start_ledger))?;
        } else if self.start_ledger != 0 {
            let (start, cursor) = (self.start_ledger, shown(&self.cursor));
            let why = format!("startLedger ({start}) and cursor ({cursor}) cannot both be set");
            return Err(RpcError::invalid_request(why));
        }
        if self.limit > limit.max {
            return Err(RpcError::invalid_request(format!("limit must not exceed {}", limit.max)));
        }
        let asked = if self.limit == 0 { limit.default } else { self.limit };
        Ok(asked as usize)
    }
}

/// A ledger that the server keeps.
pub(super) fn in_range(held: &Held, ledger: u32, what: impl FnOnce() -> String) -> Result<(), RpcError> {
    let (oldest, latest) = (held.oldest(), held.latest());
    if (oldest..=latest).contains(&ledger) {
        return Ok(());
    }
    Err(RpcError::invalid_request(format!(
        "{} must be between the oldest ledger: {oldest} and the latest ledger: {latest} for this rpc instance",
        what()
    )))
}

/// As much of a cursor from outside as an error repeats.
pub(super) fn shown(cursor: &str) -> String {
    cursor.chars().take(40).collect()
}
