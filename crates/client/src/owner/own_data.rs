//! A person's own data: attributes and documents that she states of herself, signed by a key of her own and marked so.

use hkdf::Hkdf;
use idos_api::credentials::{Credential, NewCredential};
use idos_credentials::{
    CredentialDraft, Expectations, IssuerKey, PublicNotes, issue, public_notes::SELF_ISSUED, sign_notes,
    verify,
};
use idos_keys::EncryptionSecret;
use rand_core::CryptoRngCore;
use serde_json::{Map, Value};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{fresh_data_id, upload_sealed};
use crate::{ClientError, Session};

/// Keeps this derivation apart from any other use of the secret (HKDF's `info`).
const OWN_ISSUER: &[u8] = b"idos own data signing key v1";

/// What a person states of herself.
#[derive(Debug, Clone)]
pub struct OwnData {
    /// What it says. Its subject is the person: `did:pkh:` and her account.
    pub draft: CredentialDraft,
    /// What is readable beside it. Nothing personal. That it is self-issued is added.
    pub notes: Map<String, Value>,
}

/// The key that a person signs her own data with. It follows from her encryption secret (HKDF-SHA-256, RFC 5869), so there is nothing more to
/// keep, and it is the same wherever her secret is. Data that was signed before her encryption key changed stays valid, under the DID of then.
///
/// # Errors
/// None that occurs: no secret that anybody finds gives an unusable key.
pub fn own_issuer(secret: &EncryptionSecret) -> Result<IssuerKey, ClientError> {
    let mut seed = Zeroizing::new([0; 32]);
    let derivation = Hkdf::<Sha256>::new(None, secret.to_bytes().as_slice());
    derivation.expand(OWN_ISSUER, seed.as_mut_slice()).map_err(unissuable)?;
    IssuerKey::from_seed(&seed).map_err(unissuable)
}

/// Signs own data, seals it for its owner, and stores it in the profile of `session`, whose key's secret is `secret`.
///
/// # Errors
/// If the draft cannot be issued, the notes are not in form, or the node refuses.
pub async fn add(
    session: &Session,
    secret: &EncryptionSecret,
    own_data: OwnData,
    now: u64,
    rng: &mut impl CryptoRngCore,
) -> Result<Credential, ClientError> {
    let key = own_issuer(secret)?;
    let OwnData { draft, mut notes } = own_data;
    let document = issue(draft, &key, now).map_err(unissuable)?;
    let plaintext = Zeroizing::new(serde_json::to_vec(&document).map_err(unissuable)?);
    // Read back as every reader will read it.
    let credential = verify(&plaintext, now, &Expectations::default()).credential;
    let credential = credential.ok_or_else(|| unissuable("the signed credential cannot be read back"))?;
    notes.insert(SELF_ISSUED.to_owned(), true.into());
    let notes = PublicNotes::of(&credential, notes).map_err(unissuable)?;
    let notes_signature = sign_notes(&key, &notes).map_err(unissuable)?;
    let content = upload_sealed(session, fresh_data_id(rng), &secret.public(), &plaintext, rng).await?;
    let new = NewCredential {
        content,
        public_notes: notes.as_str().to_owned(),
        notes_signature: format!("0x{}", hex::encode(notes_signature)),
        issuer: key.did().to_string(),
        notes_key: None,
        consent: None,
    };
    session.create_credential(&new).await
}

fn unissuable(error: impl ToString) -> ClientError {
    ClientError::Input(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_key_follows_from_the_secret_and_tells_nothing_of_it() {
        let (one, other) = (EncryptionSecret::from_bytes([1; 32]), EncryptionSecret::from_bytes([2; 32]));
        let key = own_issuer(&one).unwrap();
        assert_eq!(key.did(), own_issuer(&one).unwrap().did());
        assert_ne!(key.did(), own_issuer(&other).unwrap().did());
        assert_ne!(*key.to_seed(), *one.to_bytes());
    }
}
