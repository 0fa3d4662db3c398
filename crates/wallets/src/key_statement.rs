//! The statement of a profile's encryption key, by which nobody else, the node included, can put another key in its place.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use idos_grants::Account;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    encoding,
    message::{Message, MessageError, check_issued, rfc3339, shown_account},
    shared_key::SharedKey,
    text::KdfText,
};

/// `account` states that `encryption_key` is the key of its profile. It names no node: the same statement holds on all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStatement {
    /// Whose key.
    pub profile_id: Uuid,
    /// The wallet that signs.
    pub account: Account,
    /// The X25519 public key; in JSON standard base64.
    #[serde(with = "encoding::base64_32")]
    pub encryption_key: [u8; 32],
    /// How the key follows from a password, or among which nodes it is shared ([`SharedKey`]); empty if it is random.
    pub kdf: KdfText,
    /// 1 for a profile's first statement, one more for each that replaces it: an older one never replaces a newer one.
    pub version: u32,
    /// Unix seconds.
    pub issued_at: u64,
}

impl KeyStatement {
    /// What the wallet signs. It is for no node in particular.
    ///
    /// # Errors
    /// If the time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, "idOS"))
    }

    fn text(&self) -> Result<String, MessageError> {
        Ok(format!(
            "idOS encryption key\n\
             \n\
             Whatever is stored for you in idOS is encrypted for the key below. Sign only if you have just made or \
             changed this key. It costs nothing.\n\
             \n\
             Profile: {profile_id}\n\
             Account: {account}\n\
             Encryption Key: {key}\n\
             Key From: {origin}\n\
             Version: {version}\n\
             Issued At: {issued_at}",
            profile_id = self.profile_id,
            account = shown_account(&self.account),
            key = STANDARD.encode(self.encryption_key),
            origin = key_origin(&self.kdf),
            version = self.version,
            issued_at = rfc3339(self.issued_at)?,
        ))
    }

    /// Among which nodes the key is shared, if it is.
    pub fn shared_key(&self) -> Option<SharedKey> {
        self.kdf.as_str().parse().ok()
    }

    /// Whether it may count at `now`.
    ///
    /// # Errors
    /// If it was issued in the future.
    pub fn check(&self, now: u64) -> Result<(), MessageError> {
        check_issued(self.issued_at, now)
    }
}

/// Where a key comes from, in words. Those before a description keep one description from reading as another.
pub(crate) fn key_origin(kdf: &KdfText) -> String {
    if kdf.is_random_key() {
        "random bytes".into()
    } else if kdf.as_str().parse::<SharedKey>().is_ok() {
        format!("shares at nodes by {kdf}")
    } else {
        format!("password by {kdf}")
    }
}
