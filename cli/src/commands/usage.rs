//! `idos usage`

use anyhow::Result;
use clap::Args;
use idos_api::usage::{Bill, UsageReport};

use crate::{
    clock,
    context::Context,
    period::{Period, shown_day},
};

#[derive(Debug, Args)]
pub struct UsageArgs {
    #[command(flatten)]
    period: Period,
}

pub async fn run(args: UsageArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let (from, to) = args.period.times(clock::now());
    let report = signed_in.session.usage(from, to).await?;
    context.output.result(&report, || describe(&report))
}

fn describe(report: &UsageReport) -> String {
    if report.rows.is_empty() {
        return "nothing that is charged for".into();
    }
    let days = report.rows.iter().map(|row| {
        format!("{}  {}  {}  {} bytes", shown_day(row.day), row.item.as_str(), row.uses, row.bytes)
    });
    format!("{}\n{}", days.collect::<Vec<_>>().join("\n"), total(&report.bill))
}

/// What a bill comes to, in words.
pub fn total(bill: &Bill) -> String {
    match bill.currency.as_str() {
        "" => "the node has no prices".into(),
        currency => format!("{} in the minor unit of {currency}", bill.total),
    }
}
