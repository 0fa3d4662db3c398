//! Shares on their way into the database and out of it: sealed, and bound to their row.

use idos_keys::shares::Dealing;
use zeroize::Zeroizing;

use crate::{
    db::{Db, HoldingKey, StoredShare, shares},
    error::ServiceError,
    node::OpenError,
    sealing::{SealerError, ShareSealer},
};

/// Seals a share for its row.
pub(crate) async fn seal(
    sealer: &dyn ShareSealer,
    key: &HoldingKey,
    dealing: &Dealing,
    share: &[u8],
) -> Result<Vec<u8>, SealerError> {
    sealer.seal(context(key, dealing).as_bytes(), share).await
}

/// Opens the share of a row.
pub(crate) async fn open(
    sealer: &dyn ShareSealer,
    key: &HoldingKey,
    stored: &StoredShare,
) -> Result<Zeroizing<Vec<u8>>, SealerError> {
    sealer.open(context(key, &stored.dealing).as_bytes(), &stored.sealed).await
}

/// Whether the sealer is the one that the shares were stored with, as far as one of them tells: a node with another key would fail every owner.
pub(crate) async fn check(sealer: &dyn ShareSealer, db: &Db) -> Result<(), OpenError> {
    let stored = async { shares::any(&mut *db.reader().await?).await };
    let stored = stored.await.map_err(|error: ServiceError| OpenError::Stored(error.into()))?;
    if let Some((key, stored)) = stored {
        open(sealer, &key, &stored).await.map_err(OpenError::ShareKey)?;
    }
    Ok(())
}

/// What a share at rest is bound to: no row's share passes for another's.
fn context(key: &HoldingKey, dealing: &Dealing) -> String {
    let HoldingKey { profile_id, node_set, stored_by } = key;
    let digest = hex::encode(dealing.digest());
    format!("idOS key share at rest v1\n{profile_id}\n{node_set}\n{stored_by}\n{digest}")
}
