//! What this folder has stored at key-share nodes, until it is deleted there: shares of a key that no statement names any more are of use only to a thief.
//!
//! A holding is written down before shares are sent, so that no interruption leaves any that nobody knows of.

use anyhow::Result;
use idos_client::{ClientError, Signer, owner::sealed_for_others};
use idos_grants::Account;
use idos_keys::EncryptionKey;
use idos_wallets::{KeyStatement, NodeSet, SharesOf};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock,
    context::{Context, SignedIn},
    key_nodes,
};

/// How long after shares were sent a key statement may yet come to name their key, in seconds: longer than anybody waits for a node.
pub const NAMED_WITHIN_SECS: u64 = 300;

/// Shares of one key among the nodes of one set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyHolding {
    /// Whose key.
    pub profile_id: Uuid,
    /// By whose signature.
    pub stored_by: Account,
    /// Among which nodes.
    pub node_set: NodeSet,
    /// Until then a key statement may yet come to name it, in Unix seconds.
    pub named_until: u64,
}

/// Shares that could not be deleted everywhere.
#[derive(Debug, Clone, Serialize)]
pub struct LeftHolding {
    /// Where.
    pub node_set: NodeSet,
    /// Why.
    pub reason: String,
}

/// What a clean-up came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cleaned {
    /// Holdings that are gone.
    pub deleted: usize,
    /// Holdings that are not: whoever may ask there still gets their key.
    pub left: Vec<LeftHolding>,
}

impl KeyHolding {
    /// Whether it is what `statement` names.
    fn is_named_by(&self, statement: &KeyStatement) -> bool {
        let shared = statement.shared_key();
        self.profile_id == statement.profile_id
            && self.stored_by == statement.account
            && shared.is_some_and(|shared| shared.is_among(&self.node_set))
    }

    /// Whether it is the same, whenever it was written down.
    pub fn is(&self, other: &Self) -> bool {
        let Self { profile_id, stored_by, node_set, named_until: _ } = other;
        self.profile_id == *profile_id && self.stored_by == *stored_by && self.node_set == *node_set
    }
}

impl SignedIn {
    /// Writes down what the profile's present statement names, before another one is stated: from then on it is of no use.
    pub async fn note_present_holding(&self, context: &Context<'_>) -> Result<()> {
        let Some(signed) = self.profile.as_ref().and_then(|profile| profile.key_statement.as_ref()) else {
            return Ok(());
        };
        let Some(shared) = signed.statement.shared_key() else { return Ok(()) };
        let nodes = context.key_nodes_of(&shared, signed.node_set.as_ref()).await?;
        let KeyStatement { profile_id, account, .. } = signed.statement;
        let node_set = nodes.set().clone();
        context.home.keep_key_holding(KeyHolding { profile_id, stored_by: account, node_set, named_until: 0 })
    }

    /// Deletes the shares that this folder stored and that no statement names any more. What is named is what a wallet of this folder stated, never a
    /// node's word alone: or it could have the present key deleted.
    pub async fn delete_unused_shares(&self, context: &mut Context<'_>) -> Result<Cleaned> {
        let holdings = context.home.key_holdings()?;
        if holdings.is_empty() {
            return Ok(Cleaned::default());
        }
        let signed = self.profile.as_ref().and_then(|profile| profile.key_statement.clone());
        if let Some(signed) = &signed {
            self.believe(signed, &[], context).await?;
            let key = EncryptionKey::from_bytes(signed.statement.encryption_key)?;
            if !sealed_for_others(&self.session, &key).await?.is_empty() {
                // A change of the key is not finished: the key before may be needed.
                return Ok(Cleaned::default());
            }
        }
        let statement = signed.as_ref().map(|signed| &signed.statement);
        let memory = self.session.node().memory();
        let mut unused = Vec::new();
        for holding in holdings {
            let is_of_profile = statement.is_some_and(|present| present.profile_id == holding.profile_id);
            let is_named = statement.is_some_and(|present| holding.is_named_by(present));
            let was_never_stated = memory.statement(holding.profile_id)?.is_none();
            if !is_named && holding.named_until < clock::now() && (is_of_profile || was_never_stated) {
                unused.push(holding);
            }
        }
        self.delete_holdings(unused, context).await
    }

    /// Deletes every share that this folder stored for a profile, which is deleted itself.
    pub async fn delete_all_shares_of(&self, profile_id: Uuid, context: &mut Context<'_>) -> Result<Cleaned> {
        let mut holdings = context.home.key_holdings()?;
        holdings.retain(|holding| holding.profile_id == profile_id);
        self.delete_holdings(holdings, context).await
    }

    async fn delete_holdings(&self, holdings: Vec<KeyHolding>, context: &mut Context<'_>) -> Result<Cleaned> {
        let mut cleaned = Cleaned::default();
        for holding in holdings {
            match self.delete_holding(&holding, context).await {
                Ok(()) => {
                    context.home.forget_key_holding(&holding)?;
                    cleaned.deleted += 1;
                }
                Err(error) => cleaned
                    .left
                    .push(LeftHolding { node_set: holding.node_set, reason: format!("{error:#}") }),
            }
        }
        if !cleaned.left.is_empty() {
            context.output.note(
                "some nodes still hold shares that are of no use to you, and whoever may ask there still gets their key: run `idos key clean` when they answer",
            );
        }
        Ok(cleaned)
    }

    /// By the wallet that stored it and by this one, of which either may have been removed there.
    async fn delete_holding(&self, holding: &KeyHolding, context: &mut Context<'_>) -> Result<()> {
        let nodes = key_nodes::nodes(holding.node_set.clone())?;
        let KeyHolding { profile_id, stored_by, .. } = *holding;
        let shares = SharesOf { profile_id, stored_by };
        let deleted = nodes.delete(&self.wallet, shares, &mut context.rng).await?;
        let storer = context.home.wallets()?.into_iter().find(|wallet| wallet.account() == stored_by);
        match storer {
            Some(storer) if storer.account() != self.wallet.account() => {
                nodes.delete(&storer, shares, &mut context.rng).await?;
                Ok(())
            }
            Some(_) => Ok(()),
            // Nothing that this wallet may delete looks like nothing that is there.
            None if deleted == 0 => Err(ClientError::Input(format!(
                "{stored_by}, which stored them, is not in this folder, and this wallet may not delete them"
            ))
            .into()),
            None => Ok(()),
        }
    }
}
