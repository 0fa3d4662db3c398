//! Taking a request back.

use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer};
use crate::{db::table, error::ServiceError};

/// Takes back a request of the signer's profile, with its answers.
#[derive(Debug, Clone)]
pub(crate) struct WithdrawRequest {
    pub(crate) request_id: Uuid,
}

impl WithdrawRequest {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        table::requests::own(tx, profile, self.request_id).await?.ok_or(ServiceError::NotFound)?;
        table::requests::delete(tx, self.request_id).await?;
        Ok(Applied::unchanged(Outcome::Done))
    }
}
