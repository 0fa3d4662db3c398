//! Letting an issuer make one's profile.

use idos_api::profiles::SignedKeyStatement;
use idos_credentials::IssuerDid;
use idos_keys::{EncryptionSecret, password::Kdf};
use idos_wallets::{Domain, ProfileConsent, Signature};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ClientError, Signer, encryption};

/// What a person hands to an issuer that is to make her profile: two messages of her wallet, about the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentToProfile {
    /// What she signed.
    pub consent: ProfileConsent,
    /// Her wallet's signature over it.
    pub signature: Signature,
    /// The key statement of the profile to be.
    pub key_statement: SignedKeyStatement,
}

/// Of which profile, where, by whom and how long.
#[derive(Debug, Clone)]
pub struct ProfileTerms<'a> {
    /// The node ([`crate::Node::domain`]).
    pub domain: Domain,
    /// The issuer that may make it, and nobody else.
    pub issuer: &'a IssuerDid,
    /// The profile's id to be: a fresh UUIDv4, which also salts a password key.
    pub profile_id: Uuid,
    /// The profile's key.
    pub secret: &'a EncryptionSecret,
    /// How the key follows from a password; `None` if it is random.
    pub kdf: Option<&'a Kdf>,
    /// Now, in Unix seconds.
    pub issued_at: u64,
    /// Unix seconds; at most [`idos_api::limits::MAX_PROFILE_CONSENT_SECS`] later.
    pub expires_at: u64,
}

/// Signs, with `wallet`, that an issuer may make the wallet's profile. The key stays here.
///
/// # Errors
/// If the wallet cannot sign, or the terms cannot be written.
pub fn consent_to_profile(
    wallet: &impl Signer,
    terms: &ProfileTerms<'_>,
    rng: &mut impl CryptoRngCore,
) -> Result<ConsentToProfile, ClientError> {
    let key_statement =
        encryption::state(wallet, terms.profile_id, terms.secret, terms.kdf, 1, terms.issued_at)?;
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    let statement = &key_statement.statement;
    let unusable = |error: idos_wallets::TextError| ClientError::Input(error.to_string());
    let consent = ProfileConsent {
        domain: terms.domain.clone(),
        profile_id: terms.profile_id,
        account: statement.account,
        encryption_key: statement.encryption_key,
        kdf: statement.kdf.clone(),
        issuer: terms.issuer.as_str().parse().map_err(unusable)?,
        nonce: hex::encode(nonce).parse().map_err(unusable)?,
        issued_at: terms.issued_at,
        expires_at: terms.expires_at,
    };
    let message = consent.message().map_err(|error| ClientError::Input(error.to_string()))?;
    let signature = wallet.sign(&message.into())?;
    Ok(ConsentToProfile { consent, signature, key_statement })
}
