//! The issuer's half of a profile that it makes for a person: she names the issuer in what her wallet signs, and the issuer signs that, so
//! that nobody else can use her consent.

use crate::{issuer_did::IssuerDid, issuer_key::IssuerKey};

/// What the issuer's signature begins with, so that it can be taken for nothing else.
const DOMAIN: &[u8] = b"idos profile consent v1\n";

/// The issuer's signature over the consent of this digest (SHA-256 of the text that the wallet signed).
pub fn sign_profile_consent(key: &IssuerKey, digest: &[u8; 32]) -> [u8; 64] {
    key.sign(&message(digest))
}

/// Whether `signature` is `issuer`'s over the consent of this digest.
pub fn verify_profile_consent(issuer: &IssuerDid, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    issuer.verifies(&message(digest), signature)
}

fn message(digest: &[u8; 32]) -> Vec<u8> {
    [DOMAIN, digest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_issuers_own_signature_over_this_very_consent_counts() {
        let key = IssuerKey::from_seed(&[7; 32]).unwrap();
        let other = IssuerKey::from_seed(&[8; 32]).unwrap();
        let digest = [1; 32];
        let table = [
            ("its own", sign_profile_consent(&key, &digest), true),
            ("another's", sign_profile_consent(&other, &digest), false),
            ("of another consent", sign_profile_consent(&key, &[2; 32]), false),
            ("without its domain", key.sign(&digest), false),
        ];
        for (name, signature, counts) in table {
            assert_eq!(verify_profile_consent(&key.did(), &digest, &signature), counts, "{name}");
        }
    }
}
