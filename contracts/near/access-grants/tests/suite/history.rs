use access_grants::{AccessGrants, Refusal};
use idos_near_testing::world::hex;
use near_sdk::json_types::U64;
use sha3::{Digest, Keccak256};

use crate::support::{FIRST_GRANT, NOW, Verbs, World, account, data};

/// The encoding of `contracts/README.md`, written out.
fn encode(tag: u8, owner: &str, grantee: &str, id: u8, locked_until: u64, at: u64) -> Vec<u8> {
    let mut bytes = vec![tag];
    for account in [owner, grantee] {
        bytes.extend_from_slice(&[0, account.len() as u8]);
        bytes.extend_from_slice(account.as_bytes());
    }
    bytes.extend_from_slice(&data(id).0);
    bytes.extend_from_slice(&locked_until.to_be_bytes());
    bytes.extend_from_slice(&at.to_be_bytes());
    bytes
}

#[test]
fn the_head_takes_in_every_event_in_order() {
    let mut world = World::new();
    assert_eq!(world.head(), [0; 32]);
    let longest = "c".repeat(64);
    world.create("alice.near", &longest, 1, NOW + 60, NOW).unwrap();
    world.extend("alice.near", &longest, 1, NOW + 90, NOW + 1).unwrap();
    world.revoke("alice.near", &longest, 1, NOW + 91).unwrap();
    let mut head = [0; 32];
    for event in [
        encode(1, "alice.near", &longest, 1, NOW + 60, NOW),
        encode(2, "alice.near", &longest, 1, NOW + 90, NOW + 1),
        encode(3, "alice.near", &longest, 1, NOW + 90, NOW + 91),
    ] {
        head = Keccak256::digest([head.to_vec(), event].concat()).into();
    }
    assert_eq!(world.head(), head);
}

/// `contracts/README.md` prints these for whoever implements the encoding.
#[test]
fn the_worked_example_is_right() {
    let mut world = World::new();
    let call = |world: &mut World, at, verb: &dyn Fn(&mut AccessGrants) -> Result<(), Refusal>| {
        world.call("alice.near", at, FIRST_GRANT, |contract| verb(contract)).unwrap();
        hex(&world.head())
    };
    let (bank, id) = (account("bank.near"), data(0x33));
    let created =
        call(&mut world, 1_800_000_000, &|it| it.create_grant(bank.clone(), id, U64(1_800_086_400)));
    assert_eq!(created, "a5c0397e098cb61039ca346e99da4403157dd9a01e70115922e725a7518157c9");
    let extended =
        call(&mut world, 1_800_000_060, &|it| it.extend_timelock(bank.clone(), id, U64(1_802_592_000)));
    assert_eq!(extended, "55fe201af224ff205758fb67c7bfe8dcd1028584ccb56e38fa65892c4a968c7d");
    let revoked = call(&mut world, 1_802_592_001, &|it| it.revoke_grant(bank.clone(), id));
    assert_eq!(revoked, "ebaf54399414ca8ad578c09991ef9ddab950a305ba5c75dc00e96c06010e53a3");
}
