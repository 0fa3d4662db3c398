use sha2::{Digest, Sha256};
use stellar_xdr::{
    BytesM, DecoratedSignature, OperationResult, SetOptionsOp, Signature, SignatureHint, SignerKey,
    SignerKeyEd25519SignedPayload, TransactionEnvelope, TransactionResultResult as Code, Uint256,
};

use crate::support::operation::{NO_OPTIONS, ed25519, pay, set_options, set_signer};
use crate::support::world::decorated;
use crate::support::{LUMEN, World, key};

/// Alice's account: her own key weighs 1, Bob's and Carol's too. A payment needs 2, a change of signers 3.
fn shared_account() -> World {
    let mut world = World::with(&["alice"]);
    let thresholds = SetOptionsOp {
        low_threshold: Some(1),
        med_threshold: Some(2),
        high_threshold: Some(3),
        ..NO_OPTIONS
    };
    let operations = vec![
        set_signer(ed25519(&key("bob")), 1),
        set_signer(ed25519(&key("carol")), 1),
        set_options(thresholds),
    ];
    assert!(world.run_signed(&key("alice"), operations).is_success());
    world
}

fn signed_by(world: &World, operation: stellar_xdr::Operation, names: &[&str]) -> TransactionEnvelope {
    let keys: Vec<_> = names.iter().map(|name| key(name)).collect();
    let tx = world.transaction(&key("alice"), vec![operation]);
    world.sign(tx, &keys.iter().collect::<Vec<_>>())
}

#[test]
fn signers_reach_an_operations_threshold_together() {
    let home = || set_options(SetOptionsOp { master_weight: Some(1), ..NO_OPTIONS });
    let bad_auth = || Some(Code::TxFailed(vec![OperationResult::OpBadAuth].try_into().unwrap()));
    let rows: [(&str, stellar_xdr::Operation, &[&str], Option<Code>); 8] = [
        ("a payment by one", pay(&key("alice"), 1), &["alice"], bad_auth()),
        ("a payment by two", pay(&key("alice"), 1), &["alice", "bob"], None),
        ("a payment by others", pay(&key("alice"), 1), &["bob", "carol"], None),
        ("a payment by all", pay(&key("alice"), 1), &["alice", "bob", "carol"], Some(Code::TxBadAuthExtra)),
        ("weights by two", home(), &["alice", "bob"], bad_auth()),
        ("weights by all", home(), &["alice", "bob", "carol"], None),
        ("one twice", pay(&key("alice"), 1), &["bob", "bob"], bad_auth()),
        ("a stranger", pay(&key("alice"), 1), &["mallory"], Some(Code::TxBadAuth)),
    ];
    for (name, operation, names, expected) in rows {
        let mut world = shared_account();
        let envelope = signed_by(&world, operation, names);
        match expected {
            Some(code) => assert_eq!(world.refusal(envelope), code, "{name}"),
            None => assert!(world.run(envelope).is_success(), "{name}"),
        }
    }
}

#[test]
fn a_master_key_without_weight_signs_nothing() {
    let mut world = World::with(&["alice"]);
    let operations = vec![
        set_signer(ed25519(&key("bob")), 1),
        set_options(SetOptionsOp { master_weight: Some(0), ..NO_OPTIONS }),
    ];
    assert!(world.run_signed(&key("alice"), operations).is_success());
    let by_alice = signed_by(&world, pay(&key("alice"), 1), &["alice"]);
    assert_eq!(world.refusal(by_alice), Code::TxBadAuth);
    assert!(world.run(signed_by(&world, pay(&key("alice"), 1), &["bob"])).is_success());
}

#[test]
fn a_signature_counts_only_under_its_hint() {
    let mut world = World::with(&["alice"]);
    let mut envelope = signed_by(&world, pay(&key("alice"), 1), &["alice"]);
    if let TransactionEnvelope::Tx(v1) = &mut envelope {
        let mut signature = v1.signatures[0].clone();
        signature.hint = SignatureHint([0; 4]);
        v1.signatures = vec![signature].try_into().unwrap();
    }
    assert_eq!(world.refusal(envelope), Code::TxBadAuth);
}

#[test]
fn who_knows_the_preimage_of_a_hash_signs() {
    let mut world = World::with(&["alice"]);
    let secret = b"open sesame".to_vec();
    let hash: [u8; 32] = Sha256::digest(&secret).into();
    let add = set_signer(SignerKey::HashX(Uint256(hash)), 1);
    assert!(world.run_signed(&key("alice"), vec![add]).is_success());
    let with = |world: &World, preimage: Vec<u8>| {
        let mut envelope = world.sign_v1(world.transaction(&key("alice"), vec![pay(&key("alice"), 1)]), &[]);
        let hint = SignatureHint(hash[28..].try_into().unwrap());
        let signature = Signature(BytesM::try_from(preimage).unwrap());
        envelope.signatures = vec![DecoratedSignature { hint, signature }].try_into().unwrap();
        TransactionEnvelope::Tx(envelope)
    };
    let wrong = with(&world, b"open barley".to_vec());
    assert_eq!(world.refusal(wrong), Code::TxBadAuth);
    assert!(world.run(with(&world, secret)).is_success());
}

#[test]
fn a_signature_over_a_payload_signs_every_transaction() {
    let mut world = World::with(&["alice"]);
    let bob = key("bob");
    let payload = b"a payload of our own".to_vec();
    let signer = SignerKey::Ed25519SignedPayload(SignerKeyEd25519SignedPayload {
        ed25519: Uint256(bob.verifying_key().to_bytes()),
        payload: payload.clone().try_into().unwrap(),
    });
    assert!(world.run_signed(&key("alice"), vec![set_signer(signer, 1)]).is_success());
    let mut signature = decorated(&bob, &payload);
    let tail = &payload[payload.len() - 4..];
    signature.hint.0.iter_mut().zip(tail).for_each(|(hint, byte)| *hint ^= byte);
    let mut envelope = world.sign_v1(world.transaction(&key("alice"), vec![pay(&key("alice"), 1)]), &[]);
    envelope.signatures = vec![signature].try_into().unwrap();
    assert!(world.run(TransactionEnvelope::Tx(envelope)).is_success());
}

#[test]
fn a_transaction_that_was_signed_in_advance_needs_no_signature_and_works_once() {
    let mut world = World::with(&["alice", "bob"]);
    let alice = key("alice");
    let mut later = world.transaction(&alice, vec![pay(&key("bob"), LUMEN)]);
    later.seq_num.0 += 1;
    let hash = later.hash(world.network.network_id().0).unwrap();
    assert!(world.run_signed(&alice, vec![set_signer(SignerKey::PreAuthTx(Uint256(hash)), 1)]).is_success());
    let mut other = later.clone();
    other.fee = 101;
    let other = world.sign(other, &[]);
    assert_eq!(world.refusal(other), Code::TxBadAuth);
    assert!(world.run(world.sign(later, &[])).is_success());
    let account = world.account(&alice).unwrap();
    assert!(account.signers.is_empty(), "the signer is gone");
    assert_eq!(account.num_sub_entries, 0);
}
