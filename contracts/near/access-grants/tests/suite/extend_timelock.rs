use access_grants::{MAX_TIMELOCK_SECS, Refusal};

use crate::support::{NOW, Verbs, World};

#[test]
fn moves_the_end_of_a_lock_and_leaves_the_rest() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    world.extend("alice.near", "bank.near", 1, NOW + 60, NOW + 10).unwrap();
    assert_eq!(world.events[0]["event"], "timelock_extended");
    assert_eq!(world.events[0]["data"][0]["locked_until"], (NOW + 60).to_string());
    assert_eq!(world.grant_of("alice.near", "bank.near", 1), Some((NOW, NOW + 60)));
}

#[test]
fn refuses_what_is_not_later_than_now_and_than_the_present_lock() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, NOW + 100, NOW).unwrap();
    let head = world.head();
    let table = [
        ("no lock", 0, NOW),
        ("earlier", NOW + 99, NOW),
        ("the same", NOW + 100, NOW),
        ("later than the lock, not than now", NOW + 150, NOW + 150),
        ("too far", NOW + MAX_TIMELOCK_SECS + 1, NOW),
        ("milliseconds", (NOW + 200) * 1_000, NOW),
        ("nanoseconds", (NOW + 200) * 1_000_000_000, NOW),
    ];
    for (name, locked_until, at) in table {
        let refusal = Err(Refusal::InvalidTimelock(locked_until));
        assert_eq!(world.extend("alice.near", "bank.near", 1, locked_until, at), refusal, "{name}");
    }
    assert_eq!((world.head(), world.grant_of("alice.near", "bank.near", 1)), (head, Some((NOW, NOW + 100))));
    world.extend("alice.near", "bank.near", 1, NOW + 101, NOW).unwrap();
}

#[test]
fn is_for_the_owner_of_an_existing_grant() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    for (caller, grantee, id) in
        [("bank.near", "bank.near", 1), ("bob.near", "bank.near", 1), ("alice.near", "bank.near", 2)]
    {
        assert_eq!(
            world.extend(caller, grantee, id, NOW + 60, NOW),
            Err(Refusal::GrantNotFound),
            "{caller} {id}"
        );
    }
}
