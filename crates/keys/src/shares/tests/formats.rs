use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn a_threshold_is_bounded() {
    for (required, nodes) in [(2, 2), (2, 3), (3, 5), (7, 10), (16, 16), (2, 16)] {
        let threshold = Threshold::new(required, nodes).unwrap();
        assert_eq!((threshold.required(), threshold.nodes()), (required, nodes));
    }
    for (required, nodes) in [(0, 0), (0, 5), (1, 1), (1, 5), (6, 5), (2, 17), (17, 17), (255, 255)] {
        assert_eq!(Threshold::new(required, nodes), Err(SharingError::Threshold), "{required} of {nodes}");
    }
    assert_eq!(Threshold::default(), Threshold::new(3, 5).unwrap());
}

#[test]
fn a_share_reads_as_it_is_written() {
    let (_, dealt) = dealt(3, 5);
    for share in &dealt.shares {
        assert_eq!(Share::from_bytes(share.to_bytes().as_slice()).as_ref(), Ok(share));
    }
}

#[test]
fn what_is_no_share_is_refused() {
    let with_index = |index: u8, scalar: &[u8]| [&[index], scalar].concat();
    let table = [
        ("empty", vec![], ShareFault::Malformed),
        ("an index alone", vec![1], ShareFault::Malformed),
        ("a byte short", with_index(1, &[0; 31]), ShareFault::Malformed),
        ("a byte long", with_index(1, &[0; 33]), ShareFault::Malformed),
        ("the group's order", with_index(1, &ORDER), ShareFault::Malformed),
        ("all ones", vec![0xff; SHARE_LEN], ShareFault::Malformed),
        ("index 0, where the secret is", with_index(0, &[0; 32]), ShareFault::IndexOutOfRange),
        ("index 17", with_index(17, &[0; 32]), ShareFault::IndexOutOfRange),
        ("index 255", with_index(255, &[0; 32]), ShareFault::IndexOutOfRange),
    ];
    for (name, bytes, fault) in table {
        assert_eq!(Share::from_bytes(&bytes), Err(fault), "{name}");
    }
}

/// 2^252 + 27742317777372353535851937790883648493, little-endian: the first scalar that is none.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn dealing_json() -> Value {
    serde_json::to_value(dealt(3, 5).1.dealing).unwrap()
}

fn with(field: &str, value: Value) -> Value {
    let mut json = dealing_json();
    json[field] = value;
    json
}

#[test]
fn a_dealing_reads_as_it_is_written() {
    let (_, Dealt { dealing, .. }) = dealt(3, 5);
    let json = serde_json::to_string(&dealing).unwrap();
    let read: Dealing = serde_json::from_str(&json).unwrap();
    assert_eq!((&read, read.digest()), (&dealing, dealing.digest()));
    let commitments = dealing.commitments();
    assert_eq!(Commitments::from_bytes(&commitments.to_bytes()).as_ref(), Ok(commitments));
}

#[test]
fn what_is_no_dealing_is_refused() {
    let identity = "00".repeat(32);
    let element = |json: &Value, place: usize| json["commitments"][place].as_str().unwrap().to_owned();
    let original = dealing_json();
    let [first, second, third] = [0, 1, 2].map(|place| element(&original, place));
    let many: Vec<&String> = [&first; 17].to_vec();
    let table = [
        ("another format", with("format", json!("idos dealing v2")), "unknown variant"),
        ("an unknown field", with("note", json!("")), "unknown field"),
        ("epoch 0", with("epoch", json!(0)), "epochs count from 1"),
        ("an epoch too large", with("epoch", json!(1u64 << 32)), "invalid value"),
        ("fewer nodes than required", with("nodes", json!(2)), "at most all are required"),
        ("too many nodes", with("nodes", json!(17)), "at most 16 nodes"),
        ("a short node set", with("node_set", json!("ab")), "64 hex digits"),
        ("no profile", with("profile_id", json!("me")), "UUID"),
        ("no commitments", with("commitments", json!([])), "commitments are 2 to 16"),
        ("one commitment", with("commitments", json!([first])), "commitments are 2 to 16"),
        ("17 commitments", with("commitments", json!(many)), "commitments are 2 to 16"),
        ("a secret of zero", with("commitments", json!([identity, second, third])), "hides nothing"),
        ("a lower degree", with("commitments", json!([first, second, identity])), "hides nothing"),
        ("not an element", with("commitments", json!([first, second, "01".repeat(32)])), "ristretto255"),
        (
            "a second encoding",
            with("commitments", json!([first, second, "ed".to_owned() + &"ff".repeat(30) + "7f"])),
            "ristretto255",
        ),
        ("short hex", with("commitments", json!([first, second, &third[..62]])), "ristretto255"),
        ("not hex", with("commitments", json!([first, second, "zz".repeat(32)])), "ristretto255"),
    ];
    for (name, json, reason) in table {
        let error = serde_json::from_value::<Dealing>(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{name}: {error}");
    }
}

#[test]
fn the_digest_binds_every_field() {
    let (_, Dealt { dealing, .. }) = dealt(3, 5);
    let commitments = || dealing.commitments().clone();
    let terms = *dealing.terms();
    let others = [
        Dealing::new(Terms { profile_id: Uuid::from_u128(9), ..terms }, commitments()),
        Dealing::new(Terms { node_set: [9; 32], ..terms }, commitments()),
        Dealing::new(Terms { epoch: 2, ..terms }, commitments()),
        Dealing::new(Terms { threshold: Threshold::new(3, 6).unwrap(), ..terms }, commitments()),
        Ok(dealt(3, 5).1.dealing),
    ];
    for other in others {
        assert_ne!(other.unwrap().digest(), dealing.digest());
    }
    let wrong = Terms { threshold: Threshold::new(2, 5).unwrap(), ..terms };
    assert_eq!(Dealing::new(wrong, commitments()), Err(SharingError::Threshold));
}

#[test]
fn a_sealed_share_opens_for_its_recipient_only() {
    let (_, dealt) = dealt(3, 5);
    let [node, other] = [0, 1].map(|_| crate::EncryptionSecret::generate(&mut OsRng));
    let sealed = SealedShare::seal(&dealt.shares[2], &node.public(), &mut OsRng).unwrap();
    assert_eq!(sealed.open(&node).as_ref(), Ok(&dealt.shares[2]));
    assert_eq!(sealed.open(&other), Err(ShareFault::Undecryptable));

    let json = serde_json::to_value(&sealed).unwrap();
    assert_eq!(serde_json::from_value::<SealedShare>(json.clone()).unwrap(), sealed);
    let content = json["content"].as_str().unwrap();
    let last = content.len() - 4;
    for bad in ["", &content[..last], &format!("{content}AAAA"), &"A".repeat(1 << 16), "not base64"] {
        let mut json = json.clone();
        json["content"] = bad.into();
        assert!(serde_json::from_value::<SealedShare>(json).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn an_altered_sealed_share_does_not_open(place in 0usize..SEALED_SHARE_LEN, bit in 0u8..8) {
        let (_, dealt) = dealt(2, 2);
        let node = crate::EncryptionSecret::generate(&mut OsRng);
        let sealed = SealedShare::seal(&dealt.shares[0], &node.public(), &mut OsRng).unwrap();
        let mut json = serde_json::to_value(&sealed).unwrap();
        let mut content = STANDARD.decode(json["content"].as_str().unwrap()).unwrap();
        content[place] ^= 1 << bit;
        json["content"] = STANDARD.encode(content).into();
        let altered: SealedShare = serde_json::from_value(json).unwrap();
        prop_assert_eq!(altered.open(&node), Err(ShareFault::Undecryptable));
    }
}
