//! Commands: every change, and every release, as plain data, applied by one deterministic function inside one transaction.
//!
//! What a command needs from outside (the proof of a wallet, a share that is opened, checked and sealed for the database) is done before, and only its
//! result is part of the command. Randomness and time are, too.

mod commit;
mod order;
mod prepare;
mod store;
mod wallets;

use std::sync::Arc;

use idos_api::key_shares::{Holding, KeyShareAuditLine, RefusedTries, ShareState};
use idos_grants::Account;
use sqlx::{AnyConnection, Connection};
use tokio::sync::Mutex;

use crate::{
    asker::Asker,
    db::{Db, HoldingKey, StoredShare, audit, holdings, nonces, refusals, shares, wallets as rows},
    error::ServiceError,
};

/// One change of one holding, or one look at it.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) key: HoldingKey,
    pub(crate) asker: Asker,
    /// What one wallet may ask of a holding in an hour.
    pub(crate) operations_an_hour: u64,
    /// How many holdings the node has at most.
    pub(crate) holdings_max: u64,
    pub(crate) change: Change,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Store {
        index: u8,
        share: Box<StoredShare>,
    },
    Release,
    AddWallet(Account),
    RemoveWallet(Account),
    /// The share that comes of the current one, whose dealing has the digest `from`; `None` if nothing was found that it could come of.
    PrepareRefresh {
        from: [u8; 32],
        share: Option<Box<StoredShare>>,
    },
    CommitRefresh {
        digest: [u8; 32],
    },
    Delete,
    ReadAudit,
}

impl Change {
    /// Its name in the audit log.
    fn name(&self) -> &'static str {
        match self {
            Self::Store { .. } => "store",
            Self::Release => "release",
            Self::AddWallet(_) => "add_wallet",
            Self::RemoveWallet(_) => "remove_wallet",
            Self::PrepareRefresh { .. } => "prepare_refresh",
            Self::CommitRefresh { .. } => "commit_refresh",
            Self::Delete => "delete",
            Self::ReadAudit => "audit",
        }
    }

    /// Whether it takes away something that must not be found on the disk afterwards.
    fn wipes(&self) -> bool {
        matches!(self, Self::CommitRefresh { .. } | Self::Delete | Self::PrepareRefresh { .. })
    }
}

/// What a command came to.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Holding(Holding),
    Shares { shares: Vec<StoredShare>, wallets: Vec<Account> },
    Audit { lines: Vec<KeyShareAuditLine>, refused: Vec<RefusedTries> },
    Deleted,
}

/// Applies a command.
///
/// # Errors
/// A refusal, after which nothing of the command may be kept: the caller rolls back.
pub(crate) async fn apply(
    tx: &mut AnyConnection,
    command: &Command,
    now: u64,
) -> Result<Outcome, ServiceError> {
    let Command { key, asker, change, operations_an_hour, holdings_max } = command;
    if let Change::Store { index, share } = change {
        return store::apply(tx, key, asker, *index, share, *holdings_max, now).await;
    }
    if !rows::may_ask(tx, key, &asker.account, &asker.wallet).await? {
        return Err(ServiceError::NotFound);
    }
    check_rate(tx, key, asker, *operations_an_hour, now).await?;
    order::check(tx, key, asker, change, now).await?;
    let outcome = match change {
        Change::Release => {
            Outcome::Shares { shares: shares::of(tx, key).await?, wallets: rows::of(tx, key).await? }
        }
        Change::AddWallet(wallet) => wallets::add(tx, key, wallet, now).await?,
        Change::RemoveWallet(wallet) => wallets::remove(tx, key, wallet).await?,
        Change::PrepareRefresh { from, share } => {
            prepare::apply(tx, key, *from, share.as_deref(), now).await?
        }
        Change::CommitRefresh { digest } => commit::apply(tx, key, *digest).await?,
        Change::Delete => {
            holdings::delete(tx, key).await?;
            return Ok(Outcome::Deleted);
        }
        Change::ReadAudit => {
            Outcome::Audit { lines: audit::of(tx, key).await?, refused: refusals::of(tx, key).await? }
        }
        Change::Store { .. } => return Err(ServiceError::failed("a store is applied above")),
    };
    audit::append(tx, key, change.name(), &asker.account, now).await?;
    Ok(outcome)
}

/// Someone who holds a wallet, or has stolen one, still does not ask for ever; and does not keep the holding's other wallets from asking.
async fn check_rate(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    asker: &Asker,
    operations_an_hour: u64,
    now: u64,
) -> Result<(), ServiceError> {
    const HOUR_SECS: u64 = 60 * 60;
    let before = audit::time_of_newest(tx, key, &asker.account, operations_an_hour).await?;
    match before {
        Some(at) if at.saturating_add(HOUR_SECS) > now => {
            Err(ServiceError::LimitReached("this key share was asked for too often: try again in an hour"))
        }
        _ => Ok(()),
    }
}

/// What a holding is after a change.
async fn state_of(tx: &mut AnyConnection, key: &HoldingKey) -> Result<Holding, ServiceError> {
    let stored = shares::of(tx, key).await?;
    let epoch = |state: ShareState| {
        stored.iter().find(|share| share.state == state).map(|share| share.dealing.epoch())
    };
    Ok(Holding {
        epoch: epoch(ShareState::Current).ok_or(ServiceError::corrupt("holding"))?,
        pending_epoch: epoch(ShareState::Pending),
        wallets: rows::of(tx, key).await?,
    })
}

/// Runs commands, each in a transaction of its own.
#[derive(Clone)]
pub(crate) struct Executor {
    db: Arc<Db>,
    alarm_tries: u64,
    refused: Arc<Mutex<RefusedKeys>>,
}

/// Of how many keys refused tries were written down in an hour. After a restart it counts from none again.
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
    /// On `db`; `alarm_tries` in vain of one key make an alarm, and those of `refused_keys_an_hour` are written down.
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
        let Asker { account, nonce, forget_nonce_at, .. } = &command.asker;
        if !nonces::use_up(&mut tx, account, nonce.as_str(), *forget_nonce_at).await? {
            return Err(ServiceError::NonceUsed);
        }
        let mut inner = tx.begin().await?;
        match apply(&mut inner, command, now).await {
            Ok(outcome) => {
                inner.commit().await?;
                tx.commit().await?;
                if command.change.wipes() {
                    self.wipe().await;
                }
                Ok(outcome)
            }
            Err(error @ (ServiceError::Internal(_) | ServiceError::StorageFull)) => Err(error),
            Err(refusal) => {
                // The nonce stays used: a refused request cannot be sent again when it would no longer be refused.
                inner.rollback().await?;
                if matches!(refusal, ServiceError::NotFound) {
                    let tries = self.count_refusal(&mut tx, &command.key, now).await?;
                    self.alarm(tries);
                }
                tx.commit().await?;
                Err(refusal)
            }
        }
    }

    /// Strangers name keys that are not there, as many as they like: not all of that is written down.
    async fn count_refusal(
        &self,
        tx: &mut AnyConnection,
        key: &HoldingKey,
        now: u64,
    ) -> Result<u64, ServiceError> {
        let mut refused = self.refused.lock().await;
        if !refused.has_room(refusals::hour_of(now)) {
            return refusals::count_again(tx, key, now).await;
        }
        let tries = refusals::count(tx, key, now).await?;
        refused.written += u64::from(tries == 1);
        Ok(tries)
    }

    /// Somebody keeps asking for what is not theirs.
    fn alarm(&self, tries: u64) {
        metrics::counter!("idos_mpc_refused_tries_total").increment(1);
        if tries == self.alarm_tries {
            metrics::counter!("idos_mpc_alarms_total").increment(1);
            tracing::warn!(
                tries,
                "alarm: one key share was asked for again and again by wallets that may not ask for it"
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
