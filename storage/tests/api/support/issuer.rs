//! An issuer's signing key, and what it signs.

use idos_api::credentials::{NewCredential, NewPublicNotes, SealedContent};
use idos_credentials::{IssuerKey, PublicNotes, sign_notes};
use idos_grants::DataId;
use uuid::Uuid;

use super::Person;

pub struct Issuer(pub IssuerKey);

impl Issuer {
    pub fn number(n: u8) -> Self {
        Self(IssuerKey::from_seed(&[n; 32]).unwrap())
    }

    /// Notes with a free field.
    pub fn notes(&self, level: &str) -> PublicNotes {
        let id = Uuid::new_v4().urn();
        let text = format!(
            r#"{{"id": "{id}", "type": ["Residence"], "issuer": "{}", "level": "{level}"}}"#,
            self.0.did()
        );
        PublicNotes::parse(&text).unwrap()
    }

    /// Notes to put in the place of others.
    pub fn signed(&self, notes: &PublicNotes) -> NewPublicNotes {
        let signature = sign_notes(&self.0, notes).unwrap();
        NewPublicNotes {
            public_notes: notes.as_str().to_owned(),
            notes_signature: format!("0x{}", hex::encode(signature)),
        }
    }

    /// A credential without consent, of content that was uploaded.
    pub fn credential(&self, content: SealedContent) -> NewCredential {
        self.credential_with(content, &self.notes("plus"))
    }

    pub fn credential_with(&self, content: SealedContent, notes: &PublicNotes) -> NewCredential {
        NewCredential {
            content,
            public_notes: notes.as_str().to_owned(),
            notes_signature: format!("0x{}", hex::encode(sign_notes(&self.0, notes).unwrap())),
            issuer: self.0.did().to_string(),
            notes_key: None,
            consent: None,
        }
    }
}

/// What names content that `for_whom` can open.
pub fn sealed(data_id: DataId, content: &[u8], for_whom: &Person) -> SealedContent {
    use sha2::{Digest, Sha256};
    SealedContent {
        data_id,
        content_sha256: hex::encode(Sha256::digest(content)),
        sender_key: idos_keys::EncryptionSecret::generate(&mut rand_core::OsRng).public(),
        recipient_key: for_whom.encryption.public(),
    }
}
