use credential_status::{Purpose, Status};
use idos_stellar_protocol::{Account, Refusal};
use idos_stellar_testing::{World, world::MAX_TTL};
use soroban_sdk::{
    Bytes, symbol_short,
    testutils::{Ledger as _, storage::Persistent as _},
};

use crate::support::{LIST, Verbs, client, done, world};

const DAY: u32 = 24 * 60 * 60 / 5;

/// Of a word of the contract as its own issuer, and of the head.
fn ttls(world: &World, purpose: u8, word_index: u16) -> (u32, u32) {
    let key =
        [[1, 0, 33, 0x10].as_slice(), &[1; 32], &LIST.to_be_bytes(), &[purpose], &word_index.to_be_bytes()];
    let key = Bytes::from_slice(&world.env, &key.concat());
    world.env.as_contract(&world.id, || {
        let persistent = world.env.storage().persistent();
        (persistent.get_ttl(&key), persistent.get_ttl(&symbol_short!("HEAD")))
    })
}

#[test]
fn a_word_lives_for_as_long_as_the_network_allows_and_anyone_extends_it() {
    let world = world();
    let kyc = Account::Native(world.id.clone());
    world.set(&kyc, 522, Status::Revoked).unwrap();
    let full = MAX_TTL - 1;
    assert_eq!(ttls(&world, 0, 2), (full, full));
    world.env.ledger().with_mut(|ledger| ledger.sequence_number += 100 * DAY);
    client(&world).extend_ttl(&kyc, &LIST, &Purpose::Revocation, &2);
    assert_eq!(world.env.auths(), []);
    assert_eq!(ttls(&world, 0, 2), (full, full));
}

#[test]
fn what_is_not_there_is_not_extended() {
    let world = world();
    let kyc = world.native();
    let beyond = client(&world).try_extend_ttl(&kyc, &LIST, &Purpose::Revocation, &512);
    assert_eq!(done(beyond), Err(Some(Refusal::IndexOutOfRange)));
    world.set(&kyc, 0, Status::Revoked).unwrap();
    client(&world).extend_ttl(&kyc, &LIST, &Purpose::Revocation, &511);
    assert_eq!(world.word(&kyc, Purpose::Revocation, 511), [0; 32]);
}
