//! `idos node usage`: what issuers and consumers used of this node, for its operator.

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use idos_api::usage::{Bill, MAX_USAGE_DAYS, day_of};
use idos_storage::UsageLog;

use super::config::{NodeConfig, NodeOverrides};
use crate::{clock, output::Output, period::Period};

/// What is done beside a running node.
#[derive(Debug, Subcommand)]
pub enum NodeCommand {
    /// What issuers and consumers used, and what it costs them by the configuration's prices
    Usage(UsageArgs),
}

#[derive(Debug, Args)]
pub struct UsageArgs {
    #[command(flatten)]
    overrides: NodeOverrides,
    #[command(flatten)]
    period: Period,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// `idos node usage`
pub async fn usage(args: &UsageArgs, output: &Output) -> Result<()> {
    let config = NodeConfig::load(&args.overrides)?;
    let (from, to) = args.period.times(clock::now());
    let (first, last) = (day_of(from), day_of(to));
    ensure!(
        first <= last && last - first < MAX_USAGE_DAYS,
        "--from must not be later than --to, and at most {MAX_USAGE_DAYS} days before it"
    );
    let url = config.store_url(&config.data_dir);
    let log = UsageLog::open(&url).await.with_context(|| {
        format!(
            "there is no node's database in {}: name its --data-dir or --config",
            config.data_dir.display()
        )
    })?;
    let mut rows = Vec::new();
    for day in first..=last {
        rows.extend(log.of_day(day).await?);
    }
    log.close().await;
    let bill = config.prices.bill(&rows);
    if args.csv {
        print!("{}", csv(&bill));
        return Ok(());
    }
    output.result(&bill, || text(&bill))
}

/// No field holds a comma or a quote: ids, words and numbers.
fn csv(bill: &Bill) -> String {
    let mut csv = "profile_id,item,uses,bytes,amount,currency\n".to_owned();
    for line in &bill.lines {
        let (id, item) = (line.profile_id, line.item.as_str());
        csv += &format!("{id},{item},{},{},{},{}\n", line.uses, line.bytes, line.amount, bill.currency);
    }
    csv
}

fn text(bill: &Bill) -> String {
    if bill.lines.is_empty() {
        return "nothing was used that is charged for".into();
    }
    let line = |line: &idos_api::usage::BillLine| {
        let (id, item) = (line.profile_id, line.item.as_str());
        format!("{id}  {item}  {}  {} bytes  {}", line.uses, line.bytes, line.amount)
    };
    let lines = bill.lines.iter().map(line).collect::<Vec<_>>().join("\n");
    format!("{lines}\ntotal {} (minor unit of {:?})", bill.total, bill.currency)
}
