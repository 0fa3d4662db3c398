//! Having the node's relay send what an owner signed: she needs no gas, and neither does the caller.

use std::time::{Duration, Instant};

use idos_api::relay::{RelayCall, Submission};

use crate::{ClientError, Session};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Hands in a call and waits for its end, at most `within`. What is not done by then goes on: the same call again tells how far it is.
///
/// # Errors
/// If the node does not take it. That it failed on the chain is an answer, not an error.
pub async fn send(session: &Session, call: &RelayCall, within: Duration) -> Result<Submission, ClientError> {
    let begun = Instant::now();
    let mut submission = session.relay(call).await?;
    while !submission.fate.is_final() && begun.elapsed() < within {
        tokio::time::sleep(LOOK_EVERY).await;
        submission = session.relay(call).await?;
    }
    Ok(submission)
}
