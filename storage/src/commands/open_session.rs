//! Signing in.

use idos_sessions::{SessionId, SessionPublicKey};
use idos_wallets::Nonce;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::{Applied, Outcome, Signer};
use crate::{
    db::{StoredSession, table},
    error::ServiceError,
    memory::Change,
};

/// What says whose nonces these are.
pub(super) const CHALLENGES: &str = "challenge";

/// Sessions of a wallet. One more ends the oldest.
const SESSIONS_MAX: u32 = 100;

/// Lets a key act for the wallet that signed.
#[derive(Debug, Clone)]
pub(crate) struct OpenSession {
    pub(crate) key: SessionPublicKey,
    /// The NEAR access key by which the wallet signed in.
    pub(crate) access_key: Option<[u8; 32]>,
    pub(crate) expires_at: u64,
    pub(crate) nonce: Nonce,
    pub(crate) nonce_expires_at: u64,
}

impl OpenSession {
    pub(super) async fn apply(
        &self,
        tx: &mut AnyConnection,
        signer: &Signer,
        now: u64,
    ) -> Result<Applied, ServiceError> {
        if !table::nonces::use_up(tx, CHALLENGES, self.nonce.as_str(), self.nonce_expires_at).await? {
            return Err(ServiceError::NonceInvalid);
        }
        let wallet = signer.wallet();
        let session = StoredSession { id: self.id(), wallet, key: self.key, expires_at: self.expires_at };
        let access_key = self.access_key;
        let ended = table::sessions::delete_oldest(tx, &wallet, SESSIONS_MAX - 1).await?;
        if !table::sessions::insert(tx, &session, access_key, now).await? {
            return Err(ServiceError::NonceInvalid);
        }
        let profile_id = table::wallets::profile_of(tx, &wallet).await?;
        let changes = ended.into_iter().map(Change::Session).collect();
        Ok(Applied { outcome: Outcome::Session { session: Box::new(session), profile_id }, changes })
    }

    /// The nonce is used once, so no two sessions have one id.
    fn id(&self) -> SessionId {
        let mut hasher = Sha256::new();
        hasher.update(b"idos session id v1\n");
        hasher.update(self.key.to_bytes());
        hasher.update(self.nonce.as_str());
        let digest: [u8; 32] = hasher.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        SessionId(id)
    }
}
