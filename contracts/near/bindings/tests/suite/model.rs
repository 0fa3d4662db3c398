//! Random scripts of verbs, callers and times: the contract and the reference model answer alike.

use idos_grants::{DataId, GrantError, GrantEvent, GrantKey, Ledger};
use proptest::prelude::*;

use crate::world::{GRANTS, NOW, World, address, create, extend, grant_events, id, revoke};

const NAMES: [&str; 3] = ["alice.near", "carol.near", "bank.near"];

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
    (0..NAMES.len(), 0..NAMES.len(), 1..3_u8, verb(), 1..30_u64)
        .prop_map(|(owner, grantee, data, verb, seconds)| Step { owner, grantee, data, verb, seconds })
}

fn lock(now: u64, distance: i64) -> u64 {
    if distance == 0 { 0 } else { now.saturating_add_signed(distance) }
}

fn decide(ledger: &mut Ledger, now: u64, step: &Step) -> Result<GrantEvent, GrantError> {
    let [owner, grantee] = [step.owner, step.grantee].map(|name| address(&id(NAMES[name])));
    let key = GrantKey { owner, grantee, data_id: DataId([step.data; 32]) };
    match step.verb {
        Verb::Create(distance) => ledger.create_grant(now, key, lock(now, distance)),
        Verb::Extend(distance) => ledger.extend_timelock(now, key, lock(now, distance)),
        Verb::Revoke => ledger.revoke_grant(now, key),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_contract_is_the_model(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = World::new();
        NAMES.iter().for_each(|owner| world.fund(GRANTS, owner));
        let mut ledger = Ledger::default();
        let mut now = NOW;
        for step in steps {
            now += step.seconds;
            let (owner, grantee) = (NAMES[step.owner], NAMES[step.grantee]);
            world.at(now);
            let done = match step.verb {
                Verb::Create(distance) => world.call(owner, GRANTS, &create(grantee, step.data, lock(now, distance))),
                Verb::Extend(distance) => world.call(owner, GRANTS, &extend(grantee, step.data, lock(now, distance))),
                Verb::Revoke => world.call(owner, GRANTS, &revoke(grantee, step.data)),
            };
            let expected = decide(&mut ledger, now, &step);
            match (done, expected) {
                (Ok(done), Ok(event)) => prop_assert_eq!(grant_events(&done.outcome, now), vec![event]),
                (Err(refused), Err(error)) => {
                    prop_assert_eq!(refused.refusal.map(|refusal| refusal.name()), Some(error.name()));
                }
                (done, expected) => prop_assert!(false, "{done:?}, but the model says {expected:?}"),
            }
            prop_assert_eq!(world.head(GRANTS), ledger.history_head().0);
        }
    }
}
