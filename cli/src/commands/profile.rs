//! `idos profile …`

mod change_key;
mod consent;
mod create;
mod delete;
pub mod key_statement;
mod wallets;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Subcommand, ValueEnum};
use idos_api::profiles::Profile;
use idos_client::{encryption, password_strength::PasswordStrength};
use idos_credentials::WebDid;
use idos_grants::Account;
use idos_keys::{EncryptionSecret, password::Kdf};
use idos_wallets::Wallet;
use uuid::Uuid;

use super::transfer;
use crate::{
    context::{Context, Password, ask_password_of},
    output::Output,
};

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Make a profile for your wallet, with an encryption key
    Create(create::CreateArgs),
    /// Let an issuer make your profile: prints what to hand to it
    Consent(consent::ConsentArgs),
    /// Issuer: make the profile of a person who consented
    CreateFor {
        /// The JSON that `idos profile consent` printed
        file: PathBuf,
    },
    /// Take another encryption key, and seal all your credentials anew for it
    ChangeKey(change_key::ChangeKeyArgs),
    /// State your encryption key by another of your wallets: prints what to hand to who knows you by that wallet
    KeyStatement,
    /// Delete your profile with everything in it, for good, and get a signed receipt
    Delete(delete::DeleteArgs),
    /// What was deleted of yours, and why
    Receipts,
    /// Show your profile
    Show,
    /// Decrypt everything in your profile into one archive of W3C credentials
    Export {
        /// The archive, a zip file, to be made
        file: PathBuf,
    },
    /// Store what an archive holds in your profile at this node, sealed for your key here
    Import {
        /// The archive that `export` made
        file: PathBuf,
        /// Issuers that are named by a web site, which is then asked for its keys; no other site is
        #[arg(long = "issuer", value_name = "did:web:…")]
        sites: Vec<WebDid>,
    },
    /// Link another wallet of this folder
    LinkWallet {
        /// As `idos wallet show` names it
        account: Account,
        /// Let it bring back the key that is shared among nodes, too
        #[arg(long)]
        with_key: bool,
    },
    /// Unlink a wallet
    UnlinkWallet {
        /// As `idos profile show` names it
        wallet: Wallet,
        /// Let it bring back the key that is shared among nodes no more
        #[arg(long)]
        with_key: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KeySource {
    /// Derived from a password that only you know. If you lose it, your data is lost.
    Password,
    /// Random, kept in this folder. If you lose the folder, your data is lost.
    Random,
    /// Random, shared among nodes that give it back to your wallets. If you lose all of them, your data is lost.
    Mpc,
}

pub async fn run(command: ProfileCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        ProfileCommand::Create(args) => create::run(args, context).await,
        ProfileCommand::Consent(args) => consent::consent(args, context).await,
        ProfileCommand::CreateFor { file } => consent::create_for(&file, context).await,
        ProfileCommand::ChangeKey(args) => change_key::run(args, context).await,
        ProfileCommand::KeyStatement => key_statement::run(context).await,
        ProfileCommand::Delete(args) => delete::run(args, context).await,
        ProfileCommand::Receipts => delete::receipts(context).await,
        ProfileCommand::Show => {
            let profile = context.signed_in().await?.profile;
            context.output.result(&profile, || match &profile {
                Some(profile) => describe(profile),
                None => "this wallet has no profile".into(),
            })
        }
        ProfileCommand::Export { file } => transfer::export(&file, context).await,
        ProfileCommand::Import { file, sites } => transfer::import(&file, &sites, context).await,
        ProfileCommand::LinkWallet { account, with_key } => wallets::link(account, with_key, context).await,
        ProfileCommand::UnlinkWallet { wallet, with_key } => wallets::unlink(wallet, with_key, context).await,
    }
}

/// Changes the key to one from `source`, or finishes a change that was interrupted.
pub async fn change_key_to(source: KeySource, context: &mut Context<'_>) -> Result<()> {
    change_key::run_to(source, context).await
}

fn derive_new(profile_id: Uuid, output: &Output) -> Result<EncryptionSecret> {
    choose_password(Password::Present, "Choose a password for your idOS key: ", &Kdf::V1, profile_id, output)
}

/// A new password, twice, and strong enough; and the key that follows from it.
fn choose_password(
    which: Password,
    prompt: &str,
    kdf: &Kdf,
    profile_id: Uuid,
    output: &Output,
) -> Result<EncryptionSecret> {
    let password = ask_password_of(which, prompt)?;
    let strength = PasswordStrength::of(&password, &["idOS", &profile_id.to_string()]);
    strength.check()?;
    output.note(&format!("your password's strength is {strength}"));
    let again = ask_password_of(which, "Once more: ")?;
    if password != again {
        bail!("the two passwords differ: try again");
    }
    Ok(encryption::derive(kdf, &password, profile_id)?)
}

fn describe(profile: &Profile) -> String {
    let wallets =
        profile.wallets.iter().map(|wallet| format!("  wallet {wallet}")).collect::<Vec<_>>().join("\n");
    format!("profile {}\n{wallets}", profile.id)
}
