//! The profile's other wallets, and a key that is shared among nodes: only who is let in there brings it back, whatever is linked at the store.

use anyhow::Result;
use idos_api::profiles::Profile;
use idos_client::{
    Signer, SigningWallet,
    key_shares::{CreatedKey, KeyOfProfile},
};
use idos_grants::Account;
use idos_wallets::Wallet;
use uuid::Uuid;

use crate::{context::Context, home::Home, key_nodes};

/// Lets `others` bring back a key that `wallet` has just stored.
pub(super) async fn let_in(
    wallet: &SigningWallet,
    others: &[Account],
    profile_id: Uuid,
    created: &CreatedKey,
    context: &Context<'_>,
) -> Result<()> {
    let nodes = key_nodes::nodes(created.node_set.clone())?;
    let stored_by = wallet.account();
    let encryption_key = created.secret.public();
    let key = KeyOfProfile { profile_id, stored_by, encryption_key, shared: created.shared };
    let mut rng = context.rng;
    for other in others.iter().filter(|other| **other != stored_by) {
        nodes.add_wallet(wallet, &key, *other, &mut rng).await?;
    }
    Ok(())
}

/// The accounts of this folder's wallets that are linked to the profile.
pub(super) fn linked_here(profile: &Profile, home: &Home) -> Result<Vec<Account>> {
    let mut accounts: Vec<_> = home.wallets()?.iter().map(Signer::account).collect();
    accounts.retain(|account| linked(profile, account).is_some());
    Ok(accounts)
}

/// The profile's wallet that `account` is an account of.
pub(super) fn linked<'a>(profile: &'a Profile, account: &Account) -> Option<&'a Wallet> {
    profile.wallets.iter().find(|wallet| wallet.controls(account))
}

/// Says which of the profile's wallets cannot bring a key back that only `let_in` may ask for.
pub(super) fn tell_others(profile: &Profile, let_in: &[Account], context: &Context<'_>) {
    let may_not = |wallet: &&Wallet| !let_in.iter().any(|account| wallet.controls(account));
    let others: Vec<_> = profile.wallets.iter().filter(may_not).map(|wallet| format!("  {wallet}")).collect();
    if others.is_empty() {
        return;
    }
    context.output.note(&format!(
        "these wallets of your profile are not in this folder and cannot bring your key back; let them with `idos key add-wallet ACCOUNT` (as `idos wallet show` names it where they are):\n{}",
        others.join("\n")
    ));
}
