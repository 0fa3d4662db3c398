use idos_stellar_protocol::{Account, Refusal};
use idos_stellar_testing::{
    World,
    world::{MAX_TTL, MIN_TTL},
};
use soroban_sdk::{
    Bytes, Env, IntoVal, Val, symbol_short,
    testutils::{
        Ledger as _,
        storage::{Instance as _, Persistent as _},
    },
};

use crate::support::{NOW, Verbs, client, done, keys, verb_text, world};

const DAY: u32 = 24 * 60 * 60 / 5;

fn ttl(world: &World, key: &impl IntoVal<Env, Val>) -> u32 {
    world.env.as_contract(&world.id, || world.env.storage().persistent().get_ttl(key))
}

/// Of the contract and its code, which no call extends: the bill would meet whoever comes by.
fn contract_ttl(world: &World) -> u32 {
    world.env.as_contract(&world.id, || world.env.storage().instance().get_ttl())
}

fn wait(world: &World, ledgers: u32) {
    world.env.ledger().with_mut(|ledger| ledger.sequence_number += ledgers);
}

/// Kind, owner, grantee, data id; written out, so that a footprint can be made by hand.
fn grant_key(world: &World, owner: &Account, grantee: &Account, id: u8) -> Bytes {
    let encoded = |account: &Account| match account {
        Account::Ed25519(key) => [[1, 32].as_slice(), &key.to_array()].concat(),
        Account::Native(address) => {
            assert_eq!(*address, world.id);
            [[0, 33, 0x10].as_slice(), &[1; 32]].concat()
        }
        other => panic!("not in these tests: {other:?}"),
    };
    Bytes::from_slice(&world.env, &[[1].as_slice(), &encoded(owner), &encoded(grantee), &[id; 32]].concat())
}

/// An owner and a grantee whose bytes are known.
fn parties(world: &World) -> (Account, Account) {
    (Account::Native(world.id.clone()), Account::Ed25519(world.bytes(7)))
}

#[test]
fn a_new_grant_and_the_head_live_for_as_long_as_the_network_allows() {
    let world = world();
    let (alice, bank) = parties(&world);
    let contract = contract_ttl(&world);
    world.create(&alice, &bank, 1, 0).unwrap();
    assert_eq!(ttl(&world, &grant_key(&world, &alice, &bank, 1)), MAX_TTL - 1);
    assert_eq!((ttl(&world, &symbol_short!("HEAD")), contract_ttl(&world)), (MAX_TTL - 1, contract));
}

#[test]
fn what_many_calls_touch_is_extended_once_a_month() {
    let world = world();
    let (alice, bank) = parties(&world);
    world.create(&alice, &bank, 1, 0).unwrap();
    for (days, expected) in [(29, MAX_TTL - 1 - 29 * DAY), (2, MAX_TTL - 1)] {
        wait(&world, days * DAY);
        world.create(&alice, &bank, days as u8, 0).unwrap();
        assert_eq!(ttl(&world, &symbol_short!("HEAD")), expected);
    }
}

#[test]
fn anyone_extends_a_grant_and_with_it_the_head() {
    let world = world();
    let (alice, bank) = parties(&world);
    world.create(&alice, &bank, 1, 0).unwrap();
    wait(&world, 100 * DAY);
    let contract = contract_ttl(&world);
    let key = grant_key(&world, &alice, &bank, 1);
    assert_eq!(ttl(&world, &key), MAX_TTL - 1 - 100 * DAY);
    client(&world).extend_ttl(&alice, &bank, &world.bytes(1));
    assert_eq!(world.env.auths(), []);
    assert_eq!(ttl(&world, &key), MAX_TTL - 1);
    assert_eq!((ttl(&world, &symbol_short!("HEAD")), contract_ttl(&world)), (MAX_TTL - 1, contract));
    assert_eq!(world.grant_of(&alice, &bank, 1), Some((NOW, 0)), "nothing else changes");
    let unknown = done(client(&world).try_extend_ttl(&alice, &bank, &world.bytes(2)));
    assert_eq!(unknown, Err(Some(Refusal::GrantNotFound)));
}

#[test]
fn extending_a_lock_extends_the_life_too() {
    let world = world();
    let (alice, bank) = parties(&world);
    world.create(&alice, &bank, 1, 0).unwrap();
    wait(&world, 100 * DAY);
    world.extend(&alice, &bank, 1, NOW + 60).unwrap();
    assert_eq!(ttl(&world, &grant_key(&world, &alice, &bank, 1)), MAX_TTL - 1);
}

#[test]
fn a_nonce_has_the_least_life_of_a_persistent_entry() {
    let world = world();
    let [key, ..] = keys();
    let (owner, bank) = (world.account(&key), world.native());
    let text = verb_text(&world, "create a grant", &owner, &bank, 1, Some(0));
    let proof = Some(world.proof(&key, text, 9, NOW));
    client(&world).create_grant(&owner, &bank, &world.bytes(1), &0, &proof);
    let Account::Ed25519(public) = &owner else { panic!("another kind of key") };
    let nonce_key = [[2, 1, 32].as_slice(), &public.to_array(), &[9; 32]].concat();
    assert_eq!(ttl(&world, &Bytes::from_slice(&world.env, &nonce_key)), MIN_TTL - 1);
}
