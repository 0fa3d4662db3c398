//! Random scripts of verbs, callers and times: the contract and the reference model answer alike.

use idos_grants::{DataId, GrantError, GrantEvent, GrantKey, Ledger};
use proptest::prelude::*;

use crate::{
    outcome::address,
    world::{NOW, World, create, extend, id, revoke},
};

const NAMES: [&str; 3] = ["alice", "bob", "bank"];

#[derive(Debug, Clone)]
struct Step {
    owner: usize,
    grantee: usize,
    data: u8,
    verb: Verb,
    seconds: u64,
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Create(i64),
    Extend(i64),
    Revoke,
}

fn verb() -> impl Strategy<Value = Verb> {
    // A lock by its distance from now; none where the distance is 0.
    let lock = || prop_oneof![Just(0), -3..40_i64, Just(630_720_000), Just(630_720_001), Just(i64::MAX / 2)];
    prop_oneof![3 => lock().prop_map(Verb::Create), 2 => lock().prop_map(Verb::Extend), 3 => Just(Verb::Revoke)]
}

fn step() -> impl Strategy<Value = Step> {
    (0..NAMES.len(), 0..NAMES.len(), 1..3_u8, verb(), 10..30_u64)
        .prop_map(|(owner, grantee, data, verb, seconds)| Step { owner, grantee, data, verb, seconds })
}

fn lock(now: u64, distance: i64) -> u64 {
    if distance == 0 { 0 } else { now.saturating_add_signed(distance) }
}

fn decide(ledger: &mut Ledger, now: u64, step: &Step) -> Result<GrantEvent, GrantError> {
    let [owner, grantee] = [step.owner, step.grantee].map(|name| address(id(NAMES[name])));
    let key = GrantKey { owner, grantee, data_id: DataId([step.data; 32]) };
    match step.verb {
        Verb::Create(distance) => ledger.create_grant(now, key, lock(now, distance)),
        Verb::Extend(distance) => ledger.extend_timelock(now, key, lock(now, distance)),
        Verb::Revoke => ledger.revoke_grant(now, key),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_contract_is_the_model(steps in prop::collection::vec(step(), 1..25)) {
        let mut world = World::new();
        let mut ledger = Ledger::default();
        let mut now = NOW;
        for step in steps {
            now += step.seconds;
            let (owner, grantee) = (NAMES[step.owner], NAMES[step.grantee]);
            let (grants, entries) = (world.grants, vec![world.grant_key(owner, grantee, step.data)]);
            let done = match step.verb {
                Verb::Create(distance) => world.call_at(now, owner, grants, &create(owner, grantee, step.data, lock(now, distance)), entries),
                Verb::Extend(distance) => world.call_at(now, owner, grants, &extend(owner, grantee, step.data, lock(now, distance)), entries),
                Verb::Revoke => world.call_at(now, owner, grants, &revoke(owner, grantee, step.data), entries),
            };
            match (done, decide(&mut ledger, now, &step)) {
                (Ok(done), Ok(event)) => prop_assert_eq!(done.grant_events(world.grants), vec![event]),
                (Err(refused), Err(error)) => {
                    prop_assert_eq!(refused.refusal.map(|refusal| refusal.name()), Some(error.name()));
                }
                (done, expected) => prop_assert!(false, "{done:?}, but the model says {expected:?}"),
            }
            prop_assert_eq!(world.head(world.grants), ledger.history_head().0);
        }
    }
}
