//! Showing how far it is: a bar where a person watches a long backfill, and metrics.

use std::io::IsTerminal;

use idos_grants::Account;
use idos_mirror::{Batch, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::source::Tip;

/// A shorter way than this is over before a bar is read.
const LONG_BACKFILL_BLOCKS: u64 = 5_000;

/// One contract's way to the tip.
pub(super) struct Backfill {
    bar: ProgressBar,
    contract: String,
    from: u64,
}

impl Backfill {
    /// From the block `from` to the tip.
    pub(super) fn start(account: &Account, from: u64, tip: &Tip) -> Self {
        let contract = account.to_string();
        let blocks = tip.newest.number.saturating_sub(from);
        if blocks < LONG_BACKFILL_BLOCKS {
            return Self { bar: ProgressBar::hidden(), contract, from };
        }
        tracing::info!(contract, from, to = tip.newest.number, "backfill");
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new(blocks) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} blocks, {eta} left") {
            bar.set_style(style);
        }
        bar.set_message(contract.clone());
        Self { bar, contract, from }
    }

    /// A batch is in the mirror.
    pub(super) fn wrote(&mut self, batch: &Batch, tip: &Tip) {
        self.bar.set_length(tip.newest.number.saturating_sub(self.from) + 1);
        self.bar.set_position((batch.upto.number + 1).saturating_sub(self.from));
        metrics::counter!("idos_indexer_events_total", "contract" => self.contract.clone())
            .increment(batch.events.len() as u64);
        heights(&self.contract, batch.upto.number, tip);
    }
}

impl Drop for Backfill {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Where the mirror stands when a tip is heard.
pub(super) fn level(progress: &Progress, tip: &Tip) {
    let contract = progress.contract.account.to_string();
    if let Some(verified) = progress.verified {
        metrics::gauge!("idos_indexer_verified_block", "contract" => contract.clone())
            .set(verified.block.number as f64);
    }
    heights(&contract, progress.seen.map_or(progress.contract.start_block, |seen| seen.block.number), tip);
}

fn heights(contract: &str, seen: u64, tip: &Tip) {
    let contract = contract.to_owned();
    let lag = tip.newest.number.saturating_sub(seen);
    metrics::gauge!("idos_indexer_seen_block", "contract" => contract.clone()).set(seen as f64);
    metrics::gauge!("idos_indexer_final_block", "contract" => contract.clone()).set(tip.final_block as f64);
    metrics::gauge!("idos_indexer_lag_blocks", "contract" => contract).set(lag as f64);
}

/// A reorg took back blocks.
pub(super) fn reorg(account: &Account, from: &idos_mirror::BlockRef, to: Option<u64>) {
    metrics::counter!("idos_indexer_reorgs_total", "contract" => account.to_string()).increment(1);
    tracing::warn!(contract = %account, from = from.number, to, "blocks were undone by the chain");
}

/// Whether the gate is closed because the mirror differs from the contract.
pub(super) fn broken(account: &Account, is_broken: bool) {
    metrics::gauge!("idos_indexer_broken", "contract" => account.to_string()).set(f64::from(is_broken));
}
