//! Letting an issuer make one's profile.

use idos_api::profiles::SignedKeyStatement;
use idos_credentials::IssuerDid;
use idos_keys::EncryptionKey;
use idos_wallets::{Domain, NodeSet, ProfileConsent, Signature};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ClientError, Signer,
    encryption::{self, KeyOrigin},
};

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
    pub key: &'a EncryptionKey,
    /// Where the key comes from.
    pub key_origin: KeyOrigin,
    /// The nodes, if it is shared. The issuer sees them.
    pub key_nodes: Option<&'a NodeSet>,
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
    let ProfileTerms { profile_id, key, key_origin, issued_at, .. } = *terms;
    let stated = encryption::state_from(wallet, profile_id, key, key_origin, 1, issued_at)?;
    let key_statement = SignedKeyStatement { node_set: terms.key_nodes.cloned(), ..stated };
    let mut nonce = [0; 16];
    rng.fill_bytes(&mut nonce);
    let statement = &key_statement.statement;
    let unusable = |error: idos_wallets::TextError| ClientError::Input(error.to_string());
    let consent = ProfileConsent {
        domain: terms.domain.clone(),
        profile_id,
        account: statement.account,
        encryption_key: statement.encryption_key,
        kdf: statement.kdf.clone(),
        issuer: terms.issuer.as_str().parse().map_err(unusable)?,
        nonce: hex::encode(nonce).parse().map_err(unusable)?,
        issued_at,
        expires_at: terms.expires_at,
    };
    let message = consent.message().map_err(|error| ClientError::Input(error.to_string()))?;
    let signature = wallet.sign(&message.into())?;
    Ok(ConsentToProfile { consent, signature, key_statement })
}
