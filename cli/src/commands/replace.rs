//! `idos credential replace`: the shares of a credential move to the one that replaces it.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use idos_api::node::ContractKind;
use idos_client::owner::{
    Opening,
    replace::{Moved, OldGrant, Replacement, Shared, Target, check_replaces, move_share, shared},
};
use idos_credentials::WebDid;
use idos_grants::DataId;
use serde::Serialize;

use super::{credential::read_json, issuers::keys_of_sites};
use crate::context::Context;

#[derive(Debug, Args)]
pub struct ReplaceArgs {
    /// The old one, which its issuer has revoked
    old: DataId,
    /// The new one
    new: DataId,
    /// What a consumer's `idos profile key-statement` printed, if you grant to another wallet of it than the one that stated its key
    #[arg(long = "key-statement", value_name = "FILE")]
    key_statements: Vec<PathBuf>,
    /// Issuers that are named by a web site, which is then asked for its keys: only then what they issued is shared, and it counts that they say what replaces what
    #[arg(long = "issuer", value_name = "did:web:…")]
    sites: Vec<WebDid>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Serialize)]
struct Failed {
    old_copy: DataId,
    reason: String,
}

pub async fn run(args: ReplaceArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let session = &signed_in.session;
    let (old, new) = (session.credential(args.old).await?, session.credential(args.new).await?);
    let known_keys = keys_of_sites(&args.sites).await?;
    let replacement = check_replaces(&old, &new, &known_keys)?;
    let wallets = &signed_in.profile()?.wallets;
    let old_shares = shared(session, args.old, wallets).await?;
    let new_shares = shared(session, args.new, wallets).await?;
    let count: usize = old_shares.iter().map(|share| share.grants.len()).sum();
    if !args.yes && count > 0 {
        confirm(replacement, &old_shares)?;
    }
    let secrets = signed_in.secrets(context).await?;
    let handed_over = args.key_statements.iter().map(|path| read_json(path)).collect::<Result<Vec<_>>>()?;
    let opening = Opening { secrets: &secrets, known_keys: &known_keys };
    let target = Target { original: args.new, shared: &new_shares, opening, handed_over: &handed_over };
    let bar = context.output.counting("moving shares", count as u64);
    let (mut moved, mut failed) = (Vec::new(), Vec::new());
    for share in &old_shares {
        for grant in &share.grants {
            let mut rng = context.rng;
            let one = async {
                session.node().check_contract(ContractKind::AccessGrants, grant.contract)?;
                let wallet = context.wallet_of(grant.owner)?;
                let chain = context.chain_with(&wallet, grant.owner.chain()).await?;
                let moving = move_share(session, share, grant, &target, chain.as_ref(), &*context, &mut rng);
                Ok::<_, anyhow::Error>(moving.await?)
            };
            match one.await {
                Ok(one) => moved.push(one),
                Err(error) => {
                    failed.push(Failed { old_copy: share.copy.data_id, reason: format!("{error:#}") });
                }
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let result = serde_json::json!({"replacement": replacement, "moved": moved, "failed": failed});
    context.output.result(&result, || {
        let lines = moved.iter().map(line);
        let failures = failed.iter().map(|failed| format!("{}: {}", failed.old_copy, failed.reason));
        let lines = lines.chain(failures).collect::<Vec<_>>();
        if lines.is_empty() { "it is shared with nobody".into() } else { lines.join("\n") }
    })?;
    match failed.first() {
        None => Ok(()),
        Some(Failed { reason, .. }) => bail!("{} shares did not move: do it again ({reason})", failed.len()),
    }
}

fn confirm(replacement: Replacement, shares: &[Shared]) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("this changes who may read what: confirm it with --yes");
    }
    if replacement == Replacement::Unstated {
        eprintln!("The issuer does not say that the new credential replaces the old one.");
    }
    eprintln!("These may read the new credential from then on, and no longer the old one:");
    for grant in shares.iter().flat_map(|share| &share.grants) {
        eprintln!("  {}", grant.grantee);
    }
    eprint!("Go on? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("no answer")?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { bail!("nothing was changed") }
}

fn line(moved: &Moved) -> String {
    let new = moved.new_copy.map(|id| format!(" -> {id}")).unwrap_or_default();
    let ended = match &moved.old_grant {
        OldGrant::Revoked(mined) => format!("the old grant is revoked in transaction {}", mined.transaction),
        OldGrant::Gone => "the old grant is revoked already".into(),
        OldGrant::Locked { locked_until } => {
            format!("the old grant is locked until {locked_until}: do this again afterwards")
        }
        OldGrant::Kept { reason } => reason.clone(),
    };
    format!("{}{new}: {ended}", moved.old_copy)
}
