//! `idos credential add`: attributes and documents of one's own.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use idos_client::{
    Signer,
    owner::own_data::{self, OwnData},
};
use idos_credentials::CredentialDraft;
use serde_json::{Map, Value};

use super::{
    credential::{read_document, read_json},
    duration::Until,
};
use crate::{clock, context::Context};

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The type of the credential, e.g. ContactDetails
    #[arg(long = "type", default_value = "OwnData")]
    kind: String,
    /// What you say of yourself: a file with a JSON object
    #[arg(long)]
    claims: PathBuf,
    /// Files to put into it, as NAME=PATH
    #[arg(long = "document", value_name = "NAME=PATH")]
    documents: Vec<String>,
    /// Readable metadata: a JSON object. Nothing personal.
    #[arg(long, default_value = "{}")]
    notes: String,
    /// Until when it is valid
    #[arg(long)]
    valid: Option<Until>,
}

pub async fn add(args: AddArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let secret = signed_in.secret(context).await?;
    let now = clock::now();
    let subject = format!("did:pkh:{}", signed_in.wallet.account());
    let mut draft = CredentialDraft::new(context.fresh_uuid(), subject, now);
    draft.types = vec![args.kind];
    draft.valid_until = args.valid.map(|valid| valid.counted_from(now));
    draft.claims = read_json(&args.claims)?;
    for document in &args.documents {
        let (name, content) = read_document(document)?;
        draft.claims.insert(name, content);
    }
    let notes: Map<String, Value> =
        serde_json::from_str(&args.notes).context("--notes is not a JSON object")?;
    let own_data = OwnData { draft, notes };
    let stored = own_data::add(&signed_in.session, &secret, own_data, now, &mut context.rng).await?;
    context
        .output
        .result(&stored, || format!("stored as {}, self-issued by {}", stored.data_id, stored.issuer))
}
