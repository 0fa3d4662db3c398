//! Handing in a call for relaying.

use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::error::ServiceError;

/// Hands in a call: for who has a profile. It changes nothing but that the request's nonce is used up, whatever becomes of the call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandInCall;

impl HandInCall {
    pub(super) async fn apply(
        self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        signer.profile(tx).await?;
        Ok(Applied::unchanged(Outcome::Done))
    }
}
