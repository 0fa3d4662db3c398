//! `idos profile consent` and `idos profile create-for`: a profile that an issuer makes.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use clap::Args;
use idos_client::{
    Signer,
    encryption::{KeyOrigin, remember_own},
    issuer::create_profile_for,
    owner::{ConsentToProfile, ProfileTerms, consent_to_profile},
};
use idos_credentials::IssuerDid;
use idos_keys::{EncryptionSecret, password::Kdf};

use super::{KeySource, derive_new};
use crate::{
    clock,
    commands::{duration::Until, issuer, key},
    context::Context,
};

#[derive(Debug, Args)]
pub struct ConsentArgs {
    /// The issuer's signing key, as did:key: nobody else can use the consent
    #[arg(long)]
    issuer: IssuerDid,
    /// Where the encryption key comes from
    #[arg(long, value_enum, default_value = "mpc")]
    key: KeySource,
    /// Until when the issuer may use it: at most 24h
    #[arg(long, default_value = "1h")]
    valid: Until,
}

pub async fn consent(args: ConsentArgs, context: &mut Context<'_>) -> Result<()> {
    let wallet = context.wallet()?;
    let domain = context.node()?.domain().await?;
    let profile_id = context.fresh_uuid();
    let now = clock::now();
    let expires_at = args.valid.counted_from(now);
    let (secret, key_origin, key_nodes) = match args.key {
        KeySource::Password => (derive_new(profile_id, context.output)?, KeyOrigin::Password(Kdf::V1), None),
        KeySource::Random => (random_key(context)?, KeyOrigin::Random, None),
        KeySource::Mpc => {
            let to_be = key::StatementToBe { profile_id, version: 1, named_until: expires_at };
            let created = key::share_new(&wallet, to_be, None, context).await?;
            let advice = "let a backup wallet, too, with `idos key add-wallet` once you have your profile";
            let account = wallet.account();
            context.output.note(&format!("only {account} can bring this key back: {advice}"));
            (created.secret, KeyOrigin::Shared(created.shared), Some(created.node_set))
        }
    };
    let terms = ProfileTerms {
        domain,
        issuer: &args.issuer,
        profile_id,
        key: &secret.public(),
        key_origin,
        key_nodes: key_nodes.as_ref(),
        issued_at: now,
        expires_at,
    };
    let consented = consent_to_profile(&wallet, &terms, &mut context.rng)?;
    // The issuer makes the profile: here nothing else would know what it states.
    remember_own(&context.home, &consented.key_statement)?;
    // What is signed is itself what is handed over, so it is JSON for people too.
    context.output.result(&consented, || serde_json::to_string_pretty(&consented).unwrap_or_default())
}

/// The folder's key, if a consent that was never used has left one; a new one, kept there, otherwise.
fn random_key(context: &mut Context<'_>) -> Result<EncryptionSecret> {
    if let Some(kept) = context.home.encryption_secret()? {
        return Ok(kept);
    }
    let secret = EncryptionSecret::generate(&mut context.rng);
    context.home.set_encryption_secret(&secret)?;
    Ok(secret)
}

pub async fn create_for(file: &Path, context: &mut Context<'_>) -> Result<()> {
    let key = issuer::key_of(context)?;
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let consented: ConsentToProfile = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what `idos profile consent` prints", file.display()))?;
    let signed_in = context.signed_in().await?;
    signed_in.profile()?;
    let made = create_profile_for(&signed_in.session, &key, &consented).await?;
    context.output.result(&made, || format!("profile {} is made for {}", made.profile_id, made.account))
}
