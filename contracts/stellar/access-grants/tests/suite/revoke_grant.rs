use access_grants::GrantRevoked;
use idos_stellar_protocol::Refusal;
use soroban_sdk::{Event as _, testutils::Events as _};

use crate::support::{NOW, Verbs, world};

#[test]
fn ends_access_and_says_which_lock_the_grant_had() {
    let world = world();
    let [alice, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, NOW + 1).unwrap();
    world.at(NOW + 2).revoke(&alice, &bank, 1).unwrap();
    let event = GrantRevoked {
        owner: alice.clone(),
        grantee: bank.clone(),
        data_id: world.bytes(1),
        locked_until: NOW + 1,
    };
    assert_eq!(world.env.events().all().events(), [event.to_xdr(&world.env, &world.id)]);
    assert_eq!(world.grant_of(&alice, &bank, 1), None);
    assert_eq!(world.revoke(&alice, &bank, 1), Err(Some(Refusal::GrantNotFound)));
    world.create(&alice, &bank, 1, 0).unwrap();
    assert_eq!(world.grant_of(&alice, &bank, 1), Some((NOW + 2, 0)));
}

#[test]
fn waits_for_the_last_second_of_the_lock() {
    let world = world();
    let [alice, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, NOW + 60).unwrap();
    for (name, at, expected) in [
        ("at once", NOW, Err(Some(Refusal::GrantLocked))),
        ("the last second", NOW + 60, Err(Some(Refusal::GrantLocked))),
        ("the next one", NOW + 61, Ok(())),
    ] {
        assert_eq!(world.at(at).revoke(&alice, &bank, 1), expected, "{name}");
    }
}

#[test]
fn another_owner_has_no_such_grant() {
    let world = world();
    let [alice, bob, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, NOW + 60).unwrap();
    for (name, owner, grantee, id) in [
        ("another owner", &bob, &bank, 1),
        ("the grantee", &bank, &bank, 1),
        ("other data", &alice, &bank, 2),
    ] {
        assert_eq!(world.revoke(owner, grantee, id), Err(Some(Refusal::GrantNotFound)), "{name}");
    }
    assert_eq!(world.grant_of(&alice, &bank, 1), Some((NOW, NOW + 60)));
}
