//! `idos issuer …`

use anyhow::{Context as _, Result};
use clap::Subcommand;
use idos_api::credentials::Issuance;
use idos_client::issuer::state_signing_key;
use idos_credentials::{IssuerKey, WebDid};
use idos_grants::DataId;
use idos_wallets::SigningKeyStatement;
use serde_json::json;

use super::{issuing, paging};
use crate::{clock, context::Context};

#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Make a signing key
    Create,
    /// Show the signing key's DID
    Show,
    /// Be named by your web site instead of your key: prints the DID document to serve there, and tells the node which key is yours
    Site {
        /// Your site's DID, e.g. did:web:issuer.example
        did: WebDid,
        /// The version of this statement at the node; unless given, one more than the last
        #[arg(long)]
        statement_version: Option<u32>,
    },
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
        IssuerCommand::Site { did, statement_version } => site(did, statement_version, context).await,
        IssuerCommand::Issuances => issuances(context).await,
        IssuerCommand::Pending => issuing::pending(context),
        IssuerCommand::Resume(args) => issuing::resume(args, context).await,
        IssuerCommand::Abandon { data_id } => issuing::abandon(data_id, context),
    }
}

async fn site(did: WebDid, version: Option<u32>, context: &mut Context<'_>) -> Result<()> {
    let key = key_of(context)?.for_site(did.clone());
    let signed_in = context.signed_in().await?;
    let profile = signed_in.profile()?;
    let stated = profile.signing_key.as_ref().map(|signed| &signed.statement);
    // What is stated already is not stated again.
    if version.is_some() || !stated.is_some_and(|stated| names(stated, &key)) {
        let version = version.unwrap_or_else(|| stated.map_or(0, |stated| stated.version).saturating_add(1));
        let statement = state_signing_key(&signed_in.wallet, profile.id, &key, version, clock::now())?;
        signed_in.session.put_signing_key(&statement).await?;
    }
    context.home.set_issuer_site(&did)?;
    let (document, _) = did.document(&key.did());
    context.output.note(&format!("serve this at {}", did.document_url()));
    // What is to be served is JSON for people too.
    context.output.result(&document, || serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// Whether that is what is stated of the key.
fn names(stated: &SigningKeyStatement, key: &IssuerKey) -> bool {
    stated.issuer.as_str() == key.name().as_str() && stated.signing_key == key.did().key().to_bytes()
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
    let (name, did) = (key.name(), key.did());
    context.output.result(&json!({"issuer": name, "key": did}), || name.to_string())
}

/// The issuer's key, or advice.
pub fn key_of(context: &Context<'_>) -> Result<IssuerKey> {
    context
        .home
        .issuer_key()?
        .context("there is no issuer key in this folder: make one with `idos issuer create`")
}
