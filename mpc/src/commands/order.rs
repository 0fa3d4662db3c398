//! Changes are applied in the order in which they were signed.
//!
//! A request may reach some nodes and not others, and whoever saw it, such as a node, may bring it to the others as long as it stands. So a change that was
//! signed before one that is applied already is refused: a wallet that was removed does not come back, and what was stored anew is not deleted by an old word. A commit
//! is refused also if the shares were asked for later: its owner has looked again, and may have decided otherwise.

use sqlx::AnyConnection;

use super::Change;
use crate::{
    asker::Asker,
    db::{HoldingKey, order},
    error::ServiceError,
};

/// Refuses what was signed before something newer, and remembers when this was signed: never later than `now`, so that nobody signs ahead.
pub(super) async fn check(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    asker: &Asker,
    change: &Change,
    now: u64,
) -> Result<(), ServiceError> {
    let at = asker.issued_at.min(now);
    match change {
        Change::ReadAudit => return Ok(()),
        Change::Release => return order::asked(tx, key, at).await,
        _ => {}
    }
    let newest = order::newest(tx, key).await?;
    let not_before = match change {
        Change::CommitRefresh { .. } => newest.changed_at.max(newest.asked_at),
        _ => newest.changed_at,
    };
    if asker.issued_at < not_before {
        return Err(ServiceError::Expired("a later request was signed since: sign this one again".into()));
    }
    order::changed(tx, key, newest.changed_at.max(at)).await
}

/// The first word on a new holding.
pub(super) async fn begin(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    asker: &Asker,
    now: u64,
) -> Result<(), ServiceError> {
    order::changed(tx, key, asker.issued_at.min(now)).await
}
