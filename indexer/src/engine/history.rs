//! The contract's own word on what it said: its history head against the mirror's.

use idos_grants::HistoryHead;
use idos_mirror::{Broken, Contract, MirrorWriter, Progress};

use super::IndexerError;
use crate::source::Source;

/// Asks the contract for its head at the block that the mirror stands at. If they agree, the mirror is confirmed up to there; if not, its
/// gate is closed and everything since the last confirmed block is dropped, to be fetched again.
pub(super) async fn check(
    source: &dyn Source,
    writer: &MirrorWriter,
    contract: &Contract,
) -> Result<(), IndexerError> {
    let progress = writer.progress(&contract.account).await?;
    let Some(seen) = progress.seen else { return Ok(()) };
    let head = source.history_head(contract, &seen.block).await?;
    if head.unwrap_or(HistoryHead::EMPTY) == seen.head {
        if progress.broken.is_some() {
            tracing::info!(contract = %contract.account, block = seen.block.number, "the history agrees again: the gate is open");
        }
        return Ok(writer.verified(&contract.account, &seen).await?);
    }
    Err(drop_unconfirmed(writer, &progress, "its history head differs from the contract's").await?)
}

/// Closes the gate for a contract and drops what it has not confirmed.
pub(super) async fn drop_unconfirmed(
    writer: &MirrorWriter,
    progress: &Progress,
    reason: &str,
) -> Result<IndexerError, IndexerError> {
    let account = progress.contract.account;
    let verified = progress.verified.map(|verified| verified.block.number);
    let from = verified.map_or(progress.contract.start_block, |block| block + 1);
    let to = progress.seen.map_or(from, |seen| seen.block.number.max(from));
    let broken = Broken { from_block: from, to_block: to, reason: reason.to_owned() };
    writer.mark_broken(&account, &broken).await?;
    writer.roll_back(&account, verified).await?;
    metrics::counter!("idos_indexer_history_mismatches_total", "contract" => account.to_string())
        .increment(1);
    tracing::error!(contract = %account, from, to, reason, "the gate is closed for this contract until these blocks are fetched again");
    Ok(IndexerError::HistoryDiffers { contract: account, from, to })
}
