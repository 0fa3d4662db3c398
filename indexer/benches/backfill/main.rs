//! How much of the time of fetching and decoding events the mirror costs: a backfill of grant events into SQLite, against the same questions
//! without a database, in turns; from anvil, and from a server of NEAR blocks. Prints a line of JSON for each. `IDOS_BENCH_EVENTS` sets how many
//! events (100,000), `IDOS_BENCH_CHAIN` which chain alone.

mod evm;
mod measure;
mod near;

use anyhow::Result;

const EVENTS: u64 = 100_000;

#[tokio::main]
async fn main() -> Result<()> {
    let events = std::env::var("IDOS_BENCH_EVENTS").ok().map_or(Ok(EVENTS), |text| text.parse())?;
    let chain = std::env::var("IDOS_BENCH_CHAIN").ok();
    let is_asked = |name| chain.as_deref().is_none_or(|chain| chain == name);
    if is_asked("evm") {
        println!("{}", evm::run(events).await?);
    }
    if is_asked("near") {
        println!("{}", near::run(events).await?);
    }
    Ok(())
}
