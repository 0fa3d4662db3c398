//! Stating a profile's encryption key.

use idos_api::profiles::SignedKeyStatement;
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{Applied, Outcome, Signer, create_profile};
use crate::{db::table, error::ServiceError};

/// Puts a key statement in the place of the one before, which is kept among the past ones.
#[derive(Debug, Clone)]
pub(crate) struct StateKey {
    pub(crate) statement: SignedKeyStatement,
    /// The wallet that is proven to have signed it.
    pub(crate) signed_by: Wallet,
}

impl StateKey {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
    ) -> Result<Applied, ServiceError> {
        let profile = signer.profile(tx).await?;
        put(tx, profile, &self.statement, &self.signed_by).await?;
        let profile = Box::new(create_profile::read(tx, profile).await?);
        Ok(Applied::unchanged(Outcome::Profile { profile, is_new: false }))
    }
}

/// Keeps a statement if it is the profile's next; the very one that is kept already may come again.
pub(super) async fn put(
    tx: &mut AnyConnection,
    profile: Uuid,
    next: &SignedKeyStatement,
    signed_by: &Wallet,
) -> Result<(), ServiceError> {
    if next.statement.profile_id != profile {
        return Err(ServiceError::KeyStatementInvalid("it names another profile"));
    }
    if !table::wallets::of_profile(tx, profile).await?.contains(signed_by) {
        return Err(ServiceError::KeyStatementInvalid(
            "the wallet that signed it is not linked to this profile",
        ));
    }
    let present = table::profiles::key_statement(tx, profile).await?;
    if present.as_ref() == Some(next) {
        return Ok(());
    }
    check_follows(present.as_ref(), next)?;
    if let Some(present) = &present {
        table::past_key_statements::insert(tx, present).await?;
    }
    table::profiles::put_key_statement(tx, next).await
}

fn check_follows(
    present: Option<&SignedKeyStatement>,
    next: &SignedKeyStatement,
) -> Result<(), ServiceError> {
    let (version, issued_at) =
        present.map_or((0, 0), |present| (present.statement.version, present.statement.issued_at));
    if version.checked_add(1) != Some(next.statement.version) {
        return Err(ServiceError::KeyStatementInvalid("its version is not the present one and one more"));
    }
    if next.statement.issued_at < issued_at {
        return Err(ServiceError::KeyStatementInvalid("it is older than the present one"));
    }
    Ok(())
}
