//! Commands: every change, and every release, as plain data, applied by one deterministic function inside one transaction.
//!
//! What a command needs from outside (the proof of a wallet, a share that is opened, checked and sealed for the database) is done before, and only its
//! result is part of the command. Randomness and time are, too.

mod commit;
mod executor;
mod look;
mod order;
mod prepare;
mod repeat;
mod store;
mod wallets;

use idos_api::key_shares::{Holding, KeyShareAuditLine, RefusedTries, ShareState};
use idos_grants::Account;
use sqlx::AnyConnection;

use crate::{
    asker::Asker,
    db::{
        HoldingKey, StoredShare,
        audit::{self, NewLine},
        holdings, shares, wallets as rows,
    },
    error::ServiceError,
};

pub(crate) use executor::Executor;

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

    /// Whether it changes nothing but the log.
    fn is_look(&self) -> bool {
        matches!(self, Self::Release | Self::ReadAudit)
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
    let newest = check_rate(tx, key, asker, *operations_an_hour, now).await?;
    order::check(tx, key, asker, change, now).await?;
    let outcome = match change {
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
        Change::Release | Change::ReadAudit | Change::Store { .. } => {
            let looked = look::answer(tx, key, change).await?;
            looked.ok_or(ServiceError::failed("a store is applied above"))?
        }
    };
    let line = NewLine { number: newest + 1, operation: change.name(), account: asker.account, at: now };
    match change {
        Change::ReadAudit => audit::append_or_renew(tx, key, &line).await?,
        _ => audit::append(tx, key, &line).await?,
    }
    Ok(outcome)
}

/// Someone who holds a wallet, or has stolen one, still does not ask for ever; and does not keep the holding's other wallets from asking. Returns the number of
/// the newest line of the log.
async fn check_rate(
    tx: &mut AnyConnection,
    key: &HoldingKey,
    asker: &Asker,
    operations_an_hour: u64,
    now: u64,
) -> Result<u64, ServiceError> {
    const HOUR_SECS: u64 = 60 * 60;
    let newest = audit::newest(tx, key, &asker.account, operations_an_hour).await?;
    match newest.asked_at {
        Some(at) if at.saturating_add(HOUR_SECS) > now => Err(ServiceError::AskedTooOften),
        _ => Ok(newest.number),
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
