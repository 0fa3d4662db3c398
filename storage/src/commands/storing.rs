//! What storing an original and sharing a copy have in common.

use idos_grants::DataId;
use idos_keys::EncryptionKey;
use sqlx::AnyConnection;
use uuid::Uuid;

use crate::{
    blobs::BlobName,
    db::{StoredCredential, table},
    error::ServiceError,
};

/// Content that was uploaded, to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewObject {
    pub(crate) data_id: DataId,
    pub(crate) content_sha256: String,
    pub(crate) sender_key: EncryptionKey,
    pub(crate) recipient_key: EncryptionKey,
}

/// Whose, by whom, and what is said of it.
pub(super) struct Circumstances<'a> {
    pub(super) profile_id: Uuid,
    pub(super) stored_by: Uuid,
    pub(super) original: Option<DataId>,
    pub(super) public_notes: &'a str,
    pub(super) notes_signature: &'a str,
    pub(super) issuer: &'a str,
    pub(super) shared_with: Option<Uuid>,
    /// Credentials and copies that the profile may hold.
    pub(super) credentials_max: u64,
    pub(super) now: u64,
}

impl NewObject {
    /// The row it becomes; blob and size follow from the upload.
    fn row(&self, circumstances: &Circumstances<'_>, blob: BlobName, size: u64) -> StoredCredential {
        StoredCredential {
            data_id: self.data_id,
            profile_id: circumstances.profile_id,
            stored_by: circumstances.stored_by,
            original: circumstances.original,
            blob,
            size,
            content_sha256: self.content_sha256.clone(),
            sender_key: self.sender_key,
            recipient_key: self.recipient_key,
            public_notes: circumstances.public_notes.to_owned(),
            notes_signature: circumstances.notes_signature.to_owned(),
            issuer: circumstances.issuer.to_owned(),
            created_at: circumstances.now,
            shared_with: circumstances.shared_with,
        }
    }

    /// The row, if this very object is stored already: then the answer was lost, and the command was sent again.
    pub(super) async fn stored_before(
        &self,
        tx: &mut AnyConnection,
        circumstances: &Circumstances<'_>,
    ) -> Result<Option<StoredCredential>, ServiceError> {
        let stored = table::credentials::get(tx, self.data_id).await?;
        Ok(stored.filter(|stored| stored.is_same_write(&self.row(circumstances, stored.blob, stored.size))))
    }

    /// Stores it, taking the upload.
    pub(super) async fn store(
        &self,
        tx: &mut AnyConnection,
        circumstances: &Circumstances<'_>,
    ) -> Result<StoredCredential, ServiceError> {
        const EXISTS: ServiceError =
            ServiceError::Exists("something was stored under this data id before: make a fresh one");
        if table::credentials::get(tx, self.data_id).await?.is_some() {
            return Err(EXISTS);
        }
        // A grant on what was deleted must not open what comes after it.
        if table::receipts::get(tx, self.data_id).await?.is_some() {
            return Err(EXISTS);
        }
        if table::credentials::count(tx, circumstances.profile_id).await? >= circumstances.credentials_max {
            return Err(ServiceError::LimitReached(
                "the profile can hold no more credentials and copies: delete some first",
            ));
        }
        let upload = table::uploads::get(tx, circumstances.stored_by, &self.content_sha256).await?;
        let upload = upload.ok_or(ServiceError::ContentMissing)?;
        table::uploads::delete(tx, &upload).await?;
        let row = self.row(circumstances, upload.blob, upload.size);
        table::credentials::insert(tx, &row).await?;
        Ok(row)
    }
}
