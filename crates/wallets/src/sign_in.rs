//! Signing in: [CAIP-122](https://chainagnostic.org/CAIPs/caip-122) in the layout of
//! [EIP-4361](https://eips.ethereum.org/EIPS/eip-4361).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use idos_grants::{Account, Namespace};
use serde::{Deserialize, Serialize};

use crate::{
    encoding,
    message::{Message, MessageError, check_issued, rfc3339, shown_address},
    text::{Domain, Nonce, Uri},
};

/// What the session key is named by in the message: this, and its 32 bytes in unpadded base64url.
pub const SESSION_KEY_URN: &str = "urn:idos:session-key:";

/// One sign-in: `account` lets `session_key` act for it at the node of `domain`, until it expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The node.
    pub domain: Domain,
    /// Who signs.
    pub account: Account,
    /// What is signed in to: the node's or an app's address.
    pub uri: Uri,
    /// Given out by the node, for one use.
    pub nonce: Nonce,
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on the session is over.
    pub expires_at: u64,
    /// The session's Ed25519 public key; in JSON 64 hex digits.
    #[serde(with = "encoding::hex32")]
    pub session_key: [u8; 32],
}

impl SignIn {
    /// What the wallet signs.
    ///
    /// # Errors
    /// If a time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, &self.domain))
    }

    fn text(&self) -> Result<String, MessageError> {
        let chain = self.account.chain();
        Ok(format!(
            "{domain} wants you to sign in with your {family} account:\n\
             {address}\n\
             \n\
             Sign in to idOS node {domain}. This signature lets the session key below act for your wallet until it \
             expires. It costs nothing.\n\
             \n\
             URI: {uri}\n\
             Version: 1\n\
             Chain ID: {reference}\n\
             Nonce: {nonce}\n\
             Issued At: {issued_at}\n\
             Expiration Time: {expires_at}\n\
             Resources:\n\
             - {SESSION_KEY_URN}{session_key}",
            domain = self.domain,
            family = family(chain.namespace()),
            reference = chain.reference(),
            address = shown_address(&self.account),
            uri = self.uri,
            nonce = self.nonce,
            issued_at = rfc3339(self.issued_at)?,
            expires_at = rfc3339(self.expires_at)?,
            session_key = URL_SAFE_NO_PAD.encode(self.session_key),
        ))
    }

    /// Whether it counts at `now`, at the node of `expected_domain`, which allows `max_lifetime` seconds. The nonce is for the caller
    /// to check and use up.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn check(&self, now: u64, expected_domain: &Domain, max_lifetime: u64) -> Result<(), MessageError> {
        if self.domain != *expected_domain {
            return Err(MessageError::WrongDomain);
        }
        match self.expires_at.checked_sub(self.issued_at) {
            Some(lifetime) if (1..=max_lifetime).contains(&lifetime) => {}
            _ => return Err(MessageError::WrongLifetime),
        }
        check_issued(self.issued_at, now)?;
        if now >= self.expires_at { Err(MessageError::Expired) } else { Ok(()) }
    }
}

/// A family of chains as people call it.
fn family(namespace: Namespace) -> &'static str {
    match namespace {
        Namespace::Eip155 => "Ethereum",
        Namespace::Near => "NEAR",
        Namespace::Stellar => "Stellar",
        Namespace::Xrpl => "XRPL",
    }
}
