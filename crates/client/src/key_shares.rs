//! The key that is shared among nodes: made, brought back, shared anew; and which wallets may ask for it.
//!
//! One signature serves all nodes of a set. Nothing that a node sends is believed: a share counts only if it fits its dealing, a dealing only if as many nodes
//! as are required have good shares of it, and the key only if its public half is the one that the profile's statement names. So fewer liars than are
//! required change nothing, and they are named.
//!
//! Changes are for all nodes. What did not reach all is told node by node ([`KeySharesError::Incomplete`]), and the same call again finishes it.

mod create;
mod gather;
mod nodes;
mod recover;
mod refresh;
mod report;
mod wallets;

use idos_grants::Account;
use idos_keys::EncryptionKey;
use idos_wallets::{KeyStatement, SharedKey, SharesOf};
use uuid::Uuid;

use crate::ClientError;

pub use create::CreatedKey;
pub use nodes::KeyShareNodes;
pub use recover::{Listen, RecoveredKey};
pub use refresh::Refreshed;
pub use report::{KeySharesError, NodeOutcome, NodeReport};

/// Which key, as its owner's statement has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyOfProfile {
    /// Whose.
    pub profile_id: Uuid,
    /// The account whose signature stored the shares: the one that states the key.
    pub stored_by: Account,
    /// Its public half.
    pub encryption_key: EncryptionKey,
    /// Among whom.
    pub shared: SharedKey,
}

impl KeyOfProfile {
    /// Whose shares bring it back.
    pub(crate) fn shares(&self) -> SharesOf {
        SharesOf { profile_id: self.profile_id, stored_by: self.stored_by }
    }

    /// The key that `statement` states. Whether the statement is to be believed is for the caller to know.
    ///
    /// # Errors
    /// If that key is not shared among nodes.
    pub fn stated(statement: &KeyStatement) -> Result<Self, ClientError> {
        let shared = statement.shared_key().ok_or(KeySharesError::NotShared)?;
        let encryption_key = EncryptionKey::from_bytes(statement.encryption_key)
            .map_err(|_| ClientError::Forged("a key statement of an unusable key"))?;
        Ok(Self { profile_id: statement.profile_id, stored_by: statement.account, encryption_key, shared })
    }
}
