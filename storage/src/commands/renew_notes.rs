//! Renewing public notes, at an original and at all its copies.

use idos_credentials::PublicNotes;
use idos_grants::DataId;
use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::{db::table, error::ServiceError, memory::Change};

/// Puts notes in the place of the ones before. That their issuer signed them was checked before.
#[derive(Debug, Clone)]
pub(crate) struct RenewNotes {
    /// The original, which may be deleted: its copies carry its notes too.
    pub(crate) original: DataId,
    pub(crate) notes: PublicNotes,
    pub(crate) notes_signature: String,
}

impl RenewNotes {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        let present = table::credentials::notes_to_renew(tx, profile, self.original).await?;
        let present = present.ok_or(ServiceError::NotFound)?;
        if present.public_notes == self.notes.as_str() && present.notes_signature == self.notes_signature {
            return Ok(Applied::unchanged(Outcome::Notes { version: self.notes.version() }));
        }
        let present = PublicNotes::parse(&present.public_notes)
            .map_err(|_| ServiceError::corrupt("credential's public notes"))?;
        self.notes
            .check_follows(&present)
            .map_err(|error| ServiceError::NotesInvalid(error.to_string().into()))?;
        let renewed =
            table::credentials::put_notes(tx, self.original, self.notes.as_str(), &self.notes_signature)
                .await?;
        let outcome = Outcome::Notes { version: self.notes.version() };
        Ok(Applied { outcome, changes: renewed.into_iter().map(Change::Credential).collect() })
    }
}
