//! Showing how far it is: a bar where a person watches a long backfill, and metrics.

use std::io::IsTerminal;

use idos_grants::Account;
use idos_mirror::BlockRef;
use indicatif::{ProgressBar, ProgressStyle};

use crate::source::Tip;

/// A shorter way than this is over before a bar is read.
const LONG_BACKFILL_BLOCKS: u64 = 5_000;

/// One contract's way to the tip.
pub(super) struct Backfill {
    bar: ProgressBar,
    contract: String,
}

impl Backfill {
    /// From the block `from` to the tip.
    pub(super) fn start(account: &Account, from: u64, tip: &Tip) -> Self {
        let contract = account.to_string();
        let blocks = tip.newest.number.saturating_sub(from);
        if blocks < LONG_BACKFILL_BLOCKS {
            return Self { bar: ProgressBar::hidden(), contract };
        }
        tracing::info!(contract, from, to = tip.newest.number, "backfill");
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new(blocks) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} blocks, {eta} left") {
            bar.set_style(style);
        }
        bar.set_message(contract.clone());
        Self { bar, contract }
    }

    /// A range with `events` events is in the mirror.
    pub(super) fn wrote(&self, blocks: u64, events: usize, upto: &BlockRef, tip: &Tip) {
        self.bar.inc(blocks);
        metrics::counter!("idos_indexer_events_total", "contract" => self.contract.clone())
            .increment(events as u64);
        metrics::gauge!("idos_indexer_seen_block", "contract" => self.contract.clone())
            .set(upto.number as f64);
        metrics::gauge!("idos_indexer_final_block", "contract" => self.contract.clone())
            .set(tip.final_block as f64);
        let lag = tip.newest.number.saturating_sub(upto.number);
        metrics::gauge!("idos_indexer_lag_blocks", "contract" => self.contract.clone()).set(lag as f64);
    }
}

impl Drop for Backfill {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A reorg took back blocks.
pub(super) fn reorg(account: &Account, from: &BlockRef, to: Option<u64>) {
    metrics::counter!("idos_indexer_reorgs_total", "contract" => account.to_string()).increment(1);
    tracing::warn!(contract = %account, from = from.number, to, "blocks were undone by the chain");
}
