//! What must be, said as simply as it can be.

use std::collections::{BTreeMap, BTreeSet};

use super::step::{Action, PEOPLE, STALE_AFTER_SECS, WALLETS};

/// How a wallet's grant to another on an object stands.
#[derive(Debug, Clone, Copy)]
pub enum Grant {
    Standing { is_final: bool, locked_until: u64 },
    Revoked { is_final: bool },
}

/// Why an object is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Its owner deleted it.
    Asked,
    /// Nobody may read it any more: its grants are over, or its reader gave it up.
    Purged,
}

/// An original, or a copy.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    pub owner: usize,
    pub is_copy: bool,
    pub gone: Option<Gone>,
}

/// By the wallet that granted, the one that it was granted to, and the object.
pub type Grants = BTreeMap<(usize, usize, usize), Grant>;

/// A status, and an error's code.
pub type Told = (u16, &'static str);

/// How an action that is taken with another one at once may go otherwise than by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Usual,
    /// Wallets changed while it was on its way: it is to be asked for again.
    Busy,
    /// What a reader gave up stays for now, for the same reason.
    Later,
}

const DONE: Told = (200, "");
const NEW: Told = (201, "");
const NOT_FOUND: Told = (404, "not_found");
const STALE: Told = (503, "mirror_stale");
const TIMELOCKED: Told = (409, "timelocked");

#[derive(Debug, Clone)]
pub struct Model {
    pub objects: Vec<Object>,
    /// Whose each wallet is.
    pub wallets: [Option<usize>; WALLETS],
    pub grants: Grants,
    /// The grants before the newest block, if that may be undone.
    pub before: Option<Grants>,
    /// Who gave up what.
    rescinded: BTreeSet<(usize, usize)>,
    /// The newest block's time.
    pub chain_time: u64,
    /// How often somebody else read something of each.
    pub reads: [u64; PEOPLE],
}

impl Model {
    /// Each person begins with one wallet.
    pub fn new(now: u64) -> Self {
        let wallets = std::array::from_fn(|wallet| (wallet < PEOPLE).then_some(wallet));
        Self {
            objects: Vec::new(),
            wallets,
            grants: BTreeMap::new(),
            before: None,
            rescinded: BTreeSet::new(),
            chain_time: now,
            reads: [0; PEOPLE],
        }
    }

    /// What she is answered when she reads an object.
    pub fn read(&self, person: usize, object: usize, now: u64) -> Told {
        let Object { owner, gone, .. } = self.objects[object];
        if owner == person && gone.is_none() {
            return DONE;
        }
        if self.rescinded.contains(&(person, object)) {
            return (403, "grant_rescinded");
        }
        let grants = self.between(owner, person, object);
        let any = |is: fn(&Grant) -> bool| grants.iter().any(is);
        let stands = any(|grant| matches!(grant, Grant::Standing { .. }));
        match gone {
            Some(Gone::Asked) => NOT_FOUND,
            // A grant that stands is on nothing now.
            Some(Gone::Purged) if stands => NOT_FOUND,
            _ if stands && self.is_stale(now) => STALE,
            _ if any(|grant| matches!(grant, Grant::Standing { is_final: true, .. })) => DONE,
            _ if stands => (403, "grant_not_final"),
            _ if grants.is_empty() => NOT_FOUND,
            _ => (403, "grant_revoked"),
        }
    }

    /// Does what somebody asks for; what she is told.
    pub fn take(&mut self, action: &Action, how: How, now: u64) -> Told {
        if how == How::Busy {
            return (503, "limit_reached");
        }
        match *action {
            Action::Share { person, object, .. } => self.share(person, object),
            Action::Delete { person, object } => self.delete(person, object, now),
            Action::Rescind { person, object } => self.rescind(person, object, how, now),
            Action::Link { person, wallet } => match self.wallets[wallet] {
                Some(owner) if owner == person => DONE,
                Some(_) => (409, "wallet_taken"),
                None => {
                    self.wallets[wallet] = Some(person);
                    NEW
                }
            },
            Action::Unlink { person, wallet } => self.unlink(person, wallet, now),
        }
    }

    fn share(&mut self, person: usize, object: usize) -> Told {
        let Object { owner, is_copy, gone } = self.objects[object];
        if owner != person || gone.is_some() {
            return NOT_FOUND;
        }
        if is_copy {
            return (409, "copy_of_copy");
        }
        self.objects.push(Object { owner: person, is_copy: true, gone: None });
        NEW
    }

    fn delete(&mut self, person: usize, object: usize, now: u64) -> Told {
        let Object { owner, gone, .. } = self.objects[object];
        match gone {
            _ if owner != person => NOT_FOUND,
            Some(_) => DONE,
            None if self.is_stale(now) => STALE,
            None if self.is_locked(&self.wallets_of(person), Some(object), now) => TIMELOCKED,
            None => {
                self.objects[object].gone = Some(Gone::Asked);
                DONE
            }
        }
    }

    fn rescind(&mut self, person: usize, object: usize, how: How, now: u64) -> Told {
        let Object { owner, is_copy, gone } = self.objects[object];
        if !self.rescinded.contains(&(person, object)) {
            let was_granted = !self.between(owner, person, object).is_empty();
            if owner == person || gone == Some(Gone::Asked) || !was_granted {
                return NOT_FOUND;
            }
            self.rescinded.insert((person, object));
        }
        let is_to_go = is_copy && gone.is_none() && how == How::Usual && !self.is_stale(now);
        if is_to_go && self.is_nobody_elses(person, owner, object) {
            self.objects[object].gone = Some(Gone::Purged);
        }
        DONE
    }

    /// Whether no grant of the owner's stands, or can come back, but those to the person.
    fn is_nobody_elses(&self, person: usize, owner: usize, object: usize) -> bool {
        self.by(owner, object).all(|(to, grant)| match grant {
            Grant::Standing { .. } => self.wallets[to] == Some(person),
            Grant::Revoked { is_final } => is_final,
        })
    }

    fn unlink(&mut self, person: usize, wallet: usize, now: u64) -> Told {
        if self.wallets[wallet] != Some(person) {
            return NOT_FOUND;
        }
        if self.wallets_of(person).len() == 1 {
            return (409, "last_wallet");
        }
        if self.is_stale(now) {
            return STALE;
        }
        if self.is_locked(&[wallet], None, now) {
            return TIMELOCKED;
        }
        self.wallets[wallet] = None;
        DONE
    }

    /// Copies go whose grants were all revoked for good.
    pub fn purge(&mut self, now: u64) {
        if self.is_stale(now) {
            return;
        }
        for number in 0..self.objects.len() {
            let Object { owner, is_copy, gone } = self.objects[number];
            let grants = Vec::from_iter(self.by(owner, number));
            let is_over = |(_, grant): &(usize, Grant)| matches!(grant, Grant::Revoked { is_final: true });
            if is_copy && gone.is_none() && !grants.is_empty() && grants.iter().all(is_over) {
                self.objects[number].gone = Some(Gone::Purged);
            }
        }
    }

    /// Whether the chain has not been heard from for too long.
    fn is_stale(&self, now: u64) -> bool {
        now - self.chain_time > STALE_AFTER_SECS
    }

    /// Grants on an object by wallets that are the owner's now: to which wallet, and how each stands.
    fn by(&self, owner: usize, object: usize) -> impl Iterator<Item = (usize, Grant)> {
        let counts =
            move |(from, _, on): &(usize, usize, usize)| *on == object && self.wallets[*from] == Some(owner);
        self.grants.iter().filter(move |(key, _)| counts(key)).map(|((_, to, _), grant)| (*to, *grant))
    }

    /// Those of them that are to a wallet that is the person's now.
    fn between(&self, owner: usize, person: usize, object: usize) -> Vec<Grant> {
        let to_person = self.by(owner, object).filter(|(to, _)| self.wallets[*to] == Some(person));
        to_person.map(|(_, grant)| grant).collect()
    }

    /// Whether a timelock of one of the wallets, on an object or on any, holds on the clock that is behind: the node's or the chain's.
    fn is_locked(&self, by: &[usize], object: Option<usize>, now: u64) -> bool {
        let now = now.min(self.chain_time);
        self.grants.iter().any(|((from, _, on), grant)| {
            let holds = matches!(grant, Grant::Standing { locked_until, .. } if now <= *locked_until && *locked_until > 0);
            holds && by.contains(from) && object.is_none_or(|object| object == *on)
        })
    }

    pub fn wallets_of(&self, person: usize) -> Vec<usize> {
        (0..WALLETS).filter(|wallet| self.wallets[*wallet] == Some(person)).collect()
    }

    /// A block came: what was in those before is final.
    pub fn block(&mut self, now: u64) {
        self.chain_time = now;
        self.before = None;
        for grant in self.grants.values_mut() {
            match grant {
                Grant::Standing { is_final, .. } | Grant::Revoked { is_final } => *is_final = true,
            }
        }
    }

    /// A block came in which a grant changed.
    pub fn change(&mut self, key: (usize, usize, usize), grant: Grant, is_final: bool, now: u64) {
        self.block(now);
        self.before = (!is_final).then(|| self.grants.clone());
        self.grants.insert(key, grant);
    }

    /// The newest block is undone, and another one comes.
    pub fn undo(&mut self, before: Grants, now: u64) {
        self.grants = before;
        self.block(now);
    }
}
