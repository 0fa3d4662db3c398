//! The measuring, whatever the chain.

use std::{
    fs,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use idos_grants::HistoryHead;
use idos_indexer::{
    ChainConfig, Indexer,
    source::{Range, Source, SourceError, Tip},
};
use idos_mirror::{BlockRef, Contract, Located, Mirror};
use serde_json::{Value, json};

const ROUNDS: usize = 3;

/// Questions for events `from..=to`.
type Ranges = Arc<Mutex<Vec<(u64, u64)>>>;

/// Backfills of `contract`, which has so many events, and the same questions answered for nobody, in turns.
pub async fn compared<S: Source + 'static>(
    bench: &str,
    contract: Contract,
    events: u64,
    source: impl Fn() -> S,
) -> Result<Value> {
    let ranges = Ranges::default();
    backfill(source(), contract, events, &ranges).await?;
    let asked = std::mem::take(&mut *ranges.lock().unwrap_or_else(PoisonError::into_inner));
    let (mut bare, mut full) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(fetch(&source(), contract, events, &asked).await?);
        full.push(backfill(source(), contract, events, &ranges).await?);
    }
    let (bare_median, full_median) = (median(&bare), median(&full));
    Ok(json!({
        "bench": bench,
        "events": events,
        "ranges": asked.len(),
        "fetch_secs": bare,
        "backfill_secs": full,
        "fetch_events_per_sec": (events as f64 / bare_median).round(),
        "backfill_events_per_sec": (events as f64 / full_median).round(),
        "ratio": bare_median / full_median,
        "memory_peak_mib": memory_peak_mib(),
    }))
}

fn median(secs: &[f64]) -> f64 {
    let mut sorted = secs.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Of this process, which did both.
fn memory_peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// The indexer, from an empty file to the tip.
async fn backfill(
    source: impl Source + 'static,
    contract: Contract,
    events: u64,
    ranges: &Ranges,
) -> Result<f64> {
    let directory = tempfile::tempdir()?;
    let mirror = Mirror::open_path(&directory.path().join("mirror.db")).await?;
    let config = ChainConfig::new(contract.account.chain(), Vec::new(), vec![contract]);
    let source: Box<dyn Source> = Box::new(Recorder { source, ranges: ranges.clone() });
    let mut indexer = Indexer::with_sources(config, vec![source], mirror.writer(), || 1_800_000_000)?;
    let start = Instant::now();
    indexer.run_until_level().await?;
    let secs = start.elapsed().as_secs_f64();
    let state = mirror.reader().contract(&contract.account).await?.context("not mirrored")?;
    ensure!(
        state.verified_block.is_some() && state.verified_block == state.seen.map(|seen| seen.number),
        "{state:?}"
    );
    ensure!(mirrored(&mirror).await? == events, "another number of grants");
    mirror.close().await;
    Ok(secs)
}

async fn mirrored(mirror: &Mirror) -> Result<u64> {
    let (mut count, mut from) = (0, None);
    loop {
        let page = mirror.reader().grants(&Default::default(), from.as_ref(), u32::MAX).await?;
        count += page.items.len() as u64;
        from = page.next;
        if from.is_none() {
            return Ok(count);
        }
    }
}

/// The same questions, decoded and dropped.
async fn fetch(source: &impl Source, contract: Contract, events: u64, asked: &[(u64, u64)]) -> Result<f64> {
    let start = Instant::now();
    let mut fetched = 0;
    for (from, to) in asked {
        fetched += source.events(&contract, *from, *to).await?.events.len() as u64;
    }
    ensure!(fetched == events, "another number of events: {fetched}");
    Ok(start.elapsed().as_secs_f64())
}

/// A source; what was answered is noted.
struct Recorder<S> {
    source: S,
    ranges: Ranges,
}

#[async_trait]
impl<S: Source> Source for Recorder<S> {
    fn name(&self) -> &str {
        self.source.name()
    }

    async fn check_chain(&self) -> Result<(), SourceError> {
        self.source.check_chain().await
    }

    async fn tip(&self) -> Result<Tip, SourceError> {
        self.source.tip().await
    }

    async fn block(&self, number: u64) -> Result<Option<BlockRef>, SourceError> {
        self.source.block(number).await
    }

    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Range, SourceError> {
        let range = self.source.events(contract, from, to).await?;
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner).push((from, to));
        Ok(range)
    }

    async fn block_events(&self, contract: &Contract, block: &BlockRef) -> Result<Vec<Located>, SourceError> {
        self.source.block_events(contract, block).await
    }

    async fn history_head(
        &self,
        contract: &Contract,
        at: &BlockRef,
    ) -> Result<Option<HistoryHead>, SourceError> {
        self.source.history_head(contract, at).await
    }
}
