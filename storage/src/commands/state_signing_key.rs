//! Stating the key that a profile signs credentials with.

use idos_api::profiles::SignedSigningKeyStatement;
use idos_wallets::Wallet;
use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::{db::table, error::ServiceError};

/// Puts a statement in the place of the one before.
#[derive(Debug, Clone)]
pub(crate) struct StateSigningKey {
    pub(crate) statement: SignedSigningKeyStatement,
    /// The wallet that is proven to have signed it.
    pub(crate) signed_by: Wallet,
}

impl StateSigningKey {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        let invalid = |why| Err(ServiceError::KeyStatementInvalid(why));
        let profile = signer.profile(tx).await?;
        let next = &self.statement.statement;
        if next.profile_id != profile {
            return invalid("it names another profile");
        }
        if !table::wallets::of_profile(tx, profile).await?.contains(&self.signed_by) {
            return invalid("the wallet that signed it is not linked to this profile");
        }
        let present = table::signing_keys::get(tx, profile).await?;
        if present.as_ref() == Some(&self.statement) {
            return Ok(Applied::unchanged(Outcome::Done));
        }
        let (version, issued_at) =
            present.map_or((0, 0), |present| (present.statement.version, present.statement.issued_at));
        if version.checked_add(1) != Some(next.version) {
            return invalid("its version is not the present one and one more");
        }
        if next.issued_at < issued_at {
            return invalid("it is older than the present one");
        }
        table::signing_keys::put(tx, &self.statement).await?;
        Ok(Applied::unchanged(Outcome::Done))
    }
}
