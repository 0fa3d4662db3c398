//! Deleting one holding. Which wallet may ask there is for the nodes to know, and whoever may not is told what a stranger is: so every wallet of the folder
//! tries, and a holding is gone only if one of them was let in.

use anyhow::Result;
use idos_api::ErrorCode;
use idos_client::{
    ClientError, Signer, SigningWallet,
    key_shares::{KeyOfProfile, KeyShareNodes},
};
use idos_keys::EncryptionKey;
use idos_wallets::{SharedKey, SharesOf};

use super::KeyHolding;
use crate::{
    context::{Context, SignedIn},
    key_nodes,
};

impl SignedIn {
    pub(super) async fn delete_holding(&self, holding: &KeyHolding, context: &mut Context<'_>) -> Result<()> {
        let nodes = key_nodes::nodes(holding.node_set.clone())?;
        let wallets = self.wallets_for(holding, context)?;
        let is_there = match holding.encryption_key {
            Some(_) if holding.is_being_deleted => true,
            Some(key) => {
                is_any_let_in(&nodes, &wallets, holding, key, context).await?
                    && keep_that_it_is_being_deleted(holding, context)?
            }
            // Perhaps no share was ever stored.
            None => true,
        };
        let KeyHolding { profile_id, stored_by, .. } = *holding;
        let shares = SharesOf { profile_id, stored_by };
        let (mut deleted, mut failed, mut is_heard) = (0, None, false);
        for wallet in &wallets {
            match nodes.delete(wallet, shares, &mut context.rng).await {
                Ok(at) => (deleted, is_heard) = (deleted + at, true),
                Err(error) if is_of_no_account_there(&error) => {}
                Err(error) => failed = Some(error),
            }
            if deleted >= nodes.set().nodes().len() {
                return Ok(());
            }
        }
        match failed {
            Some(error) => Err(error.into()),
            None if deleted > 0 || (is_there && is_heard) => Ok(()),
            None => Err(ClientError::Input(
                "no wallet of this folder may ask there: bring one that may with `idos wallet import`".into(),
            )
            .into()),
        }
    }

    /// Every wallet of the folder; the one that stored it first, then the one that acts.
    fn wallets_for(&self, holding: &KeyHolding, context: &Context<'_>) -> Result<Vec<SigningWallet>> {
        let mut wallets = context.home.wallets()?;
        let acting = self.wallet.account();
        wallets.sort_by_key(|wallet| {
            let account = wallet.account();
            (account != holding.stored_by, account != acting)
        });
        Ok(wallets)
    }
}

/// Whether the nodes know nothing of the wallet: they follow another chain, or its account has other keys by now.
fn is_of_no_account_there(error: &ClientError) -> bool {
    matches!(error.node_code(), Some(ErrorCode::UnknownChain | ErrorCode::SignatureInvalid))
}

/// Written down before anything is deleted: an interruption may leave nothing that could be found there.
fn keep_that_it_is_being_deleted(holding: &KeyHolding, context: &Context<'_>) -> Result<bool> {
    context.home.keep_key_holding(KeyHolding { is_being_deleted: true, ..holding.clone() })?;
    Ok(true)
}

/// Whether any node lets any of the wallets in.
async fn is_any_let_in(
    nodes: &KeyShareNodes,
    wallets: &[SigningWallet],
    holding: &KeyHolding,
    encryption_key: EncryptionKey,
    context: &mut Context<'_>,
) -> Result<bool> {
    let KeyHolding { profile_id, stored_by, .. } = *holding;
    let key =
        KeyOfProfile { profile_id, stored_by, encryption_key, shared: SharedKey::among(&holding.node_set) };
    for wallet in wallets {
        let audits = nodes.audit(wallet, &key, &mut context.rng).await?;
        if audits.iter().any(|(_, audit)| audit.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}
