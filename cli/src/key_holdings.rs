//! What this folder has stored at key-share nodes, until it is deleted there: shares of a key that no statement names any more are of use only to a thief.
//!
//! A holding is written down before shares are sent, so that no interruption leaves any that nobody knows of. It is deleted by itself only where that loses
//! nothing; everything else is the owner's to say.

mod clean;
mod delete;
mod verdict;

use anyhow::Result;
use idos_client::Signer;
use idos_grants::Account;
use idos_keys::EncryptionKey;
use idos_wallets::{KeyStatement, NodeSet};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::{Context, SignedIn};

pub use clean::{Cleaned, Undeleted};

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
    /// The version of the key statement that names it, or is to.
    #[serde(default)]
    pub version: u32,
    /// Until then an issuer may make the profile whose statement names it, in Unix seconds.
    #[serde(default)]
    pub named_until: u64,
    /// The key, once every node has its share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_key: Option<EncryptionKey>,
    /// Who asked that the profile be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_deleted_by: Option<Account>,
    /// A wallet of this folder was let in there when it was to be deleted: if nothing is there any more, it is deleted.
    #[serde(default)]
    pub is_being_deleted: bool,
}

impl KeyHolding {
    /// What is about to be stored.
    pub fn new(profile_id: Uuid, stored_by: Account, node_set: NodeSet, version: u32) -> Self {
        Self {
            profile_id,
            stored_by,
            node_set,
            version,
            named_until: 0,
            encryption_key: None,
            profile_deleted_by: None,
            is_being_deleted: false,
        }
    }

    /// Whether it is what `statement` names.
    fn is_named_by(&self, statement: &KeyStatement) -> bool {
        let shared = statement.shared_key();
        self.profile_id == statement.profile_id
            && self.stored_by == statement.account
            && shared.is_some_and(|shared| shared.is_among(&self.node_set))
    }

    /// Whether it is the same, whatever became of it.
    pub fn is(&self, other: &Self) -> bool {
        self.profile_id == other.profile_id
            && self.stored_by == other.stored_by
            && self.node_set == other.node_set
    }
}

impl SignedIn {
    /// Writes down what the profile's present statement names, before another one is stated: from then on it is of no use.
    pub async fn note_present_holding(&self, context: &Context<'_>) -> Result<()> {
        let Some(signed) = self.profile.as_ref().and_then(|profile| profile.key_statement.as_ref()) else {
            return Ok(());
        };
        let Some(shared) = signed.statement.shared_key() else { return Ok(()) };
        self.believe(signed, &[], context).await?;
        let nodes = context.key_nodes_of(&shared, signed.node_set.as_ref()).await?;
        let KeyStatement { profile_id, account, version, encryption_key, .. } = signed.statement;
        let present = KeyHolding::new(profile_id, account, nodes.set().clone(), version);
        let encryption_key = Some(EncryptionKey::from_bytes(encryption_key)?);
        context.home.keep_key_holding(KeyHolding { encryption_key, ..present })
    }

    /// Writes down that the profile is about to be deleted, so that its shares are to be, as soon as this wallet has no such profile.
    pub fn mark_profile_deleted(&self, profile_id: Uuid, context: &Context<'_>) -> Result<()> {
        mark(profile_id, Some(self.wallet.account()), context)
    }

    /// Takes that back: the profile stays.
    pub fn mark_profile_kept(&self, profile_id: Uuid, context: &Context<'_>) -> Result<()> {
        mark(profile_id, None, context)
    }

    /// The profile that this wallet asked to be deleted, as long as shares of its key are left.
    pub fn profile_being_deleted(&self, context: &Context<'_>) -> Result<Option<Uuid>> {
        let is_asked = |holding: &KeyHolding| holding.profile_deleted_by == Some(self.wallet.account());
        let holdings = context.home.key_holdings()?;
        Ok(holdings.into_iter().find(is_asked).map(|holding| holding.profile_id))
    }
}

fn mark(profile_id: Uuid, profile_deleted_by: Option<Account>, context: &Context<'_>) -> Result<()> {
    for holding in context.home.key_holdings()? {
        if holding.profile_id == profile_id && holding.profile_deleted_by != profile_deleted_by {
            context.home.keep_key_holding(KeyHolding { profile_deleted_by, ..holding })?;
        }
    }
    Ok(())
}
