//! The reference model of an access-grants contract. The verbs decide and refuse as a contract does; [`Ledger::apply`]
//! folds the events of a contract that has decided already.

use std::collections::BTreeMap;

use crate::{
    account::Address,
    data_id::DataId,
    event::{Event, GrantChange, GrantEvent},
    history::HistoryHead,
    timelock::{is_locked, is_valid_timelock},
};

/// The most grants that one batch may create or revoke.
pub const MAX_BATCH: usize = 100;

/// What names a grant: there is at most one per triple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantKey {
    /// Who granted.
    pub owner: Address,
    /// Who may read.
    pub grantee: Address,
    /// What may be read.
    pub data_id: DataId,
}

/// A grant that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The time of the block that created it.
    pub created_at: u64,
    /// Locked through this second; 0 = no timelock.
    pub locked_until: u64,
}

/// Why a contract refuses a verb. The names are the contracts' own, on every chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// There is a grant for that owner, grantee and data id already.
    #[error("this grant exists already: extend its timelock or revoke it first")]
    GrantExists,
    /// There is no such grant.
    #[error("there is no such grant")]
    GrantNotFound,
    /// The grant's timelock has not ended.
    #[error("this grant is locked until {locked_until} (Unix seconds)")]
    GrantLocked {
        /// The lock's last second.
        locked_until: u64,
    },
    /// Past, too far ahead, or (for an extension) not later than the present lock.
    #[error(
        "a timelock is in Unix seconds, ends later than now (and than the present lock) and at most 20 years ahead"
    )]
    InvalidTimelock {
        /// The refused value.
        locked_until: u64,
    },
    /// The grantee is the owner.
    #[error("an owner cannot grant access to the same account")]
    InvalidGrantee,
    /// More than [`MAX_BATCH`].
    #[error("a batch holds at most {MAX_BATCH} grants")]
    BatchTooLarge,
    /// Nothing in the batch.
    #[error("a batch holds at least one grant")]
    EmptyBatch,
}

impl GrantError {
    /// The error's stable name, the same in every contract.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GrantExists => "GrantExists",
            Self::GrantNotFound => "GrantNotFound",
            Self::GrantLocked { .. } => "GrantLocked",
            Self::InvalidTimelock { .. } => "InvalidTimelock",
            Self::InvalidGrantee => "InvalidGrantee",
            Self::BatchTooLarge => "BatchTooLarge",
            Self::EmptyBatch => "EmptyBatch",
        }
    }
}

/// An event that cannot follow from the events before it: the contract would have refused the verb. A mirror that
/// meets one has missed or invented something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event does not follow from those before it: {0}")]
pub struct Inconsistent(#[from] pub GrantError);

/// The grants of one contract, and its history head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    grants: BTreeMap<GrantKey, Grant>,
    history_head: HistoryHead,
}

impl Ledger {
    /// Whether `grantee` may read now: the grant stands. O(log n).
    pub fn has_access(&self, key: &GrantKey) -> bool {
        self.grants.contains_key(key)
    }

    /// The grant, if it stands.
    pub fn grant_of(&self, key: &GrantKey) -> Option<Grant> {
        self.grants.get(key).copied()
    }

    /// Every grant that stands, in the order of its key.
    pub fn grants(&self) -> impl Iterator<Item = (&GrantKey, &Grant)> {
        self.grants.iter()
    }

    /// The hash over every event so far.
    pub fn history_head(&self) -> HistoryHead {
        self.history_head
    }

    /// Records that `key.owner` lets `key.grantee` read, locked until `locked_until` (0 = not locked).
    pub fn create_grant(
        &mut self,
        now: u64,
        key: GrantKey,
        locked_until: u64,
    ) -> Result<GrantEvent, GrantError> {
        self.decide(now, GrantChange::Created, key, locked_until)
    }

    /// Moves a grant's lock to a later time.
    pub fn extend_timelock(
        &mut self,
        now: u64,
        key: GrantKey,
        locked_until: u64,
    ) -> Result<GrantEvent, GrantError> {
        self.decide(now, GrantChange::Extended, key, locked_until)
    }

    /// Ends a grant that is not locked.
    pub fn revoke_grant(&mut self, now: u64, key: GrantKey) -> Result<GrantEvent, GrantError> {
        let locked_until = self.grant_of(&key).ok_or(GrantError::GrantNotFound)?.locked_until;
        self.decide(now, GrantChange::Revoked, key, locked_until)
    }

    /// Creates all of them or none.
    pub fn create_grants(
        &mut self,
        now: u64,
        batch: &[(GrantKey, u64)],
    ) -> Result<Vec<GrantEvent>, GrantError> {
        self.all_or_none(batch, |ledger, (key, locked_until)| ledger.create_grant(now, *key, *locked_until))
    }

    /// Revokes all of them or none.
    pub fn revoke_grants(&mut self, now: u64, batch: &[GrantKey]) -> Result<Vec<GrantEvent>, GrantError> {
        self.all_or_none(batch, |ledger, key| ledger.revoke_grant(now, *key))
    }

    fn all_or_none<T>(
        &mut self,
        batch: &[T],
        verb: impl Fn(&mut Self, &T) -> Result<GrantEvent, GrantError>,
    ) -> Result<Vec<GrantEvent>, GrantError> {
        match batch.len() {
            0 => return Err(GrantError::EmptyBatch),
            n if n > MAX_BATCH => return Err(GrantError::BatchTooLarge),
            _ => {}
        }
        let mut next = self.clone();
        let events = batch.iter().map(|item| verb(&mut next, item)).collect::<Result<_, _>>()?;
        *self = next;
        Ok(events)
    }

    fn decide(
        &mut self,
        now: u64,
        change: GrantChange,
        key: GrantKey,
        locked_until: u64,
    ) -> Result<GrantEvent, GrantError> {
        let GrantKey { owner, grantee, data_id } = key;
        let event = GrantEvent { change, owner, grantee, data_id, locked_until, at: now };
        self.check(&event)?;
        self.record(&event);
        Ok(event)
    }

    /// Folds an event that a contract emitted. Refuses one that the contract could not have emitted; the ledger is
    /// then as it was.
    pub fn apply(&mut self, event: &GrantEvent) -> Result<(), Inconsistent> {
        self.check(event)?;
        self.record(event);
        Ok(())
    }

    fn check(&self, event: &GrantEvent) -> Result<(), GrantError> {
        event.check(self.grant_of(&event.key()).map(|grant| grant.locked_until))
    }

    fn record(&mut self, event: &GrantEvent) {
        let locked_until = event.locked_until;
        match event.change {
            GrantChange::Created => {
                self.grants.insert(event.key(), Grant { created_at: event.at, locked_until });
            }
            GrantChange::Extended => {
                self.grants.entry(event.key()).and_modify(|grant| grant.locked_until = locked_until);
            }
            GrantChange::Revoked => {
                self.grants.remove(&event.key());
            }
        }
        self.history_head = self.history_head.after(&Event::Grant(*event));
    }
}

impl GrantEvent {
    /// The grant that changed.
    pub fn key(&self) -> GrantKey {
        GrantKey { owner: self.owner, grantee: self.grantee, data_id: self.data_id }
    }

    /// Whether a contract can emit this event while the grant stands with the lock `present`, or (`None`) does not stand. If not: the
    /// error with which it refuses the verb.
    pub fn check(&self, present: Option<u64>) -> Result<(), GrantError> {
        let locked_until = self.locked_until;
        match (self.change, present) {
            (GrantChange::Created, Some(_)) => Err(GrantError::GrantExists),
            (GrantChange::Created, None) => self.check_new(),
            (_, None) => Err(GrantError::GrantNotFound),
            (GrantChange::Extended, Some(lock)) if locked_until <= lock => {
                Err(GrantError::InvalidTimelock { locked_until })
            }
            (GrantChange::Extended, Some(_)) => self.check_timelock(),
            // A revocation states the lock that the grant had.
            (GrantChange::Revoked, Some(lock)) if locked_until != lock => {
                Err(GrantError::InvalidTimelock { locked_until })
            }
            (GrantChange::Revoked, Some(lock)) if is_locked(lock, self.at) => {
                Err(GrantError::GrantLocked { locked_until: lock })
            }
            (GrantChange::Revoked, Some(_)) => Ok(()),
        }
    }

    fn check_new(&self) -> Result<(), GrantError> {
        if self.owner == self.grantee || !self.grantee.is_somebody() {
            return Err(GrantError::InvalidGrantee);
        }
        self.check_timelock()
    }

    fn check_timelock(&self) -> Result<(), GrantError> {
        if is_valid_timelock(self.locked_until, self.at) {
            Ok(())
        } else {
            Err(GrantError::InvalidTimelock { locked_until: self.locked_until })
        }
    }
}

#[cfg(test)]
mod tests;
