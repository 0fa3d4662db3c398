//! `idos issuer …`

use anyhow::{Context as _, Result};
use clap::Subcommand;
use idos_credentials::IssuerKey;
use serde_json::json;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Make a signing key
    Create,
    /// Show the signing key's DID
    Show,
}

pub fn run(command: IssuerCommand, context: &mut Context<'_>) -> Result<()> {
    let key = match command {
        IssuerCommand::Create => {
            let key = IssuerKey::generate(&mut context.rng);
            context.home.set_issuer_key(&key)?;
            key
        }
        IssuerCommand::Show => key_of(context)?,
    };
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
