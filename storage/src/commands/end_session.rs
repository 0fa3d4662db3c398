//! Signing out.

use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::{db::table, error::ServiceError, memory::Change};

/// Ends the session that signed.
#[derive(Debug, Clone)]
pub(crate) struct EndSession;

impl EndSession {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        let Some(id) = signer.session_id() else { return Ok(Applied::unchanged(Outcome::Done)) };
        table::sessions::delete(tx, id).await?;
        Ok(Applied { outcome: Outcome::Done, changes: vec![Change::Session(id)] })
    }
}
