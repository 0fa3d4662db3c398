//! Storing a copy of one's own original, sealed for somebody else.

use idos_grants::DataId;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{
    Applied, Outcome, Signer,
    storing::{Circumstances, NewObject},
};
use crate::{db::table, error::ServiceError, memory::Change, quotas::Quotas};

/// Stores a copy. It carries the original's notes.
#[derive(Debug, Clone)]
pub(crate) struct ShareCopy {
    pub(crate) original: DataId,
    pub(crate) copy: NewObject,
    /// The profile whose key it is sealed for, for the owner's own memory.
    pub(crate) shared_with: Option<Uuid>,
}

impl ShareCopy {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        quotas: &Quotas,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        let original = table::credentials::own(tx, profile, self.original).await?;
        let original = original.ok_or(ServiceError::NotFound)?;
        if original.original.is_some() {
            return Err(ServiceError::CopyOfCopy);
        }
        let circumstances = Circumstances {
            profile_id: profile,
            stored_by: profile,
            original: Some(original.data_id),
            public_notes: &original.public_notes,
            notes_signature: &original.notes_signature,
            issuer: &original.issuer,
            shared_with: self.shared_with,
            credentials_max: quotas.credentials,
            now,
        };
        if let Some(credential) = self.copy.stored_before(tx, &circumstances).await? {
            let credential = Box::new(credential);
            return Ok(Applied::unchanged(Outcome::Credential { credential, is_new: false }));
        }
        let credential = Box::new(self.copy.store(tx, &circumstances).await?);
        let changes = vec![Change::Credential(credential.data_id)];
        Ok(Applied { outcome: Outcome::Credential { credential, is_new: true }, changes })
    }
}
