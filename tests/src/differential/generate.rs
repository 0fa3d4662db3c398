//! Random scripts. The model says what stands, so that a step more often than not meets something: a grant, a lock's last second, the second after.

use idos_grants::{Purpose, Status, status::LIST_SIZE, timelock::MAX_TIMELOCK_SECS};
use rand::{
    Rng,
    rngs::StdRng,
    seq::{IndexedRandom, IteratorRandom},
};

use super::{Call, GrantRef, Model, NewGrant, Outcome, PEOPLE, Step, WordChange};

const DAY: u64 = 24 * 60 * 60;
const YEAR: u64 = 365 * DAY;
/// How long a script takes at most.
pub(super) const SPAN: u64 = 6 * YEAR;
/// Sizes of batches at which some chain's bound lies.
const BOUNDS: [usize; 9] = [39, 40, 41, 59, 60, 61, 99, 100, 101];
/// Data ids of large batches begin here; those of single calls are smaller.
const BATCH_DATA: u8 = 100;
const LISTS: [u32; 3] = [0, 7, u32::MAX];

pub(super) struct Generator<'a> {
    rng: &'a mut StdRng,
    model: Model,
    now: u64,
    /// The script's last second at most.
    last: u64,
}

/// A script of so many steps from a time on, guided by `model`, which has seen nothing yet.
pub(super) fn script(rng: &mut StdRng, model: Model, start: u64, steps: usize) -> Vec<Step> {
    let mut generator = Generator { rng, model, now: start, last: start + SPAN - YEAR };
    (0..steps).map(|_| generator.step()).collect()
}

impl Generator<'_> {
    fn step(&mut self) -> Step {
        let edge = self.chance(12).then(|| self.lock_edge()).flatten();
        let step = match edge {
            Some((at, owner, grant)) if self.chance(80) => {
                self.now = at;
                Step { at, by: owner, call: Call::RevokeGrant(grant) }
            }
            edge => {
                self.now = edge.map_or_else(|| self.later(), |(at, ..)| at);
                let by = self.person();
                Step { at: self.now, by, call: self.call(by) }
            }
        };
        // Refused or not, what follows builds on it.
        let _: Outcome = self.model.play(&step);
        step
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    fn person(&mut self) -> u8 {
        self.rng.random_range(0..PEOPLE)
    }

    fn later(&mut self) -> u64 {
        let by = match self.rng.random_range(0..100) {
            0..85 => self.rng.random_range(1..30),
            85..97 => self.rng.random_range(1..40) * DAY / 2,
            _ => self.rng.random_range(1..3) * YEAR,
        };
        let later = self.now + by;
        if later > self.last { self.now + 1 } else { later }
    }

    /// The last second of some grant's lock, or the second after.
    fn lock_edge(&mut self) -> Option<(u64, u8, GrantRef)> {
        let (now, last, after) = (self.now, self.last, u64::from(self.rng.random_bool(0.5)));
        let ahead = self.model.standing().filter(|(_, _, lock)| (now + 1..last).contains(lock));
        let (owner, grant, lock) = ahead.choose(self.rng)?;
        Some((lock + after, owner, grant))
    }

    fn lock(&mut self) -> u64 {
        let now = self.now;
        match self.rng.random_range(0..20) {
            0..8 => 0,
            8..14 => now + self.rng.random_range(1..60),
            14 => now + self.rng.random_range(1..300) * DAY,
            15 => now,
            16 => now - self.rng.random_range(1..now),
            17 => now + MAX_TIMELOCK_SECS,
            18 => now + MAX_TIMELOCK_SECS + 1,
            _ => *[now * 1_000, u64::MAX, u64::MAX - 1, 1].choose(self.rng).unwrap_or(&1),
        }
    }

    fn call(&mut self, by: u8) -> Call {
        match self.rng.random_range(0..100) {
            0..26 => Call::CreateGrant(self.new_grant(by)),
            26..38 => Call::ExtendTimelock(self.extension(by)),
            38..58 => Call::RevokeGrant(self.grant(by)),
            58..67 => Call::CreateGrants(self.new_grants(by)),
            67..75 => Call::RevokeGrants(self.grants(by)),
            75..90 => self.status(),
            _ => self.words(),
        }
    }

    fn new_grant(&mut self, by: u8) -> NewGrant {
        // Now and then to oneself.
        let grantee = if self.chance(5) { by } else { (by + self.rng.random_range(1..PEOPLE)) % PEOPLE };
        NewGrant { grantee, data: self.rng.random_range(1..4), locked_until: self.lock() }
    }

    /// One that stands, more often than not; whose it is, is another question.
    fn grant(&mut self, by: u8) -> GrantRef {
        let by = if self.chance(10) { self.person() } else { by };
        let own = self.model.standing().filter(|(owner, ..)| *owner == by).choose(self.rng);
        match own {
            Some((_, grant, _)) if self.chance(80) => grant,
            _ => self.new_grant(by).of(),
        }
    }

    fn extension(&mut self, by: u8) -> NewGrant {
        let GrantRef { grantee, data } = self.grant(by);
        let present = self
            .model
            .standing()
            .find(|(owner, grant, _)| (*owner, *grant) == (by, GrantRef { grantee, data }));
        let locked_until = match present {
            // Exactly the present lock, and a second more or less.
            Some((_, _, lock)) if lock > 0 && self.chance(40) => lock - 1 + self.rng.random_range(0..3),
            _ => self.lock(),
        };
        NewGrant { grantee, data, locked_until }
    }

    fn size(&mut self) -> usize {
        match self.chance(25) {
            true => *BOUNDS.choose(self.rng).unwrap_or(&1),
            false => self.rng.random_range(0..8),
        }
    }

    fn new_grants(&mut self, by: u8) -> Vec<NewGrant> {
        let size = self.size();
        let grantee = (by + self.rng.random_range(1..PEOPLE)) % PEOPLE;
        // A large batch that is refused for one item's sake shows less.
        let is_plain = size > 8 || self.chance(60);
        let mut grants: Vec<_> = (0..size as u8)
            .map(|number| match is_plain {
                true => NewGrant { grantee, data: BATCH_DATA + number, locked_until: 0 },
                false => self.new_grant(by),
            })
            .collect();
        if self.chance(20) && !grants.is_empty() {
            let place = self.rng.random_range(0..grants.len());
            grants[place] = self.new_grant(by);
        }
        grants
    }

    fn grants(&mut self, by: u8) -> Vec<GrantRef> {
        let size = self.size();
        let own = self
            .model
            .standing()
            .filter(|(owner, _, lock)| *owner == by && *lock == 0)
            .map(|(_, grant, _)| grant);
        let mut grants: Vec<_> = own.collect();
        if size > 8 && grants.len() < size {
            // As many as are named, whether or not there are so many.
            let more = (0..=u8::MAX).map(|data| GrantRef { grantee: (by + 1) % PEOPLE, data });
            grants.extend(more.take(size - grants.len()));
        }
        grants.truncate(size);
        if self.chance(20) {
            grants.push(self.grant(by));
        }
        grants
    }

    fn status(&mut self) -> Call {
        let index = match self.rng.random_range(0..10) {
            0..6 => self.rng.random_range(0..4),
            6 => self.rng.random_range(254..258),
            7 => self.rng.random_range(0..LIST_SIZE),
            8 => LIST_SIZE - 1,
            _ => *[LIST_SIZE, LIST_SIZE + 1, u32::MAX].choose(self.rng).unwrap_or(&LIST_SIZE),
        };
        let status = *[Status::Valid, Status::Suspended, Status::Suspended, Status::Revoked]
            .choose(self.rng)
            .unwrap_or(&Status::Valid);
        Call::SetStatus { list: *LISTS.choose(self.rng).unwrap_or(&0), index, status }
    }

    fn words(&mut self) -> Call {
        let purpose = if self.chance(50) { Purpose::Revocation } else { Purpose::Suspension };
        let size = self.size();
        let changes = (0..size as u16).map(|number| self.word_change(purpose, number, size > 8)).collect();
        Call::SetStatusWords { list: *LISTS.choose(self.rng).unwrap_or(&0), purpose, changes }
    }

    fn word_change(&mut self, purpose: Purpose, number: u16, is_plain: bool) -> WordChange {
        let word_index = match self.rng.random_range(0..60) {
            _ if is_plain => number,
            0..50 => self.rng.random_range(0..3),
            50..58 => 511,
            58 => 512,
            _ => u16::MAX,
        };
        let set = self.bits();
        let may_clear = purpose == Purpose::Suspension || (!is_plain && self.chance(8));
        let mut clear = if may_clear { self.bits() } else { Vec::new() };
        if is_plain || !self.chance(if purpose == Purpose::Revocation { 50 } else { 8 }) {
            clear.retain(|bit| !set.contains(bit));
        }
        WordChange { word_index, set, clear }
    }

    fn bits(&mut self) -> Vec<u8> {
        (0..self.rng.random_range(0..4))
            .map(|_| *[0, 1, 2, 3, 7, 8, 254, 255].choose(self.rng).unwrap_or(&0))
            .collect()
    }
}
