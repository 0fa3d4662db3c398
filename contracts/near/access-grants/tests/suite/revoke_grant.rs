use access_grants::Refusal;

use crate::support::{FIRST_GRANT, NOW, Verbs, World};

#[test]
fn ends_access_and_frees_what_the_grant_locked() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, NOW + 60, NOW).unwrap();
    world.create("alice.near", "shop.near", 1, 0, NOW).unwrap();
    world.revoke("alice.near", "bank.near", 1, NOW + 61).unwrap();
    assert_eq!(world.events[0]["event"], "grant_revoked");
    assert_eq!(world.events[0]["data"][0]["locked_until"], (NOW + 60).to_string(), "the lock that it had");
    assert_eq!(world.grant_of("alice.near", "bank.near", 1), None);
    assert_eq!(world.grant_of("alice.near", "shop.near", 1), Some((NOW, 0)), "others stand");
    assert_eq!(world.balance("alice.near"), Some((2 * FIRST_GRANT, FIRST_GRANT)));
    assert_eq!(world.revoke("alice.near", "bank.near", 1, NOW + 61), Err(Refusal::GrantNotFound));
    world.create("alice.near", "bank.near", 1, 0, NOW + 62).unwrap();
    assert_eq!(world.grant_of("alice.near", "bank.near", 1), Some((NOW + 62, 0)), "anew");
}

#[test]
fn waits_through_the_last_second_of_a_lock() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, NOW + 60, NOW).unwrap();
    for at in [NOW, NOW + 59, NOW + 60] {
        assert_eq!(
            world.revoke("alice.near", "bank.near", 1, at),
            Err(Refusal::GrantLocked(NOW + 60)),
            "{at}"
        );
    }
    assert_eq!(world.grant_of("alice.near", "bank.near", 1), Some((NOW, NOW + 60)));
    world.revoke("alice.near", "bank.near", 1, NOW + 61).unwrap();
}

#[test]
fn is_for_the_owner_alone() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    for caller in ["bank.near", "relayer.near", "grants.near", "bob.near"] {
        assert_eq!(world.revoke(caller, "bank.near", 1, NOW), Err(Refusal::GrantNotFound), "{caller}");
    }
    assert_eq!(world.grant_of("alice.near", "bank.near", 1), Some((NOW, 0)));
}
