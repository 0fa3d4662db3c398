//! What is read only.

use sqlx::AnyConnection;

use super::{Change, Outcome};
use crate::{
    db::{HoldingKey, audit, refusals, shares, wallets},
    error::ServiceError,
};

/// What is asked for, if `change` changes nothing.
pub(super) async fn answer(
    db: &mut AnyConnection,
    key: &HoldingKey,
    change: &Change,
) -> Result<Option<Outcome>, ServiceError> {
    Ok(match change {
        Change::Release => {
            Some(Outcome::Shares { shares: shares::of(db, key).await?, wallets: wallets::of(db, key).await? })
        }
        Change::ReadAudit => {
            Some(Outcome::Audit { lines: audit::of(db, key).await?, refused: refusals::of(db, key).await? })
        }
        _ => None,
    })
}
