use credential_status::Status;
use idos_stellar_protocol::Account;
use sha3::{Digest, Keccak256};
use soroban_sdk::Address;

use crate::support::{LIST, Verbs, bit, world};

#[test]
fn the_head_folds_every_event_as_the_specification_says() {
    let world = world();
    let kyc = Account::Native(world.id.clone());
    world.at(1_800_000_000).set(&kyc, 522, Status::Revoked).unwrap();
    let mut bytes = vec![0; 32];
    bytes.extend([4, 0, 33, 0x10]);
    bytes.extend([1; 32]);
    bytes.extend(LIST.to_be_bytes());
    bytes.push(0);
    bytes.extend(2_u16.to_be_bytes());
    bytes.extend(bit(10));
    bytes.extend(1_800_000_000_u64.to_be_bytes());
    let head = Keccak256::digest(bytes);
    assert_eq!(world.head(), head[..]);
    world.at(1_800_000_001).set(&kyc, 131_071, Status::Suspended).unwrap();
    let mut bytes = head.to_vec();
    bytes.extend([4, 0, 33, 0x10]);
    bytes.extend([1; 32]);
    bytes.extend(LIST.to_be_bytes());
    bytes.push(1);
    bytes.extend(511_u16.to_be_bytes());
    bytes.extend(bit(255));
    bytes.extend(1_800_000_001_u64.to_be_bytes());
    assert_eq!(world.head(), Keccak256::digest(bytes)[..]);
}

/// The worked example of `contracts/README.md`.
#[test]
fn the_specifications_example() {
    let world = world();
    let strkey = "GDIEVMRSOQV3JKZ2CNUL2RQV4TTNAISKW4NAC25PQUQKGMWJO6DTOAE7";
    let kyc = Account::Native(Address::from_str(&world.env, strkey));
    world.at(1_800_000_000).set(&kyc, 522, Status::Revoked).unwrap();
    let readme = include_str!("../../../../README.md");
    let head = hex::encode(world.head());
    assert!(readme.contains(&format!("head 0x{head}")), "the specification lacks head 0x{head}");
}
