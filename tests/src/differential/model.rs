//! The reference model, as one chain's contracts would answer.

use idos_grants::{
    Address, Event, GrantError, GrantKey, Ledger, Purpose, StatusError, StatusEvent, StatusLedger,
    ledger::MAX_BATCH,
    status::{LIST_SIZE, WORD_SIZE, Word, WordKey},
};

use super::{
    Answer, Call, Chain, GrantRef, NewGrant, Outcome, PEOPLE, Question, Step, WordChange,
    answer::refusal,
    call::{data_id, word},
};

/// Both contracts.
#[derive(Debug, Clone)]
pub struct Model {
    people: Vec<Address>,
    max_batch: usize,
    grants: Ledger,
    statuses: StatusLedger,
}

/// A refusal's name and arguments.
type Refused = String;

impl Model {
    /// With the accounts and bounds of a chain.
    pub fn of(chain: &(impl Chain + ?Sized)) -> Self {
        let people = (0..PEOPLE).map(|person| chain.address(person)).collect();
        Self {
            people,
            max_batch: chain.max_batch(),
            grants: Ledger::default(),
            statuses: StatusLedger::default(),
        }
    }

    /// With accounts and the largest bound, of no chain: scripts that follow it are the same for all.
    pub(super) fn of_no_chain() -> Self {
        let people = (1..=PEOPLE).map(|person| Address::Evm([person; 20])).collect();
        Self { people, max_batch: MAX_BATCH, grants: Ledger::default(), statuses: StatusLedger::default() }
    }

    /// Plays a step.
    pub fn play(&mut self, step: &Step) -> Outcome {
        match self.decide(step) {
            Ok(events) => Outcome::Done(events),
            Err(refused) => Outcome::Refused(refused),
        }
    }

    /// What the views say.
    pub fn answer(&self, question: &Question) -> Answer {
        match *question {
            Question::Grant { owner, grant } => {
                let key = self.key(owner, grant);
                Answer::Grant { has_access: self.grants.has_access(&key), grant: self.grants.grant_of(&key) }
            }
            Question::Status { issuer, list, index } => {
                let status = self.statuses.status_of(self.address(issuer), list, index);
                Answer::Status(status.unwrap_or(idos_grants::Status::Valid))
            }
            Question::Word { issuer, list, purpose, word_index } => {
                let key = WordKey { issuer: self.address(issuer), list, purpose, word_index };
                Answer::Word(self.statuses.word(&key).0)
            }
            Question::GrantsHead => Answer::Head(self.grants.history_head()),
            Question::StatusesHead => Answer::Head(self.statuses.history_head()),
        }
    }

    /// The grants that stand.
    pub(super) fn standing(&self) -> impl Iterator<Item = (u8, GrantRef, u64)> {
        self.grants.grants().filter_map(|(key, grant)| {
            let person =
                |address| self.people.iter().position(|known| *known == address).map(|place| place as u8);
            let [data, ..] = key.data_id.0;
            Some((person(key.owner)?, GrantRef { grantee: person(key.grantee)?, data }, grant.locked_until))
        })
    }

    fn address(&self, person: u8) -> Address {
        self.people[usize::from(person) % self.people.len()]
    }

    fn key(&self, owner: u8, GrantRef { grantee, data }: GrantRef) -> GrantKey {
        GrantKey { owner: self.address(owner), grantee: self.address(grantee), data_id: data_id(data) }
    }

    fn decide(&mut self, Step { at, by, call }: &Step) -> Result<Vec<Event>, Refused> {
        let (now, by) = (*at, *by);
        let owner = self.address(by);
        let refused = |error: GrantError| grant_refusal(&error, owner);
        let new = |grants: &[NewGrant], model: &Self| {
            grants.iter().map(|grant| (model.key(by, grant.of()), grant.locked_until)).collect::<Vec<_>>()
        };
        let grants = match call {
            Call::CreateGrant(one) => {
                let event = self.grants.create_grant(now, self.key(by, one.of()), one.locked_until);
                vec![event.map_err(refused)?]
            }
            Call::ExtendTimelock(one) => {
                let event = self.grants.extend_timelock(now, self.key(by, one.of()), one.locked_until);
                vec![event.map_err(refused)?]
            }
            Call::RevokeGrant(one) => {
                vec![self.grants.revoke_grant(now, self.key(by, *one)).map_err(refused)?]
            }
            Call::CreateGrants(all) => {
                self.check_batch(all.len())?;
                let all = new(all, self);
                self.grants.create_grants(now, &all).map_err(refused)?
            }
            Call::RevokeGrants(all) => {
                self.check_batch(all.len())?;
                let all: Vec<_> = all.iter().map(|one| self.key(by, *one)).collect();
                self.grants.revoke_grants(now, &all).map_err(refused)?
            }
            Call::SetStatus { list, index, status } => {
                let event = self.statuses.set_status(now, owner, *list, *index, *status);
                let event = event.map_err(|error| status_refusal(error, *list, *index))?;
                return Ok(event.into_iter().map(Event::Status).collect());
            }
            Call::SetStatusWords { list, purpose, changes } => {
                self.check_batch(changes.len())?;
                return self.set_words(now, owner, *list, *purpose, changes);
            }
        };
        Ok(grants.into_iter().map(Event::Grant).collect())
    }

    fn check_batch(&self, size: usize) -> Result<(), Refused> {
        match size {
            0 => Err("EmptyBatch".to_owned()),
            size if size > self.max_batch => {
                Err(refusal("BatchTooLarge", &[size.to_string(), self.max_batch.to_string()]))
            }
            _ => Ok(()),
        }
    }

    /// All words or none.
    fn set_words(
        &mut self,
        now: u64,
        issuer: Address,
        list: u32,
        purpose: Purpose,
        changes: &[WordChange],
    ) -> Result<Vec<Event>, Refused> {
        let mut next = self.statuses.clone();
        let mut events = Vec::new();
        for WordChange { word_index, set, clear } in changes {
            check_word(list, purpose, *word_index, set, clear)?;
            let key = WordKey { issuer, list, purpose, word_index: *word_index };
            let (before, set, clear) = (next.word(&key), word(set), word(clear));
            let mut after = before;
            for (byte, (set, clear)) in after.0.iter_mut().zip(set.iter().zip(clear)) {
                *byte = (*byte | set) & !clear;
            }
            if after != before {
                events.push(changed(now, &key, after));
                next.apply(&changed(now, &key, after));
            }
        }
        self.statuses = next;
        Ok(events.into_iter().map(Event::Status).collect())
    }
}

fn changed(at: u64, key: &WordKey, word: Word) -> StatusEvent {
    let WordKey { issuer, list, purpose, word_index } = *key;
    StatusEvent { issuer, list, purpose, word_index, word, at }
}

fn check_word(list: u32, purpose: Purpose, word_index: u16, set: &[u8], clear: &[u8]) -> Result<(), Refused> {
    let first = u32::from(word_index) * WORD_SIZE;
    if first >= LIST_SIZE {
        return Err(refusal("IndexOutOfRange", &[first.to_string()]));
    }
    if set.iter().any(|bit| clear.contains(bit)) {
        return Err("InvalidWordChange".to_owned());
    }
    if purpose == Purpose::Revocation && !clear.is_empty() {
        return Err(refusal("RevocationIsFinal", &[list.to_string(), word_index.to_string()]));
    }
    Ok(())
}

/// The only grantee that is refused is the owner.
fn grant_refusal(error: &GrantError, owner: Address) -> Refused {
    let arguments = match error {
        GrantError::GrantLocked { locked_until } | GrantError::InvalidTimelock { locked_until } => {
            vec![locked_until.to_string()]
        }
        GrantError::InvalidGrantee => vec![owner.to_string()],
        _ => Vec::new(),
    };
    refusal(error.name(), &arguments)
}

fn status_refusal(error: StatusError, list: u32, index: u32) -> Refused {
    let arguments = match error {
        StatusError::IndexOutOfRange => vec![index.to_string()],
        StatusError::CredentialRevoked => vec![list.to_string(), index.to_string()],
    };
    refusal(error.name(), &arguments)
}
