//! Sessions of NEAR and Stellar accounts end when the key that opened them is taken from the account: chains are asked again, once a minute.
//!
//! A task of its own, so that a chain which does not answer holds up nothing else. A round goes on for a bounded time, a few keys at once, and leaves a chain
//! alone that has not answered; the next one goes on where it ended.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::try_join_all;
use idos_grants::ChainId;
use idos_proofs::{ProofError, Proofs};
use idos_wallets::{AccessKeyCheck, Wallet};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{Command, EndSessionsOfKey, Executor, Signer},
    config::Clock,
    db::{Db, UsedAccessKey, table},
    error::ServiceError,
};

/// Between the beginnings of two rounds.
const PERIOD: Duration = Duration::from_secs(60);

/// After so long a round begins with no more keys. The last ones may take as long as a chain is waited for.
const ROUND: Duration = Duration::from_secs(45);

/// Keys that chains are asked about at once; whoever signs in asks them, too.
const KEYS_AT_ONCE: u32 = 4;

/// Asks chains about the access keys that opened sessions.
pub(crate) struct AccessKeys {
    pub(crate) db: Arc<Db>,
    pub(crate) executor: Executor,
    pub(crate) proofs: Arc<Proofs>,
    pub(crate) clock: Clock,
    /// The last one that was asked about.
    pub(crate) after: Mutex<Option<UsedAccessKey>>,
}

/// Chains that did not answer in this round.
type Silent = Mutex<HashSet<ChainId>>;

impl AccessKeys {
    /// Works until `shutdown`.
    pub(crate) async fn run(&self, shutdown: &CancellationToken) {
        let mut rounds = tokio::time::interval(PERIOD);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let work = async {
            loop {
                rounds.tick().await;
                if let Err(error) = self.round().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "access keys could not be checked; it is tried again");
                }
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = work => {}
        }
    }

    /// Asks about every key once, as far as there is time. What a chain does not answer is left as it is until it is asked again: sessions are short.
    async fn round(&self) -> Result<(), ServiceError> {
        let (begun, silent) = (Instant::now(), Silent::default());
        while begun.elapsed() < ROUND {
            let keys = self.next_keys().await?;
            try_join_all(keys.iter().map(|(wallet, key)| self.check(*wallet, *key, &silent))).await?;
            if keys.len() < KEYS_AT_ONCE as usize {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The next keys; from the first one on again after the last one.
    async fn next_keys(&self) -> Result<Vec<UsedAccessKey>, ServiceError> {
        let after = self.after.lock().map_or(None, |after| *after);
        let mut reader = self.db.reader().await?;
        let keys = table::sessions::access_keys(&mut reader, after.as_ref(), KEYS_AT_ONCE).await?;
        if let Ok(mut after) = self.after.lock() {
            *after = keys.last().copied().filter(|_| keys.len() == KEYS_AT_ONCE as usize);
        }
        Ok(keys)
    }

    async fn check(&self, wallet: Wallet, access_key: [u8; 32], silent: &Silent) -> Result<(), ServiceError> {
        let check = AccessKeyCheck::of(&wallet, access_key).ok_or(ServiceError::corrupt("access key"))?;
        let chain = check.account().chain();
        if silent.lock().is_ok_and(|silent| silent.contains(&chain)) {
            return Ok(());
        }
        match self.proofs.by_access_key(&check).await {
            Ok(_) => {}
            Err(ProofError::Signature(_)) => self.end(wallet, access_key).await?,
            Err(error) => {
                let is_first = error == ProofError::ChainUnavailable
                    && silent.lock().is_ok_and(|mut silent| silent.insert(chain));
                if is_first {
                    tracing::warn!(%chain, "a chain does not say which access keys still are its accounts'");
                }
            }
        }
        Ok(())
    }

    async fn end(&self, wallet: Wallet, access_key: [u8; 32]) -> Result<(), ServiceError> {
        let ended = Command::EndSessionsOfKey(EndSessionsOfKey { wallet, access_key });
        self.executor.execute(ended, Signer::Wallet(wallet), (self.clock)()).await?;
        tracing::info!("sessions ended: the access key that opened them is no longer the account's");
        Ok(())
    }
}
