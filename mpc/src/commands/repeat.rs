//! The very same request again: by its owner after a lost answer, or by whoever saw it, such as a node that passes it on to the others before she
//! reaches them. It is answered as before, to the same reply key, and changes nothing: no line is written, and nothing counts against anybody's limit.

use sqlx::AnyConnection;

use super::{Change, Command, Outcome, look, state_of};
use crate::{
    db::{holdings, wallets},
    error::ServiceError,
};

pub(super) async fn answer(db: &mut AnyConnection, command: &Command) -> Result<Outcome, ServiceError> {
    let Command { key, asker, change, .. } = command;
    if matches!(change, Change::Delete) {
        return Ok(Outcome::Deleted);
    }
    if !wallets::may_ask(db, key, &asker.account, &asker.wallet).await? || !holdings::exists(db, key).await? {
        return Err(ServiceError::NotFound);
    }
    match look::answer(db, key, change).await? {
        Some(outcome) => Ok(outcome),
        None => Ok(Outcome::Holding(state_of(db, key).await?)),
    }
}
