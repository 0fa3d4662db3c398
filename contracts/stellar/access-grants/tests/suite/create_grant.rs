use access_grants::{GrantCreated, MAX_TIMELOCK_SECS};
use idos_stellar_protocol::{Account, Refusal};
use idos_stellar_testing::world::bytes_n;
use soroban_sdk::{Event as _, testutils::Events as _};

use crate::support::{NOW, Verbs, world};

#[test]
fn opens_access_for_that_grantee_to_that_data_of_that_owner() {
    let world = world();
    let [alice, bob, bank, shop] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, NOW + 60).unwrap();
    let event = GrantCreated {
        owner: alice.clone(),
        grantee: bank.clone(),
        data_id: world.bytes(1),
        locked_until: NOW + 60,
    };
    assert_eq!(world.env.events().all().events(), [event.to_xdr(&world.env, &world.id)]);
    assert_eq!(world.grant_of(&alice, &bank, 1), Some((NOW, NOW + 60)));
    for (name, owner, grantee, id) in [
        ("another owner", &bob, &bank, 1),
        ("another grantee", &alice, &shop, 1),
        ("other data", &alice, &bank, 2),
        ("the other way round", &bank, &alice, 1),
    ] {
        assert_eq!(world.grant_of(owner, grantee, id), None, "{name}");
    }
}

#[test]
fn refuses_an_existing_grant_and_the_owner_as_grantee() {
    let world = world();
    let [alice, bob, bank, shop] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, 0).unwrap();
    let head = world.head();
    assert_eq!(world.create(&alice, &bank, 1, NOW + 60), Err(Some(Refusal::GrantExists)));
    assert_eq!(world.create(&alice, &alice, 2, 0), Err(Some(Refusal::InvalidGrantee)));
    assert_eq!((world.head(), world.grant_of(&alice, &bank, 1)), (head, Some((NOW, 0))));
    world.create(&alice, &shop, 1, 0).unwrap();
    world.create(&bob, &bank, 1, 0).unwrap();
}

#[test]
fn takes_any_kind_of_grantee_that_is_somebody() {
    let world = world();
    let env = &world.env;
    let alice = world.native();
    let key = |first: u8| [[first].as_slice(), &[7; 32]].concat();
    let table = [
        ("a contract", Account::Native(world.id.clone()), true),
        ("an Ed25519 key", Account::Ed25519(world.bytes(7)), true),
        ("a secp256k1 key, y even", Account::Secp256k1(bytes_n(env, &key(2))), true),
        ("a secp256k1 key, y odd", Account::Secp256k1(bytes_n(env, &key(3))), true),
        ("a secp256r1 key", Account::Secp256r1(bytes_n(env, &key(3))), true),
        ("no compressed key", Account::Secp256k1(bytes_n(env, &key(4))), false),
        ("nothing", Account::Secp256k1(bytes_n(env, &[0; 33])), false),
        ("an Ed25519 key in XRPL's form", Account::Secp256r1(bytes_n(env, &key(0xed))), false),
    ];
    for (name, grantee, is_somebody) in table {
        let expected = if is_somebody { Ok(()) } else { Err(Some(Refusal::InvalidGrantee)) };
        assert_eq!(world.create(&alice, &grantee, 1, 0), expected, "{name}");
        assert_eq!(world.grant_of(&alice, &grantee, 1).is_some(), is_somebody, "{name}");
    }
}

#[test]
fn keeps_keys_of_the_same_bytes_but_different_kinds_apart() {
    let world = world();
    let env = &world.env;
    let alice = world.native();
    let key = [[2].as_slice(), &[7; 32]].concat();
    let accounts = [Account::Secp256k1(bytes_n(env, &key)), Account::Secp256r1(bytes_n(env, &key))];
    for (at, grantee) in accounts.iter().enumerate() {
        world.create(&alice, grantee, 1, NOW + 1 + at as u64).unwrap();
    }
    assert_eq!(world.grant_of(&alice, &accounts[0], 1), Some((NOW, NOW + 1)));
    assert_eq!(world.grant_of(&alice, &accounts[1], 1), Some((NOW, NOW + 2)));
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
    for (name, locked_until, is_valid) in table {
        let world = world();
        let expected = if is_valid { Ok(()) } else { Err(Some(Refusal::InvalidTimelock)) };
        assert_eq!(world.create(&world.native(), &world.native(), 1, locked_until), expected, "{name}");
    }
}

#[test]
fn checks_grantee_then_existence_then_lock() {
    let world = world();
    let [alice, bank] = std::array::from_fn(|_| world.native());
    world.create(&alice, &bank, 1, 0).unwrap();
    assert_eq!(world.create(&alice, &alice, 1, 1), Err(Some(Refusal::InvalidGrantee)));
    assert_eq!(world.create(&alice, &bank, 1, 1), Err(Some(Refusal::GrantExists)));
    assert_eq!(world.create(&alice, &bank, 2, 1), Err(Some(Refusal::InvalidTimelock)));
}
