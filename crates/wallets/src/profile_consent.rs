//! Letting an issuer make a profile for one's wallet.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use idos_grants::Account;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    encoding,
    key_statement::key_origin,
    message::{Message, MessageError, check_issued, rfc3339, shown_account},
    text::{DidKey, Domain, KdfText, Nonce},
};

/// `account` lets `issuer`, and nobody else, make the profile `profile_id` for it at the node of `domain`, once, until it expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileConsent {
    /// The node.
    pub domain: Domain,
    /// The profile's id to be.
    pub profile_id: Uuid,
    /// The wallet that will open the profile, which signs.
    pub account: Account,
    /// The X25519 public key of the profile; in JSON standard base64.
    #[serde(with = "encoding::base64_32")]
    pub encryption_key: [u8; 32],
    /// How the key follows from a password; empty if it is random.
    pub kdf: KdfText,
    /// Who may make the profile.
    pub issuer: DidKey,
    /// Fresh and random, by whoever signs; for one use.
    pub nonce: Nonce,
    /// Unix seconds.
    pub issued_at: u64,
    /// Unix seconds: from then on it cannot be used.
    pub expires_at: u64,
}

impl ProfileConsent {
    /// What the wallet signs.
    ///
    /// # Errors
    /// If a time cannot be written.
    pub fn message(&self) -> Result<Message, MessageError> {
        Ok(Message::new(self.text()?, &self.domain))
    }

    fn text(&self) -> Result<String, MessageError> {
        Ok(format!(
            "{domain} wants to make an idOS profile for your wallet:\n\
             {account}\n\
             \n\
             The issuer below may make the profile, once. Whatever is stored in it is encrypted for the key below. Sign \
             only if you asked this issuer to, and have just made this key. It costs nothing.\n\
             \n\
             Profile: {profile_id}\n\
             Encryption Key: {key}\n\
             Key From: {origin}\n\
             Issuer: {issuer}\n\
             Nonce: {nonce}\n\
             Issued At: {issued_at}\n\
             Expiration Time: {expires_at}",
            domain = self.domain,
            account = shown_account(&self.account),
            profile_id = self.profile_id,
            key = STANDARD.encode(self.encryption_key),
            origin = key_origin(&self.kdf),
            issuer = self.issuer,
            nonce = self.nonce,
            issued_at = rfc3339(self.issued_at)?,
            expires_at = rfc3339(self.expires_at)?,
        ))
    }

    /// Whether it counts at `now`, at the node of `expected_domain`, which allows `max_lifetime` seconds. That it is used once is for the
    /// caller to see to.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_who_may_do_what_once() {
        let consent = ProfileConsent {
            domain: "node.example".parse().unwrap(),
            profile_id: "9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11".parse().unwrap(),
            account: "eip155:1:0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f".parse().unwrap(),
            encryption_key: [1; 32],
            kdf: "scrypt".parse().unwrap(),
            issuer: "did:key:z6MksWSZwGdEsgJXGWnRHrbRwjkrt87vvLDtww7T846EJnat".parse().unwrap(),
            nonce: "a1B2c3D4e5F6g7H8".parse().unwrap(),
            issued_at: 1_760_000_000,
            expires_at: 1_760_003_600,
        };
        let text = "node.example wants to make an idOS profile for your wallet:\n\
            eip155:1:0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F\n\
            \n\
            The issuer below may make the profile, once. Whatever is stored in it is encrypted for the key below. Sign only if \
            you asked this issuer to, and have just made this key. It costs nothing.\n\
            \n\
            Profile: 9f51b3b2-4cbe-4c2b-8ea3-0b0c1b2f1a11\n\
            Encryption Key: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\
            Key From: password by scrypt\n\
            Issuer: did:key:z6MksWSZwGdEsgJXGWnRHrbRwjkrt87vvLDtww7T846EJnat\n\
            Nonce: a1B2c3D4e5F6g7H8\n\
            Issued At: 2025-10-09T08:53:20Z\n\
            Expiration Time: 2025-10-09T09:53:20Z";
        let message = consent.message().unwrap();
        assert_eq!((message.text(), message.recipient()), (text, "node.example"));
    }
}
