//! Where ranges of ledgers end. On a public network every number is a ledger's; a local one may leave numbers out, to move time. A server may also have lost
//! ledgers. What tells these apart: the ledger after a gap names the one before it as its parent, by its hash, or it does not.

use idos_mirror::BlockRef;

use super::{ledger::Ledger, rpc::Rpc};
use crate::source::SourceError;

/// Where a range ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// The last ledger of at most the number that was asked for; `None`: the chain begins later.
    pub(super) last: Option<BlockRef>,
    /// The first number after the range that can be a ledger's.
    pub(super) next: u64,
}

/// Where a range up to this number ends; `None`: the chain has not got so far.
pub(super) async fn end(rpc: &Rpc, number: u32) -> Result<Option<End>, SourceError> {
    let Some(above) = rpc.ledger_from(number).await? else { return Ok(None) };
    if above.at.number == u64::from(number) {
        return Ok(Some(End { last: Some(above.at), next: above.at.number + 1 }));
    }
    let below = last_before(rpc, &above).await?;
    if below.at.hash != above.parent {
        return Err(SourceError::BlocksMissing { from: below.at.number + 1, to: above.at.number - 1 });
    }
    Ok(Some(End { last: Some(below.at), next: above.at.number }))
}

/// The last ledger that the RPC has before `above`, by halves: gaps can be long.
async fn last_before(rpc: &Rpc, above: &Ledger) -> Result<Ledger, SourceError> {
    let oldest = rpc.window().await?.oldest;
    let mut below = ledger_from(rpc, oldest).await?;
    let mut high = above.at.number;
    if below.at.number >= high {
        return Err(SourceError::Invalid("a ledger before the oldest one"));
    }
    while below.at.number + 1 < high {
        let middle = below.at.number + (high - below.at.number) / 2;
        let found = ledger_from(rpc, u32::try_from(middle).map_err(|_| SourceError::Lags)?).await?;
        if found.at.number < above.at.number {
            below = found;
        } else {
            high = middle;
        }
    }
    Ok(below)
}

async fn ledger_from(rpc: &Rpc, number: u32) -> Result<Ledger, SourceError> {
    rpc.ledger_from(number).await?.ok_or(SourceError::Changed)
}
