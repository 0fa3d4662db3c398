//! How much of the time of fetching and decoding logs the mirror costs: a backfill of grant events from anvil into SQLite, against the same
//! questions without a database, in turns. Prints one line of JSON. `IDOS_BENCH_EVENTS` sets how many (100,000).

use std::{
    fs,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use alloy::{
    primitives::{Address, U256, address},
    providers::{DynProvider, Provider, ProviderBuilder, ext::AnvilApi},
    rpc::types::TransactionReceipt,
};
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use idos_contracts_evm::{AccessGrants, IAccessGrants::NewGrant};
use idos_devnet::{Anvil, BlockTime, CHAIN_ID};
use idos_grants::{Account, ChainId, HistoryHead};
use idos_indexer::{
    ChainConfig, Finality, Indexer,
    source::{Source, SourceError, Tip, evm::EvmSource},
};
use idos_mirror::{BlockRef, Contract, ContractKind, Located, Mirror};
use serde_json::json;

const ROUNDS: usize = 3;
const EVENTS: u64 = 100_000;
/// The most that the contract takes.
const BATCH: u64 = 100;
const BATCHES_PER_BLOCK: u64 = 10;
const CHAIN: ChainId = ChainId::Eip155(CHAIN_ID);
const FINALITY: Finality = Finality::Confirmations(2);
/// The first of anvil's accounts, which it signs for.
const OWNER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

#[tokio::main]
async fn main() -> Result<()> {
    let events = std::env::var("IDOS_BENCH_EVENTS").ok().map_or(Ok(EVENTS), |text| text.parse())?;
    let anvil = Anvil::start_with(None, BlockTime::PerTransaction, &["--gas-limit", "1000000000"]).await?;
    let contract = make_grants(&anvil, events).await?;
    let ranges = Arc::new(Mutex::new(Vec::new()));
    backfill(&anvil, contract, events, &ranges).await?;
    let asked = std::mem::take(&mut *ranges.lock().unwrap_or_else(PoisonError::into_inner));
    let (mut bare, mut full) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(fetch(&anvil, contract, events, &asked).await?);
        full.push(backfill(&anvil, contract, events, &ranges).await?);
    }
    let (bare_median, full_median) = (median(&bare), median(&full));
    let result = json!({
        "bench": "backfill",
        "events": events,
        "ranges": asked.len(),
        "fetch_secs": bare,
        "backfill_secs": full,
        "fetch_events_per_sec": (events as f64 / bare_median).round(),
        "backfill_events_per_sec": (events as f64 / full_median).round(),
        "ratio": bare_median / full_median,
        "memory_peak_mib": memory_peak_mib(),
    });
    println!("{result}");
    Ok(())
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

async fn make_grants(anvil: &Anvil, events: u64) -> Result<Contract> {
    let provider = ProviderBuilder::default().connect_http(anvil.rpc().clone()).erased();
    let deployment = *AccessGrants::deploy_builder(provider.clone()).from(OWNER).send().await?.tx_hash();
    let receipt: TransactionReceipt = loop {
        match provider.get_transaction_receipt(deployment).await? {
            Some(receipt) => break receipt,
            None => tokio::task::yield_now().await,
        }
    };
    let address = receipt.contract_address.context("no contract")?;
    let grants = AccessGrants::new(address, provider.clone());
    provider.anvil_set_auto_mine(false).await?;
    for batch in 0..events / BATCH {
        let grant = |n: u64| NewGrant {
            grantee: Address::repeat_byte(0x22),
            dataId: alloy::primitives::keccak256(U256::from(batch * BATCH + n).to_be_bytes::<32>()),
            lockedUntil: 0,
        };
        let _sent =
            grants.createGrants((0..BATCH).map(grant).collect()).from(OWNER).gas(4_000_000).send().await?;
        if (batch + 1) % BATCHES_PER_BLOCK == 0 {
            mine(&provider).await?;
        }
    }
    for _ in 0..3 {
        mine(&provider).await?;
    }
    let account = Account::evm(CHAIN_ID, address.into_array());
    Ok(Contract { account, kind: ContractKind::AccessGrants, start_block: 0 })
}

async fn mine(provider: &DynProvider) -> Result<()> {
    Ok(provider.anvil_mine(Some(1), None).await?)
}

/// Blocks `from..=to` of a question.
type Ranges = Arc<Mutex<Vec<(u64, u64)>>>;

/// The indexer, from an empty file to the tip.
async fn backfill(anvil: &Anvil, contract: Contract, events: u64, ranges: &Ranges) -> Result<f64> {
    let directory = tempfile::tempdir()?;
    let mirror = Mirror::open_path(&directory.path().join("mirror.db")).await?;
    let config = ChainConfig::new(CHAIN, Vec::new(), vec![contract]);
    let source = EvmSource::new(CHAIN, anvil.rpc(), FINALITY);
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
    ensure!(asked_events(&mirror).await? == events, "another number of grants");
    mirror.close().await;
    Ok(secs)
}

async fn asked_events(mirror: &Mirror) -> Result<u64> {
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
async fn fetch(anvil: &Anvil, contract: Contract, events: u64, asked: &[(u64, u64)]) -> Result<f64> {
    let source = EvmSource::new(CHAIN, anvil.rpc(), FINALITY);
    let start = Instant::now();
    let mut fetched = 0;
    for (from, to) in asked {
        fetched += source.events(&contract, *from, *to).await?.len() as u64;
    }
    ensure!(fetched == events, "another number of events: {fetched}");
    Ok(start.elapsed().as_secs_f64())
}

/// The EVM source; what was answered is noted.
struct Recorder {
    source: EvmSource,
    ranges: Ranges,
}

#[async_trait]
impl Source for Recorder {
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

    async fn events(&self, contract: &Contract, from: u64, to: u64) -> Result<Vec<Located>, SourceError> {
        let events = self.source.events(contract, from, to).await?;
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner).push((from, to));
        Ok(events)
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
