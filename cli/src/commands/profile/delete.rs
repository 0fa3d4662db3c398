//! `idos profile delete`: everything, for good.

use std::{
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use idos_api::credentials::{DeletionReason, KeptReceipt};
use idos_client::ClientError;
use uuid::Uuid;

use crate::{
    commands::{credential::write_private, paging},
    context::Context,
};

#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Where to keep the receipt
    #[arg(long)]
    receipt: Option<PathBuf>,
    /// The profile's id, if its deletion was asked for before and the receipt was lost
    #[arg(long)]
    profile: Option<Uuid>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub async fn run(args: DeleteArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile_id = match args.profile {
        Some(id) => id,
        None => match signed_in.profile_being_deleted(context)? {
            Some(id) if signed_in.profile.is_none() => id,
            _ => signed_in.profile()?.id,
        },
    };
    if !args.yes {
        confirm(profile_id)?;
    }
    let is_present = signed_in.profile.as_ref().is_some_and(|profile| profile.id == profile_id);
    if is_present {
        if let Err(error) = signed_in.note_present_holding(context).await {
            context.output.note(&format!("the nodes that share its key stay as they are: {error:#}"));
        }
        signed_in.mark_profile_deleted(profile_id, context)?;
    }
    let bar = context.output.waiting("deleting");
    let receipt = signed_in.session.delete_profile(profile_id).await;
    bar.finish_and_clear();
    if let Err(ClientError::Node { .. }) = &receipt
        && is_present
    {
        signed_in.mark_profile_kept(profile_id, context)?;
    }
    let receipt = receipt?;
    signed_in.delete_all_shares_of(profile_id, context).await?;
    if let Some(path) = &args.receipt {
        write_private(path, &serde_json::to_vec_pretty(&receipt)?)?;
    }
    context.output.result(&receipt, || {
        let (contents, node) = (receipt.receipt.contents.len(), &receipt.node);
        format!("profile {profile_id} is deleted, with {contents} credentials and copies; receipt signed by {node}")
    })
}

fn confirm(profile_id: Uuid) -> Result<()> {
    if !io::stdin().is_terminal() {
        bail!("this deletes the whole profile {profile_id}: say --yes if that is meant");
    }
    eprintln!("This deletes the profile {profile_id} with everything in it. Nobody can bring it back.");
    eprintln!("Type its id to go on:");
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed).context("cannot read the answer")?;
    if typed.trim() == profile_id.to_string() {
        Ok(())
    } else {
        bail!("that is not its id: nothing was deleted")
    }
}

pub async fn receipts(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile_id = signed_in.profile()?.id;
    let receipts = paging::all(async |cursor| {
        let page = signed_in.session.receipts(profile_id, cursor).await?;
        Ok((page.receipts, page.next_cursor))
    })
    .await?;
    context.output.result(&receipts, || match receipts.as_slice() {
        [] => "nothing of yours was deleted".into(),
        receipts => receipts.iter().map(line).collect::<Vec<_>>().join("\n"),
    })
}

fn line(kept: &KeptReceipt) -> String {
    let why = match kept.reason {
        DeletionReason::Asked => "you asked for it",
        DeletionReason::ProfileDeleted => "with its profile",
        DeletionReason::GrantsRevoked => "a copy whose grants were revoked",
        DeletionReason::Rescinded => "a copy that was given up",
    };
    let deletion = &kept.receipt.receipt;
    format!("{}  {}  {why}", deletion.deleted_at, deletion.data_id)
}
