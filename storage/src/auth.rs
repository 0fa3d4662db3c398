//! Who calls: the signature of a request, checked against its session.

mod extract;
mod read_keys;
mod verify;

use uuid::Uuid;

use crate::{db::StoredSession, error::ServiceError};

pub(crate) use extract::{Reader, SignedBody, SignedStream, UnsignedJson};
pub(crate) use read_keys::ReadKeys;
pub(crate) use verify::Verifier;

/// Whoever signed a request, and the profile that her wallet opens, if any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) session: StoredSession,
    pub(crate) profile_id: Option<Uuid>,
}

impl Caller {
    /// Her profile.
    ///
    /// # Errors
    /// If she has none.
    pub(crate) fn profile(&self) -> Result<Uuid, ServiceError> {
        self.profile_id.ok_or(ServiceError::ProfileRequired)
    }
}
