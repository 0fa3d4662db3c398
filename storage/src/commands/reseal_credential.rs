//! Sealing an original anew, when its owner has changed her encryption key.

use idos_grants::DataId;
use idos_keys::EncryptionKey;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{StoredCredential, table},
    error::ServiceError,
    memory::Change,
};

/// Puts other content in the place of one's own original's. That no timelock of `wallets` forbids it was checked before: what is replaced is
/// gone, as by a deletion.
#[derive(Debug, Clone)]
pub(crate) struct ResealCredential {
    pub(crate) data_id: DataId,
    /// The digest of the content that it was made from; 64 hex digits.
    pub(crate) replaces: String,
    /// Which upload; 64 hex digits.
    pub(crate) content_sha256: String,
    pub(crate) sender_key: EncryptionKey,
    pub(crate) recipient_key: EncryptionKey,
    /// The profile's wallets when the timelocks were looked up.
    pub(crate) wallets: Vec<Wallet>,
}

impl ResealCredential {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        let stored = table::credentials::own(tx, profile, self.data_id).await?;
        let stored = stored.ok_or(ServiceError::NotFound)?;
        if stored.original.is_some() {
            return Err(ServiceError::NotAnOriginal);
        }
        if self.is_done(&stored) {
            let credential = Box::new(stored);
            return Ok(Applied::unchanged(Outcome::Credential { credential, is_new: false }));
        }
        if stored.content_sha256 != self.replaces {
            return Err(ServiceError::ContentChanged);
        }
        self.check_recipient(tx, profile).await?;
        if table::wallets::of_profile(tx, profile).await? != self.wallets {
            // A wallet was linked meanwhile, whose timelocks nobody has looked up.
            return Err(ServiceError::Busy);
        }
        let credential = Box::new(self.replace(tx, stored, now).await?);
        let changes = vec![Change::Credential(self.data_id)];
        Ok(Applied { outcome: Outcome::Credential { credential, is_new: false }, changes })
    }

    /// Whether it was done before, and its answer was lost.
    pub(crate) fn is_done(&self, stored: &StoredCredential) -> bool {
        (&stored.content_sha256, stored.sender_key, stored.recipient_key)
            == (&self.content_sha256, self.sender_key, self.recipient_key)
    }

    async fn check_recipient(&self, tx: &mut AnyConnection, profile: Uuid) -> Result<(), ServiceError> {
        let signed = table::profiles::key_statement(tx, profile).await?;
        let is_stated =
            signed.is_some_and(|signed| signed.statement.encryption_key == *self.recipient_key.as_bytes());
        if is_stated { Ok(()) } else { Err(ServiceError::WrongRecipientKey) }
    }

    async fn replace(
        &self,
        tx: &mut AnyConnection,
        stored: StoredCredential,
        now: u64,
    ) -> Result<StoredCredential, ServiceError> {
        let upload = table::uploads::get(tx, stored.profile_id, &self.content_sha256).await?;
        let upload = upload.ok_or(ServiceError::ContentMissing)?;
        table::uploads::delete(tx, &upload).await?;
        table::garbage::insert(tx, stored.blob, now).await?;
        let resealed = StoredCredential {
            blob: upload.blob,
            size: upload.size,
            content_sha256: self.content_sha256.clone(),
            sender_key: self.sender_key,
            recipient_key: self.recipient_key,
            ..stored
        };
        table::credentials::put_content(tx, &resealed).await?;
        Ok(resealed)
    }
}
