//! What can happen.

use proptest::prelude::*;

/// People of the play.
pub const PEOPLE: usize = 3;
/// Wallets, each of at most one person at a time.
pub const WALLETS: usize = 6;
/// How long a locked grant is locked: through this many seconds.
pub const LOCK_SECS: u64 = 70;
/// A chain that was not heard from for longer is not believed to grantees.
pub const STALE_AFTER_SECS: u64 = 60;

/// What a person asks of the node. Objects are counted in the order in which they were stored; a number beyond them counts round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// She stores a copy of an object, if it is her original.
    Share { person: usize, object: usize, with: usize },
    /// She deletes an object.
    Delete { person: usize, object: usize },
    /// She gives up an object that was granted to her.
    Rescind { person: usize, object: usize },
    /// She links a wallet.
    Link { person: usize, wallet: usize },
    /// She unlinks a wallet.
    Unlink { person: usize, wallet: usize },
}

/// One step.
#[derive(Debug, Clone)]
pub enum Step {
    /// She stores an original.
    Store { person: usize },
    /// Somebody asks for something.
    Ask(Action),
    /// Two things are asked for at the same time.
    AtOnce(Action, Action),
    /// A wallet grants on an object: one of its owner's, or whoever's. Its block is final at once, or with the next.
    Grant { from: usize, is_owners: bool, to: usize, object: usize, locked: bool, is_final: bool },
    /// The timelock of one of the grants that were ever made ends later, if it stands.
    Extend { grant: usize, is_final: bool },
    /// One of the grants that were ever made is revoked, if it stands and is not locked.
    Revoke { grant: usize, is_final: bool },
    /// To whom one of the grants that were ever made was made gives it up.
    GiveUp { grant: usize },
    /// The newest block is undone, if it is not final, and another one comes.
    Reorg,
    /// Time passes, and a block comes.
    Pass { secs: u64 },
    /// Time passes, and nothing is heard from the chain.
    Silence { secs: u64 },
    /// The node drops what is over.
    Housekeeping,
    /// The node is stopped and started.
    Reopen,
}

impl Action {
    /// Who asks.
    pub fn person(&self) -> usize {
        match *self {
            Self::Share { person, .. }
            | Self::Delete { person, .. }
            | Self::Rescind { person, .. }
            | Self::Link { person, .. }
            | Self::Unlink { person, .. } => person,
        }
    }

    /// Whether what comes of both at once is what comes of one after the other. Who unlinks a wallet may lose the session that the other is asked with;
    /// of two that are stored at once it is not known which is which.
    fn goes_with(&self, other: &Self) -> bool {
        let is_unlink = |action: &Self| matches!(action, Self::Unlink { .. });
        let is_share = |action: &Self| matches!(action, Self::Share { .. });
        let is_alone = self.person() == other.person() && (is_unlink(self) || is_unlink(other));
        !(is_alone || is_share(self) && is_share(other))
    }
}

fn action() -> impl Strategy<Value = Action> {
    let (person, wallet, object) = (0..PEOPLE, 0..WALLETS, 0..8_usize);
    prop_oneof![
        4 => (person.clone(), object.clone(), person.clone())
            .prop_map(|(person, object, with)| Action::Share { person, object, with }),
        2 => (person.clone(), object.clone()).prop_map(|(person, object)| Action::Delete { person, object }),
        2 => (person.clone(), object).prop_map(|(person, object)| Action::Rescind { person, object }),
        3 => (person.clone(), wallet.clone()).prop_map(|(person, wallet)| Action::Link { person, wallet }),
        2 => (person, wallet).prop_map(|(person, wallet)| Action::Unlink { person, wallet }),
    ]
}

/// Two that concern each other more often than any two do: the same object, or the same wallet.
fn at_once() -> impl Strategy<Value = Step> {
    let related =
        (action(), action(), any::<bool>()).prop_map(|(one, other, same)| match (one, other) {
            (
                Action::Share { object, .. } | Action::Delete { object, .. } | Action::Rescind { object, .. },
                Action::Share { person, with, .. },
            ) if same => (one, Action::Share { person, object, with }),
            (
                Action::Share { object, .. } | Action::Rescind { object, .. },
                Action::Delete { person, .. },
            ) if same => (one, Action::Delete { person, object }),
            (
                Action::Share { object, .. } | Action::Delete { object, .. },
                Action::Rescind { person, .. },
            ) if same => (one, Action::Rescind { person, object }),
            (Action::Unlink { wallet, .. } | Action::Link { wallet, .. }, Action::Link { person, .. })
                if same =>
            {
                (one, Action::Link { person, wallet })
            }
            both => both,
        });
    let together = |(one, other): &(Action, Action)| one.goes_with(other);
    related
        .prop_filter("one is asked with the other's session", together)
        .prop_map(|(one, other)| Step::AtOnce(one, other))
}

pub fn step() -> impl Strategy<Value = Step> {
    let (person, wallet, object) = (0..PEOPLE, 0..WALLETS, 0..8_usize);
    prop_oneof![
        3 => person.prop_map(|person| Step::Store { person }),
        13 => action().prop_map(Step::Ask),
        6 => at_once(),
        8 => (wallet.clone(), prop::bool::weighted(0.8), wallet, object, any::<bool>(), any::<bool>())
            .prop_map(|(from, is_owners, to, object, locked, is_final)| {
                Step::Grant { from, is_owners, to, object, locked, is_final }
            }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(grant, is_final)| Step::Extend { grant, is_final }),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(grant, is_final)| Step::Revoke { grant, is_final }),
        4 => any::<usize>().prop_map(|grant| Step::GiveUp { grant }),
        3 => Just(Step::Reorg),
        3 => prop_oneof![1..STALE_AFTER_SECS, Just(LOCK_SECS), Just(LOCK_SECS + 1)].prop_map(|secs| Step::Pass { secs }),
        2 => prop_oneof![1..STALE_AFTER_SECS, Just(STALE_AFTER_SECS + 1)].prop_map(|secs| Step::Silence { secs }),
        2 => Just(Step::Housekeeping),
        1 => Just(Step::Reopen),
    ]
}
