//! `idos profile create`.

use anyhow::{Result, bail};
use clap::Args;
use idos_api::profiles::NewProfile;
use idos_client::encryption;
use idos_keys::{EncryptionSecret, password::Kdf};
use uuid::Uuid;

use super::{KeySource, derive_new, describe};
use crate::{
    clock,
    commands::key::{self, KeyCommand},
    context::{Context, Password, ask_password_of},
};

/// How the passwords of profiles that are brought along became their keys.
const VERSION_0_1: &str = "0.1";

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Where the encryption key comes from
    #[arg(long, value_enum, default_value = "mpc")]
    key: KeySource,
    /// For those who bring a profile of idOS with its password: the version of its password key. Change the key afterwards
    #[arg(long, value_parser = [VERSION_0_1], requires = "profile_id")]
    kdf: Option<String>,
    /// The id of the profile that is brought along, which is part of its password key
    #[arg(long, value_name = "UUID", requires = "kdf")]
    profile_id: Option<Uuid>,
}

pub async fn run(args: CreateArgs, context: &mut Context<'_>) -> Result<()> {
    if args.kdf.is_some() && !matches!(args.key, KeySource::Password) {
        bail!("--kdf and --profile-id are for --key password: another key follows from nothing");
    }
    if let KeySource::Mpc = args.key {
        return key::run(KeyCommand::Create, context).await;
    }
    let signed_in = context.signed_in().await?;
    if let Some(profile) = &signed_in.profile {
        bail!("this wallet has the profile {} already", profile.id);
    }
    let profile_id = args.profile_id.unwrap_or_else(|| context.fresh_uuid());
    let (secret, kdf) = match (args.key, args.profile_id) {
        (KeySource::Password, Some(_)) => (derive_present(profile_id)?, Some(Kdf::V0_1)),
        (KeySource::Password, None) => (derive_new(profile_id, context.output)?, Some(Kdf::V1)),
        _ => (EncryptionSecret::generate(&mut context.rng), None),
    };
    let statement = encryption::state(&signed_in.wallet, profile_id, &secret, kdf.as_ref(), 1, clock::now())?;
    if kdf.is_none() {
        context.home.set_encryption_secret(&secret)?;
    }
    let new = NewProfile { profile_id, key_statement: Some(statement) };
    let profile = signed_in.session.create_profile(&new).await?;
    context.output.result(&profile, || {
        let warning = match (args.key, args.profile_id) {
            (KeySource::Password, Some(_)) => {
                "Your key is guessed sooner than one made today: compare it with the one that you had, then change it with `idos profile change-key --key mpc`, or `--key password`."
            }
            (KeySource::Password, None) => "Nobody can reset your password: if you lose it, your data is lost.",
            _ => "Keep a copy of this folder: if you lose encryption.key, your data is lost.",
        };
        format!("{}\n  key {}\n{warning}", describe(&profile), secret.public())
    })
}

/// The key of a password that is one already: however weak it is, no other one opens what is sealed for it.
fn derive_present(profile_id: Uuid) -> Result<EncryptionSecret> {
    let password = ask_password_of(Password::Present, "The password of your idOS key: ")?;
    let again = ask_password_of(Password::Present, "Once more: ")?;
    if password != again {
        bail!("the two passwords differ: try again");
    }
    Ok(encryption::derive(&Kdf::V0_1, &password, profile_id)?)
}
