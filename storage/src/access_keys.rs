//! Sessions of NEAR and Stellar accounts end when the key that opened them is taken from the account: chains are asked again, once a minute.

use std::sync::Arc;

use idos_proofs::{ProofError, Proofs};
use idos_wallets::{AccessKeyCheck, Wallet};

use crate::{
    commands::{Command, EndSessionsOfKey, Executor, Signer},
    db::{Db, table},
    error::ServiceError,
};

/// Keys that are read from the database at a time.
const KEYS_A_PAGE: u32 = 100;

/// Asks chains about the access keys that opened sessions.
pub(crate) struct AccessKeys {
    pub(crate) db: Arc<Db>,
    pub(crate) executor: Executor,
    pub(crate) proofs: Arc<Proofs>,
}

impl AccessKeys {
    /// Asks about every key once. What a chain does not answer is left as it is until the next round: sessions are short.
    pub(crate) async fn round(&self, now: u64) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let mut reader = self.db.reader().await?;
            let page = table::sessions::access_keys(&mut reader, after.as_ref(), KEYS_A_PAGE).await?;
            drop(reader);
            for (wallet, key) in &page {
                self.check(*wallet, *key, now).await?;
            }
            if page.len() < KEYS_A_PAGE as usize {
                return Ok(());
            }
            after = page.last().copied();
        }
    }

    async fn check(&self, wallet: Wallet, access_key: [u8; 32], now: u64) -> Result<(), ServiceError> {
        let check = AccessKeyCheck::of(&wallet, access_key).ok_or(ServiceError::corrupt("access key"))?;
        match self.proofs.by_access_key(&check).await {
            Ok(_) => Ok(()),
            Err(ProofError::Signature(_)) => {
                let ended = Command::EndSessionsOfKey(EndSessionsOfKey { wallet, access_key });
                self.executor.execute(ended, Signer::Wallet(wallet), now).await?;
                tracing::info!("sessions ended: the access key that opened them is no longer the account's");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an access key could not be checked"
                );
                Ok(())
            }
        }
    }
}
