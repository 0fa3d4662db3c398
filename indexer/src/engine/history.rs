//! The contract's own word on what it said: its history head against the mirror's.

use idos_grants::Account;
use idos_mirror::{Broken, Checkpoint, MirrorWriter, Progress};

use super::{IndexerError, progress};
use crate::source::{Source, SourceError};

pub(super) const HEAD_DIFFERS: &str = "its history head differs from the contract's";

/// Places that are looked at for one that the contract confirms.
const PLACES: u32 = 256;

/// So many times the last confirmed block is believed, and what comes after it is fetched again. Then it is doubted too: it may have been
/// confirmed by an RPC that lied about everything.
const BELIEVED_TIMES: u32 = 8;

/// Asks the contract for its head at the block that the mirror stands at. If it is the mirror's, that is written down, and the gate opens.
pub(super) async fn confirm(
    source: &dyn Source,
    writer: &MirrorWriter,
    progress: &Progress,
) -> Result<bool, IndexerError> {
    let Some(seen) = progress.seen else { return Ok(true) };
    if !is_agreed(source, progress, &seen).await? {
        return Ok(false);
    }
    agrees(writer, &progress.contract.account, &seen).await?;
    Ok(true)
}

/// The contract's head is the mirror's there, where the mirror stands.
pub(super) async fn agrees(
    writer: &MirrorWriter,
    account: &Account,
    seen: &Checkpoint,
) -> Result<(), IndexerError> {
    writer.verified(account, seen).await?;
    progress::broken(account, false);
    Ok(())
}

/// Closes the gate for a contract and drops what it does not confirm, to be fetched again.
pub(super) async fn close(
    source: &dyn Source,
    writer: &MirrorWriter,
    account: &Account,
    reason: &str,
    times: u32,
) -> Result<IndexerError, IndexerError> {
    let progress = writer.progress(account).await?;
    let verified = progress.verified.map(|verified| verified.block.number);
    // First of all the gate; which blocks it is about can be found out behind it.
    let broken = mark(writer, &progress, verified, reason).await?;
    let agreed = newest_agreed(source, writer, &progress).await;
    let kept = match agreed? {
        agreed if times > BELIEVED_TIMES => agreed,
        agreed => agreed.max(verified),
    };
    let broken = if kept == verified { broken } else { mark(writer, &progress, kept, reason).await? };
    writer.roll_back(account, kept).await?;
    let Broken { from_block: from, to_block: to, .. } = broken;
    metrics::counter!("idos_indexer_history_mismatches_total", "contract" => account.to_string())
        .increment(1);
    progress::broken(account, true);
    tracing::error!(contract = %account, from, to, reason, "the gate is closed for this contract until these blocks are fetched again");
    Ok(IndexerError::HistoryDiffers { contract: Box::new(*account), from, to })
}

/// Closes the gate for a contract whose next blocks nobody has any more. It opens when an RPC that has them is found.
pub(super) async fn missing(
    writer: &MirrorWriter,
    account: &Account,
    from: u64,
    to: u64,
) -> Result<(), IndexerError> {
    let reason = "no RPC has these blocks any more, and they have not been read".to_owned();
    writer.mark_broken(account, &Broken { from_block: from, to_block: to, reason }).await?;
    progress::broken(account, true);
    tracing::error!(contract = %account, from, to, "no RPC has these blocks any more: name one that has them");
    Ok(())
}

async fn mark(
    writer: &MirrorWriter,
    progress: &Progress,
    kept: Option<u64>,
    reason: &str,
) -> Result<Broken, IndexerError> {
    let from_block = kept.map_or(progress.contract.start_block, |block| block + 1);
    let to_block = progress.seen.map_or(from_block, |seen| seen.block.number.max(from_block));
    let hint = if kept.is_none() { "; is start_block later than its first event?" } else { "" };
    let broken = Broken { from_block, to_block, reason: format!("{reason}{hint}") };
    writer.mark_broken(&progress.contract.account, &broken).await?;
    Ok(broken)
}

/// The newest place below the mirror's at which the contract's head is the mirror's. Heads that differ once differ ever after, so the places
/// are halved. An RPC that keeps no state of old blocks confirms none.
async fn newest_agreed(
    source: &dyn Source,
    writer: &MirrorWriter,
    progress: &Progress,
) -> Result<Option<u64>, IndexerError> {
    let Some(seen) = progress.seen else { return Ok(None) };
    let places = writer.checkpoints_below(&progress.contract.account, seen.block.number, PLACES).await?;
    let (mut first, mut end) = (0, places.len());
    while let Some(place) = places.get((first + end) / 2).filter(|_| first < end) {
        match is_agreed(source, progress, place).await {
            Ok(true) => end = (first + end) / 2,
            Ok(false) => first = (first + end) / 2 + 1,
            Err(_) => return Ok(None),
        }
    }
    Ok(places.get(first).map(|place| place.block.number))
}

async fn is_agreed(
    source: &dyn Source,
    progress: &Progress,
    place: &Checkpoint,
) -> Result<bool, SourceError> {
    let head = source.history_head(&progress.contract, &place.block).await?;
    Ok(head.unwrap_or_default() == place.head)
}
