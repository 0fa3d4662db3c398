use access_grants::{MAX_TIMELOCK_SECS, TimelockExtended};
use idos_stellar_protocol::Refusal;
use soroban_sdk::{Event as _, testutils::Events as _};

use crate::support::{NOW, Verbs, world};

#[test]
fn moves_the_lock_to_a_later_time_and_leaves_the_creation() {
    let world = world();
    let [alice, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, 0).unwrap();
    world.at(NOW + 5).extend(&alice, &bank, 1, NOW + 60).unwrap();
    let event = TimelockExtended {
        owner: alice.clone(),
        grantee: bank.clone(),
        data_id: world.bytes(1),
        locked_until: NOW + 60,
    };
    assert_eq!(world.env.events().all().events(), [event.to_xdr(&world.env, &world.id)]);
    assert_eq!(world.grant_of(&alice, &bank, 1), Some((NOW, NOW + 60)));
}

#[test]
fn refuses_what_is_not_later_than_now_and_the_present_lock() {
    let world = world();
    let [alice, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, NOW + 60).unwrap();
    let now = NOW + 30;
    let table = [
        ("none", 0, false),
        ("now", now, false),
        ("an earlier lock", NOW + 59, false),
        ("the present lock", NOW + 60, false),
        ("a second more", NOW + 61, true),
        ("20 years", now + MAX_TIMELOCK_SECS, true),
        ("a second more than that", now + MAX_TIMELOCK_SECS + 1, false),
    ];
    for (name, locked_until, is_valid) in table {
        let expected = if is_valid { Ok(()) } else { Err(Some(Refusal::InvalidTimelock)) };
        assert_eq!(world.at(now).extend(&alice, &bank, 1, locked_until), expected, "{name}");
    }
}

#[test]
fn looks_for_the_grant_before_the_lock() {
    let world = world();
    let [alice, bob, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, 0).unwrap();
    assert_eq!(world.extend(&bob, &bank, 1, 1), Err(Some(Refusal::GrantNotFound)));
    assert_eq!(world.extend(&alice, &bank, 2, 1), Err(Some(Refusal::GrantNotFound)));
    assert_eq!(world.extend(&alice, &bank, 1, 1), Err(Some(Refusal::InvalidTimelock)));
}
