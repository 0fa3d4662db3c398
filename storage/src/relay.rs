//! Handing on what owners signed, so that they need no gas. Who sends and pays is not the store's business: it only asks.

use async_trait::async_trait;
use futures::future::BoxFuture;
use idos_api::{
    ErrorCode,
    relay::{RelayCall, RelayRefusal, Submission},
};
use idos_grants::Account;
use uuid::Uuid;

use crate::error::ServiceError;

/// What the store settles in the moment before a relay notes a call for an app: it is told who signed the call, and whether the call is taken just now. What
/// it refuses must not be noted.
pub type Settle = Box<dyn FnOnce(Account, bool) -> BoxFuture<'static, Result<(), NotTaken>> + Send>;

/// Why a call is not taken: the relay's reason, or the store's.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct NotTaken(ServiceError);

impl From<RelayRefusal> for NotTaken {
    fn from(refusal: RelayRefusal) -> Self {
        Self(refusal.into())
    }
}

impl From<ServiceError> for NotTaken {
    fn from(error: ServiceError) -> Self {
        Self(error)
    }
}

impl From<NotTaken> for ServiceError {
    fn from(NotTaken(error): NotTaken) -> Self {
        error
    }
}

/// As a relay knows a profile; no app's name has a colon.
pub(crate) fn app_of(profile: Uuid) -> String {
    format!("profile:{profile}")
}

/// Takes signed calls and sends them.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Takes a call for `app`, or tells what became of it; and whether it was taken just now. The same call is taken once. What is noted for `app` is settled
    /// before.
    ///
    /// # Errors
    /// Why it is not taken.
    async fn submit(
        &self,
        call: RelayCall,
        app: &str,
        settle: Settle,
    ) -> Result<(Submission, bool), NotTaken>;

    /// What became of a call that `app` handed in; `None` for any other.
    ///
    /// # Errors
    /// If that cannot be told.
    async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal>;

    /// Forgets what it knows of `app`: what was taken for it is sent all the same, and is nobody's from now on.
    ///
    /// # Errors
    /// If that is not done. It is asked again.
    async fn forget(&self, app: &str) -> Result<(), RelayRefusal>;
}

/// For a node that relays nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRelay;

#[async_trait]
impl Relay for NoRelay {
    async fn submit(&self, _: RelayCall, _: &str, _: Settle) -> Result<(Submission, bool), NotTaken> {
        Err(nobody().into())
    }

    async fn submission(&self, _: &str, _: &str) -> Result<Option<Submission>, RelayRefusal> {
        Err(nobody())
    }

    async fn forget(&self, _: &str) -> Result<(), RelayRefusal> {
        Ok(())
    }
}

fn nobody() -> RelayRefusal {
    RelayRefusal {
        code: ErrorCode::RelayUnavailable,
        message:
            "this node relays nothing: send the call from an account that can pay, or give it to a relay"
                .into(),
        refused: None,
    }
}
