//! `idos profile change-key`: another encryption key, and every original sealed anew for it. Interrupted at any moment, `--resume` finishes it:
//! a random key is in the folder before it is stated, and the one before stays there as long as anything is sealed for it.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use idos_api::{credentials::Credential, profiles::SignedKeyStatement};
use idos_client::{
    ClientError,
    encryption::{self, KeyOrigin},
    owner::{KeyChange, KeyChanged, change_key, sealed_for_others},
    past_keys::PastKey,
};
use idos_credentials::{KnownKey, WebDid};
use idos_keys::{EncryptionKey, EncryptionSecret, password::Kdf};
use idos_wallets::NodeSet;

use super::{KeySource, choose_password};
use crate::{
    clock,
    commands::{issuers::keys_of_sites, key},
    context::{Context, Password, SignedIn, ask_password_of},
};

#[derive(Debug, Args)]
pub struct ChangeKeyArgs {
    /// Where the new key comes from
    #[arg(long, value_enum, required_unless_present = "resume")]
    key: Option<KeySource>,
    /// How a password becomes the new key, as key statements say it (default: scrypt with N = 2^17)
    #[arg(long, value_parser = parse_kdf, conflicts_with = "resume")]
    kdf: Option<Kdf>,
    /// Finish a change that was interrupted
    #[arg(long, conflicts_with = "key")]
    resume: bool,
    /// Issuers of yours that are named by a web site, which is then asked for its keys: what they issued is sealed anew only if they signed it
    #[arg(long = "issuer", value_name = "did:web:…")]
    sites: Vec<WebDid>,
}

fn parse_kdf(text: &str) -> Result<Kdf, String> {
    let kdf: Kdf = serde_json::from_str(text).map_err(|error| {
        format!(r#"{error}; say it like {{"name":"scrypt","version":"1","log_n":17,"r":8,"p":1}}"#)
    })?;
    if kdf == Kdf::V0_1 {
        return Err("version 0.1 is for keys that exist already, never for a new one".into());
    }
    Ok(kdf)
}

/// The keys of a change.
struct Keys {
    old: Vec<EncryptionSecret>,
    new: EncryptionSecret,
    origin: KeyOrigin,
    nodes: Option<NodeSet>,
}

/// The change to a key from `source`; one that was interrupted is finished instead.
pub async fn run_to(source: KeySource, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let signed = signed_in.profile()?.key_statement.as_ref().ok_or(ClientError::NoEncryptionKey)?;
    let stated = EncryptionKey::from_bytes(signed.statement.encryption_key)?;
    let resume = !sealed_for_others(&signed_in.session, &stated).await?.is_empty();
    let key = Some(source).filter(|_| !resume);
    run(ChangeKeyArgs { key, kdf: None, resume, sites: Vec::new() }, context).await
}

pub async fn run(args: ChangeKeyArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let signed = signed_in.profile()?.key_statement.clone().ok_or(ClientError::NoEncryptionKey)?;
    let stated = EncryptionKey::from_bytes(signed.statement.encryption_key)?;
    let pending = sealed_for_others(&signed_in.session, &stated).await?;
    let keys = match args.key {
        Some(_) if !pending.is_empty() => bail!(
            "an earlier change of the key is not finished, {} credentials are sealed for the key before: run `idos profile change-key --resume`",
            pending.len()
        ),
        Some(source) => {
            finish_last(&stated, context)?;
            signed_in.note_present_holding(context).await?;
            new_keys(source, args.kdf, &signed_in, context).await?
        }
        None => present_keys(&signed, &pending, &signed_in, context).await?,
    };
    let known_keys = keys_of_sites(&args.sites).await?;
    let changed = change(&keys, &known_keys, &signed_in, context).await?;
    if changed.left.is_empty() {
        context.home.finish_key_change(&keys.new, keys.origin == KeyOrigin::Random)?;
        // By the new statement. Once nothing is sealed for the key before, its shares are of use only to a thief.
        context.signed_in().await?.delete_unused_shares(context).await?;
    }
    context.output.result(&changed, || told(&changed))
}

/// Whatever an interruption left undone of the last change, after everything was sealed.
fn finish_last(stated: &EncryptionKey, context: &Context<'_>) -> Result<()> {
    match context.home.next_encryption_secret()? {
        Some(next) if next.public() == *stated => context.home.finish_key_change(&next, true),
        _ => Ok(()),
    }
}

async fn change(
    keys: &Keys,
    known_keys: &[KnownKey],
    signed_in: &SignedIn,
    context: &mut Context<'_>,
) -> Result<KeyChanged> {
    let bar = context.output.counting("sealing anew", 0);
    let change = KeyChange {
        old: &keys.old,
        new: &keys.new,
        new_origin: keys.origin,
        new_nodes: keys.nodes.as_ref(),
        known_keys,
    };
    let progress = |progress: idos_client::owner::KeyChangeProgress| {
        bar.set_length(progress.of as u64);
        bar.set_position(progress.done as u64);
    };
    let mut rng = context.rng;
    keep_past(keys, context)?;
    let changed =
        change_key(&signed_in.session, &signed_in.wallet, &change, clock::now(), progress, &mut rng).await;
    bar.finish_and_clear();
    changed.context("the change of the key is not finished: run `idos profile change-key --resume`")
}

/// What was received under the old keys stays sealed for them. Before the new key is stated, those that are not in the folder are kept there, sealed for it.
fn keep_past(keys: &Keys, context: &mut Context<'_>) -> Result<()> {
    let in_the_clear = context.home.encryption_secrets()?;
    for old in keys.old.iter().filter(|old| **old != keys.new && !in_the_clear.contains(old)) {
        context.home.keep_past_key(&PastKey::seal(old, &keys.new.public(), &mut context.rng)?)?;
    }
    Ok(())
}

/// From the key that is stated now to one from `source`.
async fn new_keys(
    source: KeySource,
    kdf: Option<Kdf>,
    signed_in: &SignedIn,
    context: &mut Context<'_>,
) -> Result<Keys> {
    let old = vec![signed_in.secret(context).await?];
    let profile_id = signed_in.profile()?.id;
    match source {
        KeySource::Password => {
            let kdf = kdf.unwrap_or(Kdf::V1);
            let origin = KeyOrigin::Password(kdf);
            Ok(Keys {
                old,
                new: {
                    let prompt = "Choose a new password for your idOS key: ";
                    choose_password(Password::New, prompt, &kdf, profile_id, context.output)?
                },
                origin,
                nodes: None,
            })
        }
        KeySource::Random => {
            if kdf.is_some() {
                bail!("--kdf is for --key password: a random key follows from nothing");
            }
            Ok(Keys { old, new: next_random(context)?, origin: KeyOrigin::Random, nodes: None })
        }
        KeySource::Mpc => {
            if kdf.is_some() {
                bail!("--kdf is for --key password: a key that nodes share follows from nothing");
            }
            let present = signed_in.profile()?.key_statement.as_ref();
            if present.and_then(|signed| signed.statement.shared_key()).is_some() {
                bail!("this key is shared among nodes already: `idos key change-to-mpc` shares it anew");
            }
            // No statement names a key of these nodes, and nothing is sealed for an earlier one.
            let to_be = key::StatementToBe::after(present, profile_id);
            let profile = signed_in.profile()?;
            let created = key::share_new(&signed_in.wallet, to_be, Some(profile), context).await?;
            let origin = KeyOrigin::Shared(created.shared);
            Ok(Keys { old, new: created.secret, origin, nodes: Some(created.node_set) })
        }
    }
}

/// In the folder before anything is sealed for it. One that an interrupted change left behind is used up first.
fn next_random(context: &mut Context<'_>) -> Result<EncryptionSecret> {
    if let Some(next) = context.home.next_encryption_secret()? {
        return Ok(next);
    }
    let next = EncryptionSecret::generate(&mut context.rng);
    context.home.set_next_encryption_secret(&next)?;
    Ok(next)
}

/// To the key that is stated now, from those that originals are still sealed for.
async fn present_keys(
    signed: &SignedKeyStatement,
    pending: &[Credential],
    signed_in: &SignedIn,
    context: &mut Context<'_>,
) -> Result<Keys> {
    let statement = &signed.statement;
    let origin = KeyOrigin::stated(statement)?;
    let new = match origin {
        KeyOrigin::Random | KeyOrigin::Shared(_) => signed_in.secret(context).await?,
        KeyOrigin::Password(_) => {
            let password = ask_password_of(Password::New, "New password of your idOS key: ")?;
            encryption::from_password(statement, &password)?
        }
    };
    let mut needed: Vec<_> = pending.iter().map(|original| original.recipient_key).collect();
    needed.sort_unstable();
    needed.dedup();
    let mut old = Vec::new();
    if !needed.is_empty() {
        let past = signed_in.key_statements().await?;
        for key in needed {
            old.extend(signed_in.past_secret(&past, &key, Password::Present, context).await?);
        }
    }
    Ok(Keys { old, new, origin, nodes: signed.node_set.clone() })
}

fn told(changed: &KeyChanged) -> String {
    let done = format!("{} credentials are sealed for your new key", changed.resealed);
    if changed.left.is_empty() {
        return done;
    }
    let left = changed.left.iter().map(|left| format!("  {}: {}", left.data_id, left.reason));
    format!(
        "{done}; these are not, keep your old key or password and run `idos profile change-key --resume`:\n{}",
        left.collect::<Vec<_>>().join("\n")
    )
}
