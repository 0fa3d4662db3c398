//! `idos profile link-wallet` and `unlink-wallet`: at the store first, which may refuse, and then at the nodes that share the key.

use anyhow::{Result, bail};
use idos_client::{
    Signer,
    key_shares::{KeySharesError, Listen},
};
use idos_grants::Account;
use idos_wallets::Wallet;

use super::describe;
use crate::{
    commands::key,
    context::{Context, SignedIn},
};

pub async fn link(account: Account, with_key: bool, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile_id = signed_in.profile()?.id;
    let wallets = context.home.wallets()?;
    let Some(wallet) = wallets.iter().find(|wallet| wallet.account() == account) else {
        bail!("{account} is not in this folder: bring its key with `idos wallet import`");
    };
    if with_key && !has_shared_key(&signed_in) {
        bail!(idos_client::ClientError::from(KeySharesError::NotShared));
    }
    let profile = signed_in.session.link_wallet(profile_id, wallet).await?;
    if with_key {
        key::add_wallet(&signed_in, account, context).await?;
    } else if has_shared_key(&signed_in) {
        context.output.note(&format!("it cannot bring your key back yet: `idos key add-wallet {account}`"));
    }
    context.output.result(&profile, || describe(&profile))
}

/// Interrupted anywhere, the same call again finishes it.
pub async fn unlink(wallet: Wallet, with_key: bool, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let let_in = if with_key { let_in(&wallet, &signed_in, context).await? } else { Vec::new() };
    let is_linked = signed_in.profile()?.wallets.contains(&wallet);
    if is_linked || !with_key {
        // Or it would look like one whose profile was deleted, if that was asked for once and did not happen.
        signed_in.mark_profile_kept(signed_in.profile()?.id, context)?;
        signed_in.session.unlink_wallet(&wallet).await?;
    }
    for account in &let_in {
        key::remove_wallet(&signed_in, *account, context).await?;
    }
    if !with_key && has_shared_key(&signed_in) {
        context.output.note("it can still bring your key back: end that with `idos key remove-wallet`");
    }
    context.output.result(&wallet, || {
        let of_key = if let_in.is_empty() { "" } else { ", and cannot bring your key back any more" };
        format!("{wallet} is unlinked{of_key}")
    })
}

/// The accounts by which the nodes know a wallet that is to be let in no more. Nothing has changed yet.
async fn let_in(wallet: &Wallet, signed_in: &SignedIn, context: &Context<'_>) -> Result<Vec<Account>> {
    if wallet.controls(&signed_in.wallet.account()) {
        bail!(idos_client::ClientError::from(KeySharesError::OwnWallet));
    }
    let recovered = signed_in.recover(&[], Listen::ToAll, context).await?;
    let mut known = recovered.wallets;
    known.extend(recovered.doubtful_wallets);
    known.retain(|account| wallet.controls(account));
    Ok(known)
}

fn has_shared_key(signed_in: &SignedIn) -> bool {
    let signed = signed_in.profile.as_ref().and_then(|profile| profile.key_statement.as_ref());
    signed.is_some_and(|signed| signed.statement.shared_key().is_some())
}
