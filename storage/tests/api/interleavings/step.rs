//! What can happen.

use proptest::prelude::*;

/// People of the play.
pub const PEOPLE: usize = 3;
/// Wallets, each of at most one person at a time.
pub const WALLETS: usize = 6;
/// How long a locked grant is locked: through this many seconds.
pub const LOCK_SECS: u64 = 70;

/// One step. Objects are counted in the order in which they were stored; a number beyond them counts round.
#[derive(Debug, Clone)]
pub enum Step {
    /// She stores an original.
    Store { person: usize },
    /// She stores a copy of an object, if it is her original.
    Share { person: usize, object: usize, with: usize },
    /// A wallet grants on an object: one of its owner's, or whoever's. Its block is final at once, or with the next.
    Grant { from: usize, is_owners: bool, to: usize, object: usize, locked: bool, is_final: bool },
    /// One of the grants that were ever made is revoked, if it stands and is not locked.
    Revoke { grant: usize, is_final: bool },
    /// She deletes an object.
    Delete { person: usize, object: usize },
    /// She links a wallet.
    Link { person: usize, wallet: usize },
    /// She unlinks a wallet.
    Unlink { person: usize, wallet: usize },
    /// Time passes, and a block comes.
    Pass { secs: u64 },
    /// The node is stopped and started.
    Reopen,
}

pub fn step() -> impl Strategy<Value = Step> {
    let (person, wallet, object) = (0..PEOPLE, 0..WALLETS, 0..8_usize);
    prop_oneof![
        2 => person.clone().prop_map(|person| Step::Store { person }),
        4 => (person.clone(), object.clone(), person.clone())
            .prop_map(|(person, object, with)| Step::Share { person, object, with }),
        6 => (wallet.clone(), prop::bool::weighted(0.8), wallet.clone(), object.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(from, is_owners, to, object, locked, is_final)| {
                Step::Grant { from, is_owners, to, object, locked, is_final }
            }),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(grant, is_final)| Step::Revoke { grant, is_final }),
        2 => (person.clone(), object).prop_map(|(person, object)| Step::Delete { person, object }),
        3 => (person.clone(), wallet.clone()).prop_map(|(person, wallet)| Step::Link { person, wallet }),
        2 => (person, wallet).prop_map(|(person, wallet)| Step::Unlink { person, wallet }),
        3 => prop_oneof![1..60_u64, Just(LOCK_SECS), Just(LOCK_SECS + 1)].prop_map(|secs| Step::Pass { secs }),
        1 => Just(Step::Reopen),
    ]
}
