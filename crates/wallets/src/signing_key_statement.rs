//! The statement of the key that a profile signs credentials with, where its issuer is named by a web site: the node then knows by which key public notes
//! in that name are signed. Readers do not rely on it; they ask the site.

use idos_grants::Account;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    encoding,
    message::{Message, MessageError, check_issued, rfc3339, shown_account},
    text::Uri,
};

/// `account` states that its profile signs as `issuer`, with `signing_key`. It names no node: the same statement holds on all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyStatement {
    /// Whose key.
    pub profile_id: Uuid,
    /// The wallet that signs.
    pub account: Account,
    /// The issuer's DID, as its credentials name it.
    pub issuer: Uri,
    /// The Ed25519 public key; in JSON 64 hex digits.
    #[serde(with = "encoding::hex32")]
    pub signing_key: [u8; 32],
    /// 1 for a profile's first statement, one more for each that replaces it: an older one never replaces a newer one.
    pub version: u32,
    /// Unix seconds.
    pub issued_at: u64,
}

impl SigningKeyStatement {
    /// What the wallet signs. It is for no node in particular.
    ///
    /// # Errors
    /// If the time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, "idOS"))
    }

    fn text(&self) -> Result<String, MessageError> {
        Ok(format!(
            "idOS signing key of an issuer\n\
             \n\
             Credentials and public notes of the issuer below are signed with the key below. Sign only if the issuer is yours. It \
             costs nothing.\n\
             \n\
             Profile: {profile_id}\n\
             Account: {account}\n\
             Issuer: {issuer}\n\
             Signing Key: {key}\n\
             Version: {version}\n\
             Issued At: {issued_at}",
            profile_id = self.profile_id,
            account = shown_account(&self.account),
            issuer = self.issuer,
            key = hex::encode(self.signing_key),
            version = self.version,
            issued_at = rfc3339(self.issued_at)?,
        ))
    }

    /// Whether it may count at `now`.
    ///
    /// # Errors
    /// If it was issued in the future.
    pub fn check(&self, now: u64) -> Result<(), MessageError> {
        check_issued(self.issued_at, now)
    }
}
