//! Runs commands, each in a transaction of its own.

use std::sync::Arc;

use sqlx::{AnyConnection, Connection};
use tokio::sync::Mutex;

use super::{Command, Outcome, apply, repeat};
use crate::{
    db::{
        Db, HoldingKey, holdings,
        nonces::{self, Nonce},
        refusals,
    },
    error::ServiceError,
};

/// Runs commands.
#[derive(Clone)]
pub(crate) struct Executor {
    db: Arc<Db>,
    alarm_tries: u64,
    refused: Arc<Mutex<RefusedKeys>>,
}

/// Of how many keys that are not there refused tries were written down in an hour. After a restart it counts from none again.
#[derive(Debug)]
struct RefusedKeys {
    hour: u64,
    written: u64,
    most: u64,
}

impl RefusedKeys {
    /// Whether those of one more key may be.
    fn has_room(&mut self, hour: u64) -> bool {
        if self.hour != hour {
            (self.hour, self.written) = (hour, 0);
        }
        self.written < self.most
    }
}

impl Executor {
    /// On `db`; `alarm_tries` in vain of one key make an alarm, and those of `refused_keys_an_hour` that are not there are written down.
    pub(crate) fn new(db: Arc<Db>, alarm_tries: u64, refused_keys_an_hour: u64) -> Self {
        let refused = RefusedKeys { hour: 0, written: 0, most: refused_keys_an_hour };
        Self { db, alarm_tries, refused: Arc::new(Mutex::new(refused)) }
    }

    /// Applies a command and commits it. That goes on to its end if the caller goes away.
    pub(crate) async fn execute(&self, command: Command, now: u64) -> Result<Outcome, ServiceError> {
        let executor = self.clone();
        let task = tokio::spawn(async move { executor.run(&command, now).await });
        task.await.map_err(|_| ServiceError::failed("a command ended early"))?
    }

    async fn run(&self, command: &Command, now: u64) -> Result<Outcome, ServiceError> {
        let mut tx = self.db.command().await?;
        match nonces::use_up(&mut tx, &command.asker).await? {
            Nonce::Used => return Err(ServiceError::NonceUsed),
            Nonce::Repeated => return repeat::answer(&mut tx, command).await,
            Nonce::Fresh => {}
        }
        match applied(&mut tx, command, now).await {
            Ok(outcome) => {
                tx.commit().await?;
                if command.change.wipes() {
                    self.wipe().await;
                }
                Ok(outcome)
            }
            Err(error @ (ServiceError::Internal(_) | ServiceError::StorageFull)) => Err(error),
            Err(refusal) => {
                nonces::refuse(&mut tx, &command.asker).await?;
                if matches!(refusal, ServiceError::NotFound | ServiceError::AskedTooOften) {
                    let tries = self.count_refusal(&mut tx, &command.key, now).await?;
                    self.alarm(tries);
                }
                tx.commit().await?;
                Err(refusal)
            }
        }
    }

    /// Strangers name keys that are not there, as many as they like: not all of that is written down. What is tried of a key that is there always is.
    async fn count_refusal(
        &self,
        tx: &mut AnyConnection,
        key: &HoldingKey,
        now: u64,
    ) -> Result<u64, ServiceError> {
        let is_there = holdings::exists(tx, key).await?;
        let mut refused = self.refused.lock().await;
        if !is_there && !refused.has_room(refusals::hour_of(now)) {
            return refusals::count_again(tx, key, now).await;
        }
        let tries = refusals::count(tx, key, now).await?;
        refused.written += u64::from(!is_there && tries == 1);
        Ok(tries)
    }

    /// Somebody keeps asking in vain.
    fn alarm(&self, tries: u64) {
        metrics::counter!("idos_mpc_refused_tries_total").increment(1);
        if tries == self.alarm_tries {
            metrics::counter!("idos_mpc_alarms_total").increment(1);
            tracing::warn!(
                tries,
                "alarm: one key share was asked for again and again in vain, by wallets that may not ask for it or too often"
            );
        }
    }

    /// What was removed is removed already; that its traces are wiped, too, can wait for housekeeping if it fails.
    async fn wipe(&self) {
        if let Err(error) = self.db.purge().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "a removed share's traces could not be wiped at once; housekeeping wipes them"
            );
        }
    }
}

/// Applies a command so that a refusal leaves nothing of it. The nonce stays used.
async fn applied(tx: &mut AnyConnection, command: &Command, now: u64) -> Result<Outcome, ServiceError> {
    // A look is refused before anything is written.
    if command.change.is_look() {
        return apply(tx, command, now).await;
    }
    let mut inner = tx.begin().await?;
    match apply(&mut inner, command, now).await {
        Ok(outcome) => {
            inner.commit().await?;
            Ok(outcome)
        }
        Err(error @ (ServiceError::Internal(_) | ServiceError::StorageFull)) => Err(error),
        Err(refusal) => {
            inner.rollback().await?;
            Err(refusal)
        }
    }
}
