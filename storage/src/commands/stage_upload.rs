//! Uploading content, to be taken by a credential or copy.

use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{
    blobs::BlobName,
    db::{StagedUpload, table},
    error::ServiceError,
    quotas::Quotas,
};

/// Keeps a blob that was written, until something takes it.
#[derive(Debug, Clone)]
pub(crate) struct StageUpload {
    /// 64 hex digits; checked.
    pub(crate) sha256: String,
    pub(crate) blob: BlobName,
    pub(crate) size: u64,
    pub(crate) expires_at: u64,
}

impl StageUpload {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        quotas: &Quotas,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        // The same content again: the blob that came with it stays garbage.
        if let Some(upload) = table::uploads::get(tx, profile, &self.sha256).await? {
            return Ok(Applied::unchanged(Outcome::Upload { upload, is_new: false }));
        }
        check_quota(tx, profile, self.size, quotas).await?;
        if !table::garbage::delete(tx, self.blob).await? {
            return Err(ServiceError::ContentMissing);
        }
        let upload = StagedUpload {
            profile_id: profile,
            sha256: self.sha256.clone(),
            blob: self.blob,
            size: self.size,
            expires_at: self.expires_at,
        };
        table::uploads::insert(tx, &upload).await?;
        Ok(Applied::unchanged(Outcome::Upload { upload, is_new: true }))
    }
}

/// Refuses `size` bytes more than a profile may have waiting.
pub(crate) async fn check_quota(
    tx: &mut AnyConnection,
    profile: Uuid,
    size: u64,
    quotas: &Quotas,
) -> Result<(), ServiceError> {
    let (count, bytes) = table::uploads::usage(tx, profile).await?;
    if count >= quotas.uploads || bytes.saturating_add(size) > quotas.uploads_bytes() {
        return Err(ServiceError::LimitReached(
            "too much content is uploaded and not stored: store it, or wait until it expires",
        ));
    }
    Ok(())
}
