//! What one writer at a time holds: the network, its time, and the closing of ledgers.

use stellar_xdr::{Hash, LedgerKey, LedgerKeyAccount, TransactionEnvelope};
use tracing::{debug, warn};

use super::{
    account::FundedAccount,
    clock::Clock,
    config::{DevnetConfig, LedgerClosing},
};
use crate::chain::{ChainError, GenesisError, Network, NotTaken};

/// Seconds between two ledgers of a public network.
pub(super) const LEDGER_SECONDS: u64 = 5;

/// Ledgers that one transaction may close. Its own limits let it into the first or the second.
const SETTLE_LEDGERS_MAX: u32 = 1_000;

pub(super) struct Held {
    pub network: Network,
    /// Pays for friendbot; holds every lumen at first.
    root: FundedAccount,
    clock: Clock,
    closing: LedgerClosing,
    retention_ledgers: u32,
    /// How far the network's time was moved ahead of the clock, in seconds.
    ahead: u64,
}

impl Held {
    pub fn new(config: &DevnetConfig) -> Result<Self, GenesisError> {
        let network = Network::new(config.genesis())?;
        Ok(Self {
            root: FundedAccount::from_seed("root", network.root_seed()),
            network,
            clock: config.clock.clone(),
            closing: config.ledgers,
            retention_ledgers: config.retention_ledgers.max(1),
            ahead: 0,
        })
    }

    pub fn root(&self) -> &FundedAccount {
        &self.root
    }

    pub fn retention_ledgers(&self) -> u32 {
        self.retention_ledgers
    }

    /// Sequence number of the newest ledger.
    pub fn latest(&self) -> u32 {
        self.network.latest().sequence()
    }

    /// Sequence number of the oldest ledger that is kept, or would be if it had not been skipped.
    pub fn oldest(&self) -> u32 {
        oldest_kept(self.latest(), self.retention_ledgers)
    }

    /// Close time of the oldest ledger that is kept, in Unix seconds.
    pub fn oldest_close_time(&self) -> u64 {
        let oldest = self.network.ledgers_from(self.oldest()).next();
        oldest.unwrap_or_else(|| self.network.latest()).close_time()
    }

    fn now(&self) -> u64 {
        self.clock.unix_seconds().saturating_add(self.ahead)
    }

    /// Closes the next ledger, now.
    pub fn close(&mut self) -> Result<u32, ChainError> {
        self.skip(1, self.now())
    }

    pub fn close_many(&mut self, count: u32) -> Result<u32, ChainError> {
        (0..count).try_fold(self.latest(), |_, _| self.close())
    }

    fn skip(&mut self, count: u32, close_time: u64) -> Result<u32, ChainError> {
        let sequence = self.network.skip_ledgers(count, close_time)?;
        self.network.forget_before(oldest_kept(sequence, self.retention_ledgers));
        debug!(sequence, "closed a ledger");
        Ok(sequence)
    }

    pub fn submit(&mut self, envelope: TransactionEnvelope) -> Result<Hash, SubmitError> {
        let hash = self.network.submit(envelope)?;
        if self.closing == LedgerClosing::OnDemand {
            self.settle()?;
        }
        Ok(hash)
    }

    /// Closes ledgers until nothing is waiting for one.
    pub fn settle(&mut self) -> Result<(), ChainError> {
        let mut closed = 0;
        while !self.network.is_idle() && closed < SETTLE_LEDGERS_MAX {
            self.close()?;
            closed += 1;
        }
        if closed == SETTLE_LEDGERS_MAX {
            warn!(ledgers = closed, "a transaction is still waiting; more ledgers close with the next one");
        }
        Ok(())
    }

    /// On demand, closes an empty ledger if the newest one is older than it ever is on a network: a simulation then sees
    /// the time that the transaction will see.
    pub fn refresh(&mut self) -> Result<(), ChainError> {
        let newest = self.network.latest().close_time();
        if self.closing == LedgerClosing::OnDemand && self.now() > newest.saturating_add(LEDGER_SECONDS) {
            self.close()?;
        }
        Ok(())
    }

    /// Closes one ledger, `seconds` later than now and than the newest ledger.
    pub fn advance_time(&mut self, seconds: u64) -> Result<u32, TimeError> {
        self.move_on(1, seconds)
    }

    /// Closes one ledger, `count` sequence numbers and `seconds` later; the ledgers between never exist.
    pub fn move_on(&mut self, count: u32, seconds: u64) -> Result<u32, TimeError> {
        if count == 0 {
            return Err(TimeError::NoLedgers);
        }
        let from = self.now().max(self.network.latest().close_time());
        let until = from.checked_add(seconds).filter(|until| *until <= LATEST).ok_or(TimeError::TooFar)?;
        let sequence = self.skip(count, until)?;
        self.ahead = until.saturating_sub(self.clock.unix_seconds());
        Ok(sequence)
    }

    /// The ledger key of an account.
    pub fn account_key(account: &FundedAccount) -> LedgerKey {
        LedgerKey::Account(LedgerKeyAccount { account_id: account.account_id() })
    }
}

/// The year 9999, where RFC 3339 ends.
const LATEST: u64 = 253_402_300_799;

fn oldest_kept(latest: u32, retention_ledgers: u32) -> u32 {
    (latest.saturating_sub(retention_ledgers) + 1).min(latest)
}

/// Why a transaction was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubmitError {
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Why time was not moved.
#[derive(Debug, thiserror::Error)]
pub(super) enum TimeError {
    #[error("count must be at least 1")]
    NoLedgers,
    #[error("time cannot move past the year 9999: ask for less")]
    TooFar,
    #[error(transparent)]
    Chain(#[from] ChainError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ledger_is_the_first_until_the_window_is_full() {
        let rows = [(1, 1, 1), (5, 10, 1), (10, 10, 1), (11, 10, 2), (100, 1, 100), (u32::MAX, 1, u32::MAX)];
        for (latest, window, oldest) in rows {
            assert_eq!(oldest_kept(latest, window), oldest, "{latest} {window}");
        }
    }
}
