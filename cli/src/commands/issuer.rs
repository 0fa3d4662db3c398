//! `idos issuer …`

use anyhow::{Context as _, Result};
use clap::Subcommand;
use idos_api::credentials::Issuance;
use idos_credentials::IssuerKey;
use idos_grants::DataId;
use serde_json::json;

use super::{issuing, paging};
use crate::context::Context;

#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Make a signing key
    Create,
    /// Show the signing key's DID
    Show,
    /// What you stored for others, as the node has it, and how your grants stand
    Issuances,
    /// What is issued half-way, and where it stands
    Pending,
    /// Go on with what is issued half-way: it may be repeated at any time
    Resume(issuing::ResumeArgs),
    /// Give up what is issued half-way; what is stored already stays its owner's
    Abandon {
        /// Which: the original's data id
        data_id: DataId,
    },
}

pub async fn run(command: IssuerCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        IssuerCommand::Create => {
            let key = IssuerKey::generate(&mut context.rng);
            context.home.set_issuer_key(&key)?;
            show(&key, context)
        }
        IssuerCommand::Show => show(&key_of(context)?, context),
        IssuerCommand::Issuances => issuances(context).await,
        IssuerCommand::Pending => issuing::pending(context),
        IssuerCommand::Resume(args) => issuing::resume(args, context).await,
        IssuerCommand::Abandon { data_id } => issuing::abandon(data_id, context),
    }
}

async fn issuances(context: &mut Context<'_>) -> Result<()> {
    let session = context.signed_in().await?.session;
    let all = paging::all(async |cursor| {
        let page = session.issuances(cursor).await?;
        Ok((page.issuances, page.next_cursor))
    })
    .await?;
    context.output.result(&all, || match all.as_slice() {
        [] => "you have stored nothing for others".into(),
        all => all.iter().map(describe).collect::<Vec<_>>().join("\n"),
    })
}

fn describe(issuance: &Issuance) -> String {
    let grant = match issuance.grant {
        Some(state) => format!("your grant: {state:?}").to_lowercase(),
        None => "your grant: not on chain".to_owned(),
    };
    format!("{}  {}  {grant}", issuance.created_at, issuance.data_id)
}

fn show(key: &IssuerKey, context: &Context<'_>) -> Result<()> {
    let did = key.did();
    context.output.result(&json!({"issuer": did}), || did.to_string())
}

/// The issuer's key, or advice.
pub fn key_of(context: &Context<'_>) -> Result<IssuerKey> {
    context
        .home
        .issuer_key()?
        .context("there is no issuer key in this folder: make one with `idos issuer create`")
}
