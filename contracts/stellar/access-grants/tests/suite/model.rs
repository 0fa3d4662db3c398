//! Random scripts of verbs, callers and times, against the rules written down once more.

use std::collections::BTreeMap;

use access_grants::MAX_TIMELOCK_SECS;
use idos_stellar_protocol::{Account, Refusal};
use proptest::prelude::*;

use crate::support::{NOW, Verbs, world};

#[derive(Debug, Clone, Copy)]
enum Verb {
    Create(i64),
    Extend(i64),
    Revoke,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    owner: usize,
    grantee: usize,
    data: u8,
    verb: Verb,
    seconds: u64,
}

fn step() -> impl Strategy<Value = Step> {
    // A lock by its distance from now; none where the distance is 0.
    let lock = || prop_oneof![Just(0), -3..40_i64, Just(630_720_000), Just(630_720_001), Just(i64::MAX / 2)];
    let verb = prop_oneof![3 => lock().prop_map(Verb::Create), 2 => lock().prop_map(Verb::Extend), 3 => Just(Verb::Revoke)];
    (0..3_usize, 0..4_usize, 1..3_u8, verb, 0..30_u64)
        .prop_map(|(owner, grantee, data, verb, seconds)| Step { owner, grantee, data, verb, seconds })
}

/// Owner, grantee and data id; when it was created, and its lock.
type Grants = BTreeMap<(usize, usize, u8), (u64, u64)>;

fn lock(now: u64, distance: i64) -> u64 {
    if distance == 0 { 0 } else { now.saturating_add_signed(distance) }
}

fn decide(grants: &mut Grants, now: u64, step: Step) -> Result<(), Refusal> {
    let key = (step.owner, step.grantee, step.data);
    let present = grants.get(&key).copied();
    let check = |until: u64| {
        let ahead = until.checked_sub(now).ok_or(Refusal::InvalidTimelock)?;
        if (1..=MAX_TIMELOCK_SECS).contains(&ahead) { Ok(()) } else { Err(Refusal::InvalidTimelock) }
    };
    match (step.verb, present) {
        (Verb::Create(_), _) if step.owner == step.grantee => Err(Refusal::InvalidGrantee),
        (Verb::Create(_), Some(_)) => Err(Refusal::GrantExists),
        (Verb::Create(distance), None) => {
            let until = lock(now, distance);
            if until != 0 {
                check(until)?;
            }
            grants.insert(key, (now, until));
            Ok(())
        }
        (Verb::Extend(_) | Verb::Revoke, None) => Err(Refusal::GrantNotFound),
        (Verb::Extend(distance), Some((created_at, old))) => {
            let until = lock(now, distance);
            check(until)?;
            if until <= old {
                return Err(Refusal::InvalidTimelock);
            }
            grants.insert(key, (created_at, until));
            Ok(())
        }
        (Verb::Revoke, Some((_, until))) if now <= until => Err(Refusal::GrantLocked),
        (Verb::Revoke, Some(_)) => {
            grants.remove(&key);
            Ok(())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_contract_follows_the_rules_and_a_locked_grant_survives_whatever_is_done(steps in prop::collection::vec(step(), 1..40)) {
        let world = world();
        // The last grantee is a bare key.
        let mut accounts: Vec<Account> = (0..3).map(|_| world.native()).collect();
        accounts.push(Account::Ed25519(world.bytes(7)));
        let mut grants = Grants::new();
        let mut now = NOW;
        for step in steps {
            now += step.seconds;
            world.at(now);
            let head = world.head();
            let locked: Vec<_> = grants.iter().filter(|(_, (_, until))| now <= *until).map(|(key, _)| *key).collect();
            let (owner, grantee) = (&accounts[step.owner], &accounts[step.grantee]);
            let done = match step.verb {
                Verb::Create(distance) => world.create(owner, grantee, step.data, lock(now, distance)),
                Verb::Extend(distance) => world.extend(owner, grantee, step.data, lock(now, distance)),
                Verb::Revoke => world.revoke(owner, grantee, step.data),
            };
            let expected = decide(&mut grants, now, step);
            prop_assert_eq!(done, expected.map_err(Some));
            prop_assert_eq!(world.head() == head, expected.is_err(), "the head moves with every event, and with nothing else");
            for (owner, grantee, data) in locked {
                prop_assert!(world.grant_of(&accounts[owner], &accounts[grantee], data).is_some(), "a locked grant survives");
            }
            for owner in 0..3 {
                for grantee in 0..4 {
                    for data in 1..3 {
                        let grant = world.grant_of(&accounts[owner], &accounts[grantee], data);
                        prop_assert_eq!(grant, grants.get(&(owner, grantee, data)).copied());
                    }
                }
            }
        }
    }
}
