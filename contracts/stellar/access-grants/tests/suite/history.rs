use idos_stellar_protocol::Account;
use sha3::{Digest, Keccak256};
use soroban_sdk::{Address, xdr};

use crate::support::{NOW, Verbs, world};

/// Kind, length, bytes, as the specification has them.
fn encoded(account: &Account) -> Vec<u8> {
    match account {
        Account::Native(address) => match xdr::ScAddress::from(address) {
            xdr::ScAddress::Account(xdr::AccountId(xdr::PublicKey::PublicKeyTypeEd25519(key))) => {
                [[0, 33, 0x30].as_slice(), &key.0].concat()
            }
            xdr::ScAddress::Contract(id) => [[0, 33, 0x10].as_slice(), &id.0.0].concat(),
            other => panic!("not an owner: {other:?}"),
        },
        Account::Ed25519(key) => [[1, 32].as_slice(), &key.to_array()].concat(),
        Account::Secp256k1(key) => [[2, 33].as_slice(), &key.to_array()].concat(),
        Account::Secp256r1(key) => [[3, 33].as_slice(), &key.to_array()].concat(),
    }
}

fn folded(
    head: [u8; 32],
    tag: u8,
    owner: &Account,
    grantee: &Account,
    id: u8,
    lock: u64,
    at: u64,
) -> [u8; 32] {
    let mut bytes = head.to_vec();
    bytes.push(tag);
    bytes.extend(encoded(owner));
    bytes.extend(encoded(grantee));
    bytes.extend([id; 32]);
    bytes.extend(lock.to_be_bytes());
    bytes.extend(at.to_be_bytes());
    Keccak256::digest(bytes).into()
}

#[test]
fn the_head_folds_every_event_as_the_specification_says() {
    let world = world();
    let account = Address::from_str(&world.env, "GDIEVMRSOQV3JKZ2CNUL2RQV4TTNAISKW4NAC25PQUQKGMWJO6DTOAE7");
    let alice = Account::Native(account);
    let grantees = [
        Account::Native(world.id.clone()),
        Account::Ed25519(world.bytes(7)),
        Account::Secp256k1(idos_stellar_testing::world::bytes_n(&world.env, &[2; 33])),
        Account::Secp256r1(idos_stellar_testing::world::bytes_n(&world.env, &[3; 33])),
    ];
    let mut head = [0; 32];
    assert_eq!(world.head(), head);
    for grantee in &grantees {
        world.at(NOW).create(&alice, grantee, 1, 0).unwrap();
        head = folded(head, 1, &alice, grantee, 1, 0, NOW);
        assert_eq!(world.head(), head);
        world.at(NOW + 1).extend(&alice, grantee, 1, NOW + 60).unwrap();
        head = folded(head, 2, &alice, grantee, 1, NOW + 60, NOW + 1);
        assert_eq!(world.head(), head);
        world.at(NOW + 61).revoke(&alice, grantee, 1).unwrap();
        head = folded(head, 3, &alice, grantee, 1, NOW + 60, NOW + 61);
        assert_eq!(world.head(), head);
    }
}

/// The worked example of `contracts/README.md`.
#[test]
fn the_specifications_example() {
    let world = world();
    let account = |strkey| Account::Native(Address::from_str(&world.env, strkey));
    let alice = account("GDIEVMRSOQV3JKZ2CNUL2RQV4TTNAISKW4NAC25PQUQKGMWJO6DTOAE7");
    let bank = account("GB6VTRLCHXKAU5FKJVNDFLDELU5T7FO25LSMEK7CKR3N22SIN5ZYFLMX");
    let head = |world: &idos_stellar_testing::World| hex::encode(world.head());
    world.at(1_800_000_000).create(&alice, &bank, 0x33, 1_800_086_400).unwrap();
    let created = head(&world);
    world.at(1_800_000_060).extend(&alice, &bank, 0x33, 1_802_592_000).unwrap();
    let extended = head(&world);
    world.at(1_802_592_001).revoke(&alice, &bank, 0x33).unwrap();
    let readme = include_str!("../../../../README.md");
    for head in [created, extended, head(&world)] {
        assert!(readme.contains(&format!("head 0x{head}")), "the specification lacks head 0x{head}");
    }
}
