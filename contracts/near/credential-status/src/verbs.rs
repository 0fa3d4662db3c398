use idos_near_protocol::{Bytes32, clock, event, history::HistoryHead};
use near_sdk::{AccountId, env, serde::Serialize};

use crate::{
    refusal::Refusal,
    word::{LIST_SIZE, Purpose, Status, WORD_SIZE, WordKey, changed, mask, overlap},
};

/// NEP-297 name of these events.
const STANDARD: &str = "idos-credential-status";

/// First byte of `StatusChanged` in the history.
const TAG_STATUS_CHANGED: u8 = 4;

/// An event's data.
#[derive(Serialize)]
#[serde(crate = "near_sdk::serde")]
struct Entry {
    issuer: AccountId,
    list: u32,
    purpose: Purpose,
    word_index: u16,
    word: Bytes32,
}

/// One call that changes statuses: of one issuer, in one list, at one time.
pub(crate) struct Call<'a> {
    head: &'a mut HistoryHead,
    issuer: AccountId,
    list: u32,
    now: u64,
    entries: Vec<Entry>,
    /// Words that got their first bit, and words that lost their last.
    pub added: u64,
    pub removed: u64,
}

impl<'a> Call<'a> {
    /// By the account whose action this is.
    pub fn by_predecessor(list: u32, head: &'a mut HistoryHead) -> Self {
        let issuer = env::predecessor_account_id();
        Self { head, issuer, list, now: clock::now(), entries: Vec::new(), added: 0, removed: 0 }
    }

    pub fn issuer(&self) -> &AccountId {
        &self.issuer
    }

    pub fn set_status(&mut self, index: u32, status: Status) -> Result<(), Refusal> {
        let word_index = word_of(index)?;
        let bit = mask(index);
        let revoke = status == Status::Revoked;
        if !revoke && overlap(self.word(Purpose::Revocation, word_index).read(), bit) {
            return Err(Refusal::CredentialRevoked(self.list, index));
        }
        let none = Bytes32::default();
        match status {
            Status::Revoked => self.change(Purpose::Revocation, word_index, bit, none),
            Status::Suspended => self.change(Purpose::Suspension, word_index, bit, none),
            Status::Valid => self.change(Purpose::Suspension, word_index, none, bit),
        }
        Ok(())
    }

    pub fn set_word(
        &mut self,
        purpose: Purpose,
        word_index: u16,
        set: Bytes32,
        clear: Bytes32,
    ) -> Result<(), Refusal> {
        check_word_index(word_index)?;
        if overlap(set, clear) {
            return Err(Refusal::InvalidWordChange);
        }
        if purpose == Purpose::Revocation && !clear.is_zero() {
            return Err(Refusal::RevocationIsFinal(self.list, word_index));
        }
        self.change(purpose, word_index, set, clear);
        Ok(())
    }

    /// Logs the events.
    pub fn emit(self) {
        event::emit(STANDARD, "status_changed", &self.entries);
    }

    /// Effects and event; neither where nothing changes.
    fn change(&mut self, purpose: Purpose, word_index: u16, set: Bytes32, clear: Bytes32) {
        let key = self.word(purpose, word_index);
        let present = key.read();
        let word = changed(present, set, clear);
        if word == present {
            return;
        }

        key.write(word);
        self.added += u64::from(present.is_zero());
        self.removed += u64::from(word.is_zero());
        self.record(purpose, word_index, word);
    }

    fn record(&mut self, purpose: Purpose, word_index: u16, word: Bytes32) {
        let event = self.head.event(TAG_STATUS_CHANGED).account(&self.issuer);
        let event = event.fixed(&self.list.to_be_bytes()).fixed(&[purpose.code()]);
        event.fixed(&word_index.to_be_bytes()).fixed(&word.0).number(self.now).fold();
        let issuer = self.issuer.clone();
        self.entries.push(Entry { issuer, list: self.list, purpose, word_index, word });
    }

    fn word(&self, purpose: Purpose, word_index: u16) -> WordKey<'_> {
        WordKey { issuer: &self.issuer, list: self.list, purpose, word_index }
    }
}

/// The status at a position.
pub(crate) fn status_of(issuer: &AccountId, list: u32, index: u32) -> Result<Status, Refusal> {
    let word_index = word_of(index)?;
    let bit = mask(index);
    let is_set = |purpose| overlap(WordKey { issuer, list, purpose, word_index }.read(), bit);
    Ok(if is_set(Purpose::Revocation) {
        Status::Revoked
    } else if is_set(Purpose::Suspension) {
        Status::Suspended
    } else {
        Status::Valid
    })
}

/// Refuses a word beyond the end of a list, by its first position.
pub(crate) fn check_word_index(word_index: u16) -> Result<(), Refusal> {
    word_of(u32::from(word_index) * WORD_SIZE).map(drop)
}

/// 1 to [`MAX_BATCH`](event::MAX_BATCH) items.
pub(crate) fn check_batch(size: usize) -> Result<(), Refusal> {
    match size {
        0 => Err(Refusal::EmptyBatch),
        1..=event::MAX_BATCH => Ok(()),
        _ => Err(Refusal::BatchTooLarge(size, event::MAX_BATCH)),
    }
}

fn word_of(index: u32) -> Result<u16, Refusal> {
    let word_index = u16::try_from(index / WORD_SIZE).ok().filter(|_| index < LIST_SIZE);
    word_index.ok_or(Refusal::IndexOutOfRange(index))
}
