//! `idos relay usage`: what apps used of this relay, for its operator.

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use idos_api::usage::{AppBill, MAX_USAGE_DAYS, day_of};
use idos_relay::UsageLog;

use super::config::{RelayConfig, RelayOptions};
use crate::{clock, output::Output, period::Period};

/// What is done beside a running relay.
#[derive(Debug, Subcommand)]
pub enum RelayCommand {
    /// What apps used, and what it costs them by the configuration's prices
    Usage(UsageArgs),
}

#[derive(Debug, Args)]
pub struct UsageArgs {
    #[command(flatten)]
    options: RelayOptions,
    #[command(flatten)]
    period: Period,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// `idos relay usage`
pub async fn usage(args: &UsageArgs, output: &Output) -> Result<()> {
    let config = RelayConfig::read(&args.options.config)?;
    let (from, to) = args.period.times(clock::now());
    let (first, last) = (day_of(from), day_of(to));
    ensure!(
        first <= last && last - first < MAX_USAGE_DAYS,
        "--from must not be later than --to, and at most {MAX_USAGE_DAYS} days before it"
    );
    let log = UsageLog::open(&config.url(&config.data_dir)).await.with_context(|| {
        format!("there is no relay's database in {}: is it the --config of one?", config.data_dir.display())
    })?;
    let mut rows = Vec::new();
    for day in first..=last {
        rows.extend(log.of_day(day).await?);
    }
    log.close().await;
    let bill = config.prices.bill_apps(&rows);
    if args.csv {
        print!("{}", csv(&bill));
        return Ok(());
    }
    output.result(&bill, || text(&bill))
}

/// No field holds a comma or a quote: an app's name is letters, digits, '-', '_' and '.'.
fn csv(bill: &AppBill) -> String {
    let mut csv = "app,calls,amount,currency\n".to_owned();
    for line in &bill.lines {
        csv += &format!("{},{},{},{}\n", line.app, line.calls, line.amount, bill.currency);
    }
    csv
}

fn text(bill: &AppBill) -> String {
    if bill.lines.is_empty() {
        return "nothing was relayed that is charged for".into();
    }
    let lines = bill.lines.iter().map(|line| format!("{}  {} calls  {}", line.app, line.calls, line.amount));
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("{lines}\ntotal {} (minor unit of {:?})", bill.total, bill.currency)
}
