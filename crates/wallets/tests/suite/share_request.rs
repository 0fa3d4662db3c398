//! What owners ask of the nodes that keep key shares: the vectors were made with other implementations (ethers v6, @noble/curves, @stellar/stellar-base,
//! ripple-keypairs), and nothing that was signed counts for anything else.

use std::collections::HashSet;

use ed25519_dalek::{Signer, SigningKey};
use idos_grants::Account;
use idos_wallets::{share_request::MAX_LIFETIME_SECS, *};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{EXAMPLE_KEY, Key};

const NOW: u64 = 1_760_000_000;

#[derive(Deserialize)]
struct Vector {
    name: String,
    fields: ShareRequest,
    digest: Option<String>,
    message: Option<String>,
    signature: Signature,
}

fn vectors() -> Vec<Vector> {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../../vectors/share_request.json")).unwrap();
    // Eight operations by five kinds of wallet.
    assert_eq!(vectors.len(), 40);
    vectors
}

#[test]
fn a_request_is_signed_as_the_vectors_say() {
    for Vector { name, fields, digest, message, signature } in vectors() {
        match fields.signable().unwrap() {
            Signable::TypedData(hash) => {
                assert_eq!(Some(format!("0x{}", hex::encode(hash))), digest, "{name}");
                assert_eq!(Key::new(&EXAMPLE_KEY).sign_digest(&hash), signature.as_bytes(), "{name}");
            }
            Signable::Message(rendered) => {
                assert_eq!(Some(rendered.text()), message.as_deref(), "{name}");
                assert_eq!(rendered.recipient(), "idOS key shares", "{name}");
            }
            Signable::Authorization(_) => panic!("{name}"),
        }
        let account = fields.account;
        let proof = SignedShareRequest { request: fields, signature }.proof().unwrap();
        let is_its = match proof {
            Proof::Key(wallet) => wallet.controls(&account),
            Proof::AccessKey(check) => check.account() == account,
            Proof::ContractCall(_) => false,
        };
        assert!(is_its, "{name}");
    }
}

#[test]
fn the_signature_of_one_operation_proves_no_other() {
    let vectors = vectors();
    for signed in &vectors {
        for other in vectors
            .iter()
            .filter(|other| other.fields != signed.fields && other.fields.account == signed.fields.account)
        {
            let replayed =
                SignedShareRequest { request: other.fields.clone(), signature: signed.signature.clone() };
            let proof = replayed.proof();
            // An EVM account may be a contract: then it is asked, and one without code answers nothing.
            let proves = !matches!(proof, Err(_) | Ok(Proof::ContractCall(_)));
            assert!(!proves, "{} as {}", signed.name, other.name);
        }
    }
}

#[derive(Deserialize)]
struct SetVector {
    name: String,
    set: NodeSet,
    digest: String,
    kdf: String,
}

#[test]
fn node_sets_and_their_key_statements_are_as_the_vectors_say() {
    let vectors: Vec<SetVector> = serde_json::from_str(include_str!("../../vectors/node_set.json")).unwrap();
    for SetVector { name, set, digest, kdf } in vectors {
        assert_eq!(hex::encode(set.digest()), digest, "{name}");
        let shared = SharedKey::among(&set);
        assert_eq!(shared.kdf_text().unwrap().as_str(), kdf, "{name}");
        assert!(kdf.parse::<SharedKey>().unwrap().is_among(&set), "{name}");
    }
}

fn did(number: u8) -> NodeDid {
    NodeDid::from_key(SigningKey::from_bytes(&[number; 32]).verifying_key().as_bytes()).unwrap()
}

fn set(threshold: u8, numbers: impl IntoIterator<Item = u8>) -> NodeSet {
    let node =
        |number| ShareNode { did: did(number), url: format!("https://n{number}.example").parse().unwrap() };
    NodeSet::new(threshold, numbers.into_iter().map(node).collect()).unwrap()
}

fn request(account: &str) -> ShareRequest {
    ShareRequest {
        operation: ShareOperation::Store { dealing: [3; 32] },
        profile_id: Uuid::from_u128(1),
        account: account.parse().unwrap(),
        stored_by: account.parse().unwrap(),
        node_set: set(3, 1..=5),
        reply_key: [9; 32],
        nonce: "a1B2c3D4e5F6g7H8".parse().unwrap(),
        issued_at: NOW,
        expires_at: NOW + 600,
    }
}

#[test]
fn whatever_is_changed_changes_what_is_signed() {
    let other: Account = "near:mainnet:other.near".parse().unwrap();
    for account in ["eip155:1:0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f", "near:mainnet:alice.near"] {
        let of = |change: &dyn Fn(&mut ShareRequest)| {
            let mut request = request(account);
            change(&mut request);
            request.signable().unwrap().digest()
        };
        let same_family: Account = account.replace(":1:", ":10:").replace("alice", "bob").parse().unwrap();
        use ShareOperation::*;
        let digests = [
            of(&|_| {}),
            of(&|request| request.operation = Store { dealing: [4; 32] }),
            of(&|request| request.operation = PrepareRefresh { dealing: [3; 32] }),
            of(&|request| request.operation = CommitRefresh { dealing: [3; 32] }),
            of(&|request| request.operation = Release {}),
            of(&|request| request.operation = Delete {}),
            of(&|request| request.operation = Audit {}),
            of(&|request| request.operation = AddWallet { wallet: other }),
            of(&|request| request.operation = AddWallet { wallet: same_family }),
            of(&|request| request.operation = RemoveWallet { wallet: other }),
            of(&|request| request.profile_id = Uuid::from_u128(2)),
            of(&|request| request.account = same_family),
            of(&|request| request.stored_by = same_family),
            of(&|request| request.stored_by = other),
            of(&|request| request.node_set = set(2, 1..=5)),
            of(&|request| request.node_set = set(3, 1..=6)),
            of(&|request| request.node_set = set(3, [2, 1, 3, 4, 5])),
            of(&|request| request.reply_key = [8; 32]),
            of(&|request| request.nonce = "a1B2c3D4e5F6g7H9".parse().unwrap()),
            of(&|request| request.issued_at += 1),
            of(&|request| request.expires_at -= 1),
        ];
        assert_eq!(digests.iter().collect::<HashSet<_>>().len(), digests.len(), "{account}");
    }
}

#[test]
fn the_identity_of_a_node_is_signed_though_only_its_host_is_shown() {
    let mut nodes = set(3, 1..=5).nodes().to_vec();
    nodes[0].did = did(9);
    let swapped =
        ShareRequest { node_set: NodeSet::new(3, nodes).unwrap(), ..request("near:mainnet:alice.near") };
    assert_eq!(swapped.node_set.hosts(), set(3, 1..=5).hosts());
    assert_ne!(swapped.signable(), request("near:mainnet:alice.near").signable());
}

#[test]
fn a_request_counts_at_its_nodes_and_in_its_time_only() {
    use MessageError::*;
    let original = || request("near:mainnet:alice.near");
    let with = |issued_at, expires_at| ShareRequest { issued_at, expires_at, ..original() };
    let table = [
        ("just issued", original(), NOW, 1, Ok(1)),
        ("at the last node", original(), NOW, 5, Ok(5)),
        ("at a node of no such set", original(), NOW, 6, Err(ShareRequestError::OtherNodes)),
        (
            "storing in another's name",
            ShareRequest { stored_by: "near:mainnet:mallory.near".parse().unwrap(), ..original() },
            NOW,
            1,
            Err(ShareRequestError::OtherStorer),
        ),
        ("a minute of skew", original(), NOW - 60, 1, Ok(1)),
        ("not yet valid", original(), NOW - 61, 1, Err(NotYetValid.into())),
        ("its last second", original(), NOW + 599, 1, Ok(1)),
        ("expired", original(), NOW + 600, 1, Err(Expired.into())),
        ("long expired", original(), u64::MAX, 1, Err(Expired.into())),
        ("the longest life", with(NOW, NOW + MAX_LIFETIME_SECS), NOW, 1, Ok(1)),
        ("a longer one", with(NOW, NOW + MAX_LIFETIME_SECS + 1), NOW, 1, Err(WrongLifetime.into())),
        ("none", with(NOW, NOW), NOW, 1, Err(WrongLifetime.into())),
        ("backwards", with(NOW, NOW - 1), NOW, 1, Err(WrongLifetime.into())),
        ("for ever", with(0, u64::MAX), NOW, 1, Err(WrongLifetime.into())),
    ];
    for (name, request, now, node, expected) in table {
        assert_eq!(request.check(now, &did(node)), expected, "{name}");
    }
}

#[test]
fn a_time_that_cannot_be_written_is_never_signed() {
    for account in ["eip155:1:0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f", "near:mainnet:alice.near"] {
        let milliseconds = ShareRequest { issued_at: u64::MAX - 1, expires_at: u64::MAX, ..request(account) };
        assert_eq!(milliseconds.signable(), Err(MessageError::TimeOutOfRange));
        let signature = Signature::new([0; 97]).unwrap();
        assert_eq!(
            SignedShareRequest { request: milliseconds, signature }.proof(),
            Err(SignatureError::OtherSigner)
        );
    }
}

#[test]
fn a_new_request_has_its_own_nonce_and_stands_for_ten_minutes() {
    let new = || {
        let template = request("near:mainnet:alice.near");
        ShareRequest::new(
            ShareOperation::Release {},
            template.shares(),
            template.account,
            template.node_set,
            [1; 32],
            NOW,
            &mut rand_core::OsRng,
        )
    };
    assert_ne!(new().nonce, new().nonce);
    assert_eq!(new().check(NOW + 599, &did(2)), Ok(2));
    assert_eq!(new().check(NOW + 600, &did(2)), Err(MessageError::Expired.into()));
}

#[test]
fn json_is_checked_as_it_is_read() {
    let good = serde_json::to_value(request("near:mainnet:alice.near")).unwrap();
    assert!(serde_json::from_value::<ShareRequest>(good.clone()).is_ok());
    let table = [
        ("an unknown field", "extra", json!(1)),
        ("an unknown operation", "operation", json!({"name": "steal"})),
        ("an operation without its argument", "operation", json!({"name": "store"})),
        (
            "an operation with another's argument",
            "operation",
            json!({"name": "release", "wallet": "near:mainnet:alice.near"}),
        ),
        ("a short dealing", "operation", json!({"name": "store", "dealing": "ab"})),
        ("a short nonce", "nonce", json!("a1B2c3D4e5F6g7H")),
        ("a nonce of two lines", "nonce", json!("a1B2c3D4\ne5F6g7H8")),
        ("a short reply key", "reply_key", json!("AAAA")),
        ("no profile", "profile_id", json!("me")),
        ("a negative time", "issued_at", json!(-1)),
        ("an unknown chain", "account", json!("bip122:1:abc")),
        ("no nodes", "node_set", json!({"threshold": 2, "nodes": []})),
    ];
    for (name, field, value) in table {
        let mut json: Value = good.clone();
        json[field] = value;
        assert!(serde_json::from_value::<ShareRequest>(json).is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn no_signature_but_the_keys_own_proves_a_near_or_stellar_request(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for account in ["near:mainnet:alice.near", "stellar:pubnet:GBXFXNDLV4LSWA4VB7YIL5GBD7BVNR22SGBTDKMO2SBZZHDXSKZYCP7L"] {
            if let Ok(signature) = Signature::new(bytes.clone()) {
                let signed = SignedShareRequest { request: request(account), signature };
                prop_assert!(signed.proof().is_err());
            }
        }
    }
}

#[test]
fn a_node_speaks_with_its_own_key_only() {
    let signature = SigningKey::from_bytes(&[1; 32]).sign(b"hello").to_bytes();
    assert!(did(1).verifies(b"hello", &signature));
    assert!(!did(2).verifies(b"hello", &signature));
    assert!(!did(1).verifies(b"hallo", &signature));
}
