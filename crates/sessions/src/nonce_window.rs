//! Seeing that no command is taken twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::{parsed::MAX_SKEW_SECS, session_id::SessionId, sign::Nonce};

/// The most commands of one session within the window.
pub const MAX_NONCES_PER_SESSION: usize = 4_096;
/// The most commands of all sessions within the window.
pub const MAX_NONCES: usize = 262_144;

/// The first half of the nonce's SHA-256: every nonce takes the same room, whatever its length.
type Fingerprint = [u8; 16];

/// The nonces seen within [`MAX_SKEW_SECS`] of now. Bounded in memory; whatever it cannot be sure of it refuses.
#[derive(Debug)]
pub struct NonceWindow {
    seen: HashMap<SessionId, HashSet<Fingerprint>>,
    by_time: BTreeMap<u64, Vec<(SessionId, Fingerprint)>>,
    total: usize,
    /// What was signed before this time is forgotten, so it may have been seen.
    forgotten_before: u64,
    max_per_session: usize,
    max_total: usize,
}

impl NonceWindow {
    /// An empty window that knows of no command signed before `started_at`, and so refuses them: before a restart, one may have been
    /// taken.
    pub fn new(started_at: u64) -> Self {
        Self::with_bounds(started_at, MAX_NONCES_PER_SESSION, MAX_NONCES)
    }

    fn with_bounds(started_at: u64, max_per_session: usize, max_total: usize) -> Self {
        Self {
            seen: HashMap::new(),
            by_time: BTreeMap::new(),
            total: 0,
            forgotten_before: started_at,
            max_per_session,
            max_total,
        }
    }

    /// Takes the nonce of a command that was signed at `created`, once. Call it after the signature has verified, or anyone could fill the
    /// window.
    ///
    /// # Errors
    /// If the command may have been taken before, or if the window is full.
    pub fn check_and_insert(
        &mut self,
        session: SessionId,
        nonce: &Nonce,
        created: u64,
        now: u64,
    ) -> Result<(), Replay> {
        self.forget(now.saturating_sub(MAX_SKEW_SECS));
        if created < self.forgotten_before || created.abs_diff(now) > MAX_SKEW_SECS {
            return Err(Replay::Stale);
        }
        let fingerprint = fingerprint(nonce);
        let of_session = self.seen.get(&session);
        if of_session.is_some_and(|seen| seen.contains(&fingerprint)) {
            return Err(Replay::Seen);
        }
        if of_session.is_some_and(|seen| seen.len() >= self.max_per_session) || self.total >= self.max_total {
            return Err(Replay::Full);
        }
        self.insert(session, fingerprint, created);
        Ok(())
    }

    fn insert(&mut self, session: SessionId, fingerprint: Fingerprint, created: u64) {
        self.seen.entry(session).or_default().insert(fingerprint);
        self.by_time.entry(created).or_default().push((session, fingerprint));
        self.total += 1;
    }

    fn forget(&mut self, before: u64) {
        // A clock that was set back must not bring forgotten nonces back into the window.
        if before <= self.forgotten_before {
            return;
        }
        let kept = self.by_time.split_off(&before);
        for (session, fingerprint) in std::mem::replace(&mut self.by_time, kept).into_values().flatten() {
            self.remove(&session, &fingerprint);
        }
        self.forgotten_before = before;
    }

    fn remove(&mut self, session: &SessionId, fingerprint: &Fingerprint) {
        let Some(seen) = self.seen.get_mut(session) else { return };
        if seen.remove(fingerprint) {
            self.total -= 1;
        }
        if seen.is_empty() {
            self.seen.remove(session);
        }
    }
}

fn fingerprint(nonce: &Nonce) -> Fingerprint {
    let digest: [u8; 32] = Sha256::digest(nonce.as_str()).into();
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&digest[..16]);
    fingerprint
}

/// Why a command is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Replay {
    /// Signed outside the window.
    #[error("the command was signed outside the last minute, or before the node started: sign it again")]
    Stale,
    /// Taken before.
    #[error("the command's nonce was used already: sign it again with a new one")]
    Seen,
    /// Too many commands within the window.
    #[error("too many commands within a minute: wait and sign again")]
    Full,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: u64 = 1_000_000;
    const ONE: SessionId = SessionId([1; 16]);
    const TWO: SessionId = SessionId([2; 16]);

    fn nonce(number: u64) -> Nonce {
        format!("{number:016}").parse().unwrap()
    }

    #[test]
    fn a_nonce_is_taken_once_a_session() {
        let mut window = NonceWindow::new(START);
        assert_eq!(window.check_and_insert(ONE, &nonce(1), START, START), Ok(()));
        assert_eq!(window.check_and_insert(ONE, &nonce(1), START, START), Err(Replay::Seen));
        assert_eq!(window.check_and_insert(ONE, &nonce(1), START + 9, START + 9), Err(Replay::Seen));
        assert_eq!(window.check_and_insert(ONE, &nonce(2), START, START), Ok(()));
        assert_eq!(window.check_and_insert(TWO, &nonce(1), START, START), Ok(()));
    }

    #[test]
    fn only_what_was_signed_within_the_window_and_since_the_start_is_taken() {
        let table = [
            ("a minute old", START + 40, START + 100, Ok(())),
            ("older", START + 39, START + 100, Err(Replay::Stale)),
            ("a minute early", START + 160, START + 100, Ok(())),
            ("earlier", START + 161, START + 100, Err(Replay::Stale)),
            ("at the start", START, START, Ok(())),
            ("before the start", START - 1, START, Err(Replay::Stale)),
        ];
        for (name, created, now, answer) in table {
            let mut window = NonceWindow::new(START);
            assert_eq!(window.check_and_insert(ONE, &nonce(1), created, now), answer, "{name}");
        }
    }

    #[test]
    fn a_clock_set_back_brings_no_nonce_back() {
        let mut window = NonceWindow::new(START);
        assert_eq!(window.check_and_insert(ONE, &nonce(1), START + 100, START + 100), Ok(()));
        assert_eq!(window.check_and_insert(ONE, &nonce(2), START + 200, START + 200), Ok(()));
        assert_eq!(window.check_and_insert(ONE, &nonce(1), START + 100, START + 100), Err(Replay::Stale));
    }

    #[test]
    fn a_full_window_refuses_and_takes_again_when_time_has_passed() {
        let mut window = NonceWindow::with_bounds(START, 2, 3);
        let mut take = |session, number, now| window.check_and_insert(session, &nonce(number), now, now);
        assert_eq!(take(ONE, 1, START), Ok(()));
        assert_eq!(take(ONE, 2, START), Ok(()));
        assert_eq!(take(ONE, 3, START), Err(Replay::Full), "of one session");
        assert_eq!(take(TWO, 1, START + 1), Ok(()));
        assert_eq!(take(TWO, 2, START + 1), Err(Replay::Full), "of all sessions");
        assert_eq!(take(TWO, 2, START + 60), Err(Replay::Full), "a minute later");
        assert_eq!(take(TWO, 2, START + 61), Ok(()), "when the first two are forgotten");
    }

    #[test]
    fn what_is_forgotten_takes_no_room() {
        let mut window = NonceWindow::new(START);
        for number in 0..100 {
            let now = START + number;
            assert_eq!(
                window.check_and_insert(SessionId([number as u8; 16]), &nonce(number), now, now),
                Ok(())
            );
        }
        assert_eq!(window.check_and_insert(ONE, &nonce(0), START + 500, START + 500), Ok(()));
        assert_eq!((window.total, window.seen.len(), window.by_time.len()), (1, 1, 1));
    }

    proptest! {
        #[test]
        fn no_command_is_ever_taken_twice(
            steps in prop::collection::vec((0_u64..200, 0_u64..200, 0_u8..2, 0_u64..4), 1..200),
        ) {
            let mut window = NonceWindow::with_bounds(START, 10, 15);
            let mut taken = HashSet::new();
            for (now, created, session, number) in steps {
                let (now, created, session) = (START + now, START + created, SessionId([session; 16]));
                if window.check_and_insert(session, &nonce(number), created, now).is_ok() {
                    prop_assert!(taken.insert((session, number, created)));
                }
                prop_assert!(window.total <= 15);
                prop_assert!(window.seen.values().all(|seen| seen.len() <= 10));
                prop_assert_eq!(window.total, window.by_time.values().map(Vec::len).sum::<usize>());
            }
        }
    }
}
