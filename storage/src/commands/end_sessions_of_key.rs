//! Ending what a NEAR access key opened, when the key no longer acts for its account.

use idos_wallets::Wallet;
use sqlx::AnyConnection;

use super::{Applied, Outcome};
use crate::{db::table, error::ServiceError, memory::Change};

/// Ends the sessions that `wallet` opened by `access_key`.
#[derive(Debug, Clone)]
pub(crate) struct EndSessionsOfKey {
    pub(crate) wallet: Wallet,
    pub(crate) access_key: [u8; 32],
}

impl EndSessionsOfKey {
    pub(super) async fn apply(&self, tx: &mut AnyConnection) -> Result<Applied, ServiceError> {
        let ended = table::sessions::delete_of_access_key(tx, &self.wallet, &self.access_key).await?;
        Ok(Applied { outcome: Outcome::Done, changes: ended.into_iter().map(Change::Session).collect() })
    }
}
