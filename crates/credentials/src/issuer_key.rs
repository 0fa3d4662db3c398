//! An issuer's signing key.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{
    issuer_did::{DidError, IssuerDid},
    verify::KnownKey,
    web_did::{IssuerName, WebDid},
};

/// The Ed25519 key that an issuer signs credentials and public notes with. Wiped when dropped, never printed.
pub struct IssuerKey {
    key: SigningKey,
    did: IssuerDid,
    /// The site that it signs for, and which of the keys in its document it is.
    site: Option<(WebDid, String)>,
}

impl IssuerKey {
    /// The key of a 32-byte seed (RFC 8032's private key).
    ///
    /// # Errors
    /// No seed that anybody finds gives a weak key; the error is there so that nothing has to panic.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, DidError> {
        let key = SigningKey::from_bytes(seed);
        Ok(Self { did: IssuerDid::from_key(key.verifying_key())?, key, site: None })
    }

    /// A new key from `rng`.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        loop {
            let mut seed = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *seed);
            if let Ok(key) = Self::from_seed(&seed) {
                return key;
            }
        }
    }

    /// The seed, for a caller that stores the key.
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// The same key, signing in the name of a web site whose DID document states it, as [`WebDid::document`] does.
    #[must_use]
    pub fn for_site(self, did: WebDid) -> Self {
        let method = did.verification_method(&self.did);
        Self { site: Some((did, method)), ..self }
    }

    /// How credentials and notes name the issuer.
    pub fn name(&self) -> IssuerName {
        match &self.site {
            Some((did, _)) => IssuerName::Web(did.clone()),
            None => IssuerName::Key(self.did()),
        }
    }

    /// The DID URL of the key, as proofs name it.
    pub fn verification_method(&self) -> String {
        self.site.as_ref().map_or_else(|| self.did.verification_method(), |(_, method)| method.clone())
    }

    /// The key as a reader knows it who has it from the issuer.
    pub fn known(&self) -> KnownKey {
        KnownKey {
            verification_method: self.verification_method(),
            issuer: self.name().to_string(),
            key: self.did(),
        }
    }

    /// The key's own DID.
    pub fn did(&self) -> IssuerDid {
        self.did.clone()
    }

    /// The issuer's signature over `message`. The caller has put a domain in front of it.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerKey({}, ..)", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_seed_and_prints_only_its_did() {
        let key = IssuerKey::from_seed(&[7; 32]).unwrap();
        assert_eq!(*key.to_seed(), [7; 32]);
        assert_eq!(format!("{key:?}"), format!("IssuerKey({}, ..)", key.did()));
        assert!(key.did().verifies(b"message", &key.sign(b"message")));
        assert!(!key.did().verifies(b"massage", &key.sign(b"message")));
    }
}
