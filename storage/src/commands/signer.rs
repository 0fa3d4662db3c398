//! Who signed a command.

use idos_sessions::{Nonce, SessionId};
use idos_wallets::Wallet;
use sqlx::AnyConnection;
use uuid::Uuid;

use crate::{
    db::{StoredSession, table},
    error::ServiceError,
};

/// How long after it was signed a command's nonce is remembered, in seconds: a command is refused when it is 60 seconds off either way, so
/// it cannot come again after twice that.
const REMEMBERED_SECS: u64 = 180;

/// A nonce, to be used up in the transaction of its command.
#[derive(Debug, Clone)]
pub(crate) struct UsedNonce {
    pub(crate) nonce: Nonce,
    pub(crate) signed_at: u64,
}

/// The proven signer of a command.
#[derive(Debug, Clone)]
pub(crate) enum Signer {
    /// A wallet, by the very message that the command is made of.
    Wallet(Wallet),
    /// A session's key, for its wallet.
    Session { session: Box<StoredSession>, nonce: UsedNonce },
}

impl Signer {
    /// For which wallet.
    pub(crate) fn wallet(&self) -> Wallet {
        match self {
            Self::Wallet(wallet) => *wallet,
            Self::Session { session, .. } => session.wallet,
        }
    }

    /// By which session.
    pub(super) fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Wallet(_) => None,
            Self::Session { session, .. } => Some(session.id),
        }
    }

    /// The profile that the wallet opens now.
    pub(super) async fn profile(&self, tx: &mut AnyConnection) -> Result<Uuid, ServiceError> {
        table::wallets::profile_of(tx, &self.wallet()).await?.ok_or(ServiceError::ProfileRequired)
    }

    /// Refuses a session that has ended since the request was let in.
    pub(super) async fn check(&self, tx: &mut AnyConnection, now: u64) -> Result<(), ServiceError> {
        let Some(id) = self.session_id() else { return Ok(()) };
        match table::sessions::get(tx, id).await? {
            Some(session) if now < session.expires_at => Ok(()),
            _ => Err(ServiceError::Unauthenticated("the session has ended: sign in again".into())),
        }
    }

    /// Refuses a command that was taken before, whether it was then refused or not.
    pub(super) async fn use_nonce(&self, tx: &mut AnyConnection) -> Result<(), ServiceError> {
        let Self::Session { session, nonce } = self else { return Ok(()) };
        let expires_at = nonce.signed_at.saturating_add(REMEMBERED_SECS);
        let is_fresh =
            table::nonces::use_up(tx, &session.id.to_string(), nonce.nonce.as_str(), expires_at).await?;
        if is_fresh { Ok(()) } else { Err(ServiceError::NonceInvalid) }
    }
}
