//! Handing on what owners signed, so that they need no gas. Who sends and pays is not the store's business: it only asks.

use async_trait::async_trait;
use idos_api::{
    ErrorCode,
    relay::{RelayCall, RelayRefusal, Submission},
};

/// Takes signed calls and sends them.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Takes a call for `app`, or tells what became of it; and whether it was taken just now. The same call is taken once.
    ///
    /// # Errors
    /// Why it is not taken.
    async fn submit(&self, call: RelayCall, app: &str) -> Result<(Submission, bool), RelayRefusal>;

    /// What became of a call that `app` handed in; `None` for any other.
    ///
    /// # Errors
    /// If that cannot be told.
    async fn submission(&self, digest: &str, app: &str) -> Result<Option<Submission>, RelayRefusal>;
}

/// For a node that relays nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRelay;

#[async_trait]
impl Relay for NoRelay {
    async fn submit(&self, _: RelayCall, _: &str) -> Result<(Submission, bool), RelayRefusal> {
        Err(nobody())
    }

    async fn submission(&self, _: &str, _: &str) -> Result<Option<Submission>, RelayRefusal> {
        Err(nobody())
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
