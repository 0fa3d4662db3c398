//! `idos key nodes`: names a set of nodes that are to share a key.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use clap::Args;
use idos_client::key_shares::KeyShareNodes;
use idos_wallets::NodeSet;
use url::Url;

use crate::{clock, context::Context};

#[derive(Debug, Args)]
pub struct NodesArgs {
    /// Where the nodes are
    #[arg(required = true, value_name = "URL")]
    urls: Vec<Url>,
    /// How many of them bring a key back; fewer know nothing about it (default: more than half)
    #[arg(long, value_name = "NUMBER")]
    threshold: Option<u8>,
    /// Where to keep the set, for --key-nodes
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub async fn run(args: NodesArgs, context: &Context<'_>) -> Result<()> {
    let half = u8::try_from(args.urls.len() / 2).unwrap_or(u8::MAX);
    let threshold = args.threshold.unwrap_or(half.saturating_add(1));
    let clock = Arc::new(clock::now) as idos_client::node::Clock;
    let set = KeyShareNodes::discover(threshold, &args.urls, &clock).await?;
    if let Some(path) = &args.out {
        fs::write(path, serde_json::to_string_pretty(&set)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    context.output.result(&set, || told(&set, args.out.as_ref()))
}

fn told(set: &NodeSet, out: Option<&PathBuf>) -> String {
    let lines: Vec<_> = set.nodes().iter().map(|node| format!("  {}\n    {}", node.url, node.did)).collect();
    let kept = out.map_or_else(
        || "keep the set with --out FILE".to_owned(),
        |path| format!("the set is in {}, for --key-nodes", path.display()),
    );
    format!(
        "any {} of these {} nodes bring a key back:\n{}\nEach said itself who it is: compare its DID with what its operator tells you on another way, before your key is shared among them.\n{kept}",
        set.threshold(),
        set.nodes().len(),
        lines.join("\n")
    )
}
