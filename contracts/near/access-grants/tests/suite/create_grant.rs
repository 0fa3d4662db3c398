use access_grants::{MAX_TIMELOCK_SECS, Refusal};
use near_sdk::json_types::U64;

use crate::support::{FIRST_GRANT, NOW, Verbs, World, account, data};

#[test]
fn opens_access_for_that_grantee_to_that_data_of_that_owner() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, NOW + 60, NOW).unwrap();
    let event = serde_json::json!({
        "standard": "idos-access-grants",
        "version": "1.0.0",
        "event": "grant_created",
        "data": [{
            "owner": "alice.near", "grantee": "bank.near", "data_id": "01".repeat(32), "locked_until": (NOW + 60).to_string(),
        }],
    });
    assert_eq!(world.events, [event]);
    assert_eq!(world.grant_of("alice.near", "bank.near", 1), Some((NOW, NOW + 60)));
    for (owner, grantee, id) in [
        ("bob.near", "bank.near", 1),
        ("alice.near", "shop.near", 1),
        ("alice.near", "bank.near", 2),
        ("bank.near", "alice.near", 1),
    ] {
        assert_eq!(world.grant_of(owner, grantee, id), None, "{owner} {grantee} {id}");
    }
}

#[test]
fn makes_the_predecessor_the_owner_and_not_the_relayer_who_signs() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    assert_eq!(world.grant_of("relayer.near", "bank.near", 1), None);
    assert_eq!(world.balance("relayer.near"), None);
}

#[test]
fn refuses_an_existing_grant_and_the_owner_as_grantee() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    let head = world.head();
    assert_eq!(world.create("alice.near", "bank.near", 1, NOW + 60, NOW), Err(Refusal::GrantExists));
    let alice = account("alice.near");
    assert_eq!(world.create("alice.near", "alice.near", 2, 0, NOW), Err(Refusal::InvalidGrantee(alice)));
    assert_eq!((world.head(), world.grant_of("alice.near", "bank.near", 1)), (head, Some((NOW, 0))));
    world.create("alice.near", "shop.near", 1, 0, NOW).unwrap();
    world.create("bob.near", "bank.near", 1, 0, NOW).unwrap();
}

#[test]
fn takes_a_lock_in_seconds_that_is_later_than_now_and_at_most_20_years_ahead() {
    let table = [
        ("none", 0, true),
        ("the past", NOW - 1, false),
        ("now", NOW, false),
        ("the next second", NOW + 1, true),
        ("20 years", NOW + MAX_TIMELOCK_SECS, true),
        ("a second more", NOW + MAX_TIMELOCK_SECS + 1, false),
        ("milliseconds", (NOW + 60) * 1_000, false),
        ("nanoseconds", (NOW + 60) * 1_000_000_000, false),
        ("for ever", u64::MAX, false),
    ];
    for (name, locked_until, valid) in table {
        let expected = if valid { Ok(()) } else { Err(Refusal::InvalidTimelock(locked_until)) };
        assert_eq!(World::new().create("alice.near", "bank.near", 1, locked_until, NOW), expected, "{name}");
    }
}

#[test]
fn checks_grantee_then_existence_then_lock_then_deposit() {
    let mut world = World::new();
    world.create("alice.near", "bank.near", 1, 0, NOW).unwrap();
    let mut create = |grantee: &str, id, lock| {
        world.call("bob.near", NOW, 0, |it| it.create_grant(account(grantee), data(id), U64(lock)))
    };
    assert_eq!(create("bob.near", 1, 1), Err(Refusal::InvalidGrantee(account("bob.near"))));
    assert_eq!(create("bank.near", 1, 1), Err(Refusal::InvalidTimelock(1)));
    assert_eq!(
        create("bank.near", 1, 0).unwrap_err().to_string(),
        format!("StorageDepositMissing({FIRST_GRANT})")
    );
    let again = world.call("alice.near", NOW, 0, |it| it.create_grant(account("bank.near"), data(1), U64(1)));
    assert_eq!(again, Err(Refusal::GrantExists));
}
