use idos_near_protocol::{Bytes32, clock, event, history::HistoryHead};
use near_sdk::{AccountId, env, json_types::U64, serde::Serialize};

use crate::{
    grant::{Grant, GrantKey},
    refusal::Refusal,
};

/// How far ahead a timelock may end: 20 years of 365 days.
pub const MAX_TIMELOCK_SECS: u64 = 20 * 365 * 24 * 60 * 60;

/// NEP-297 name of these events.
const STANDARD: &str = "idos-access-grants";

/// What a verb does: the event's name, and its first byte in the history.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Created = 1,
    Extended = 2,
    Revoked = 3,
}

impl Change {
    fn event(self) -> &'static str {
        match self {
            Self::Created => "grant_created",
            Self::Extended => "timelock_extended",
            Self::Revoked => "grant_revoked",
        }
    }
}

/// An event's data.
#[derive(Serialize)]
#[serde(crate = "near_sdk::serde")]
struct Entry {
    owner: AccountId,
    grantee: AccountId,
    data_id: Bytes32,
    locked_until: U64,
}

/// One call that changes grants: of one owner, in one way, at one time.
///
/// A verb makes all its checks before its first effect. A refusal after an earlier item of a batch has had effects is undone by the chain.
pub(crate) struct Call<'a> {
    head: &'a mut HistoryHead,
    change: Change,
    owner: AccountId,
    now: u64,
    entries: Vec<Entry>,
}

impl<'a> Call<'a> {
    /// By the account whose action this is.
    pub fn by_predecessor(change: Change, head: &'a mut HistoryHead) -> Self {
        Self { head, change, owner: env::predecessor_account_id(), now: clock::now(), entries: Vec::new() }
    }

    pub fn owner(&self) -> &AccountId {
        &self.owner
    }

    pub fn create(&mut self, grantee: AccountId, data_id: Bytes32, locked_until: u64) -> Result<(), Refusal> {
        if grantee == self.owner {
            return Err(Refusal::InvalidGrantee(grantee));
        }
        let key = GrantKey { owner: &self.owner, grantee: &grantee, data_id };
        if key.read().is_some() {
            return Err(Refusal::GrantExists);
        }
        if locked_until != 0 {
            self.check_timelock(locked_until)?;
        }

        key.write(Grant { created_at: self.now, locked_until });
        self.record(grantee, data_id, locked_until);
        Ok(())
    }

    pub fn extend(&mut self, grantee: AccountId, data_id: Bytes32, locked_until: u64) -> Result<(), Refusal> {
        let key = GrantKey { owner: &self.owner, grantee: &grantee, data_id };
        let grant = key.read().ok_or(Refusal::GrantNotFound)?;
        self.check_timelock(locked_until)?;
        if locked_until <= grant.locked_until {
            return Err(Refusal::InvalidTimelock(locked_until));
        }

        key.write(Grant { locked_until, ..grant });
        self.record(grantee, data_id, locked_until);
        Ok(())
    }

    pub fn revoke(&mut self, grantee: AccountId, data_id: Bytes32) -> Result<(), Refusal> {
        let key = GrantKey { owner: &self.owner, grantee: &grantee, data_id };
        let grant = key.read().ok_or(Refusal::GrantNotFound)?;
        if self.now <= grant.locked_until {
            return Err(Refusal::GrantLocked(grant.locked_until));
        }

        key.remove();
        self.record(grantee, data_id, grant.locked_until);
        Ok(())
    }

    /// Logs the events.
    pub fn emit(self) {
        event::emit(STANDARD, self.change.event(), &self.entries);
    }

    fn check_timelock(&self, locked_until: u64) -> Result<(), Refusal> {
        let valid = locked_until > self.now && locked_until - self.now <= MAX_TIMELOCK_SECS;
        if valid { Ok(()) } else { Err(Refusal::InvalidTimelock(locked_until)) }
    }

    fn record(&mut self, grantee: AccountId, data_id: Bytes32, locked_until: u64) {
        let event = self.head.event(self.change as u8).account(&self.owner).account(&grantee);
        event.fixed(&data_id.0).number(locked_until).number(self.now).fold();
        let locked_until = U64(locked_until);
        self.entries.push(Entry { owner: self.owner.clone(), grantee, data_id, locked_until });
    }
}

/// 1 to [`MAX_BATCH`](event::MAX_BATCH) items.
pub(crate) fn check_batch(size: usize) -> Result<(), Refusal> {
    match size {
        0 => Err(Refusal::EmptyBatch),
        1..=event::MAX_BATCH => Ok(()),
        _ => Err(Refusal::BatchTooLarge(size, event::MAX_BATCH)),
    }
}
