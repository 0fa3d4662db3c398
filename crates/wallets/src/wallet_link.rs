//! Linking a wallet to a profile.

use idos_grants::Account;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    message::{Message, MessageError, check_issued, rfc3339, shown_account},
    text::{Domain, Nonce},
};

/// `account` agrees to open the profile `profile_id` at the node of `domain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalletLink {
    /// The node.
    pub domain: Domain,
    /// The profile that the wallet will open.
    pub profile_id: Uuid,
    /// The wallet to link, which signs.
    pub account: Account,
    /// Given out by the node, for one use.
    pub nonce: Nonce,
    /// Unix seconds.
    pub issued_at: u64,
}

impl WalletLink {
    /// What the wallet signs.
    ///
    /// # Errors
    /// If the time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, &self.domain))
    }

    fn text(&self) -> Result<String, MessageError> {
        Ok(format!(
            "{domain} wants to link your wallet to an idOS profile:\n\
             {account}\n\
             \n\
             From then on this wallet opens the profile and everything stored in it. Sign only if the profile is \
             yours. It costs nothing.\n\
             \n\
             Profile: {profile_id}\n\
             Nonce: {nonce}\n\
             Issued At: {issued_at}",
            domain = self.domain,
            account = shown_account(&self.account),
            profile_id = self.profile_id,
            nonce = self.nonce,
            issued_at = rfc3339(self.issued_at)?,
        ))
    }

    /// Whether it counts at `now`, at the node of `expected_domain`, which takes messages up to `max_age` seconds old. The nonce is
    /// for the caller to check and use up.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self, now: u64, expected_domain: &Domain, max_age: u64) -> Result<(), MessageError> {
        if self.domain != *expected_domain {
            return Err(MessageError::WrongDomain);
        }
        check_issued(self.issued_at, now)?;
        if now.saturating_sub(self.issued_at) > max_age { Err(MessageError::Expired) } else { Ok(()) }
    }
}
