use credential_status::{Purpose, Status};
use sha3::{Digest, Keccak256};

use crate::support::{NOW, Verbs, World, bits, change};

/// The encoding of `contracts/README.md`, written out.
fn encode(issuer: &str, list: u32, purpose: u8, word_index: u16, word: &[u32]) -> Vec<u8> {
    let mut bytes = vec![4, 0, issuer.len() as u8];
    bytes.extend_from_slice(issuer.as_bytes());
    bytes.extend_from_slice(&list.to_be_bytes());
    bytes.push(purpose);
    bytes.extend_from_slice(&word_index.to_be_bytes());
    bytes.extend_from_slice(&bits(word).0);
    bytes.extend_from_slice(&NOW.to_be_bytes());
    bytes
}

#[test]
fn the_head_takes_in_every_change_in_order() {
    let mut world = World::new();
    world.set("kyc.near", u32::MAX, 522, Status::Revoked).unwrap();
    world
        .set_words("kyc.near", Purpose::Suspension, vec![change(511, &[255], &[]), change(0, &[0, 9], &[])])
        .unwrap();
    let mut head = [0; 32];
    for event in [
        encode("kyc.near", u32::MAX, 0, 2, &[10]),
        encode("kyc.near", 0, 1, 511, &[255]),
        encode("kyc.near", 0, 1, 0, &[0, 9]),
    ] {
        head = Keccak256::digest([head.to_vec(), event].concat()).into();
    }
    assert_eq!(world.head(), head);
}
