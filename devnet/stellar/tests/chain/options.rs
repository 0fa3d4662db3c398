use stellar_xdr::{
    OperationResult, OperationResultTr, SetOptionsOp, SetOptionsResult, Signer, SignerKey,
    SignerKeyEd25519SignedPayload, String32, Uint256,
};

use crate::support::operation::{NO_OPTIONS, ed25519, set_options, set_signer};
use crate::support::world::last_result;
use crate::support::{LUMEN, World, account_id, key};

fn domain(text: &[u8]) -> Option<String32> {
    Some(String32(text.to_vec().try_into().unwrap()))
}

#[test]
fn options_are_set() {
    let mut world = World::with(&["alice", "bob"]);
    let alice = key("alice");
    let options = SetOptionsOp {
        inflation_dest: Some(account_id(&key("bob"))),
        clear_flags: None,
        set_flags: Some(3),
        master_weight: Some(10),
        low_threshold: Some(1),
        med_threshold: Some(2),
        high_threshold: Some(3),
        home_domain: domain(b"idos.example"),
        signer: Some(Signer { key: ed25519(&key("bob")), weight: 5 }),
    };
    assert!(world.run_signed(&alice, vec![set_options(options)]).is_success());
    let account = world.account(&alice).unwrap();
    assert_eq!(account.thresholds.0, [10, 1, 2, 3]);
    assert_eq!((account.flags, account.num_sub_entries), (3, 1));
    assert_eq!(account.home_domain.0.to_string(), "idos.example");
    assert_eq!(account.inflation_dest, Some(account_id(&key("bob"))));
    assert_eq!(account.signers[0].weight, 5);
}

#[test]
fn signers_are_kept_in_order_changed_and_removed() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    for name in ["carol", "bob", "dave"] {
        assert!(world.run_signed(&alice, vec![set_signer(ed25519(&key(name)), 1)]).is_success());
    }
    let account = world.account(&alice).unwrap();
    assert!(account.signers.windows(2).all(|pair| pair[0].key < pair[1].key));
    assert!(world.run_signed(&alice, vec![set_signer(ed25519(&key("bob")), 7)]).is_success());
    assert!(world.run_signed(&alice, vec![set_signer(ed25519(&key("carol")), 0)]).is_success());
    assert!(world.run_signed(&alice, vec![set_signer(ed25519(&key("nobody")), 0)]).is_success());
    let account = world.account(&alice).unwrap();
    let mut weights: Vec<_> = account.signers.iter().map(|signer| signer.weight).collect();
    weights.sort_unstable();
    assert_eq!((weights, account.num_sub_entries), (vec![1, 7], 2));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let alice = key("alice");
    let signer = |key, weight| SetOptionsOp { signer: Some(Signer { key, weight }), ..NO_OPTIONS };
    let empty_payload = SignerKey::Ed25519SignedPayload(SignerKeyEd25519SignedPayload {
        ed25519: Uint256([1; 32]),
        payload: Default::default(),
    });
    let rows = [
        ("unknown flag", SetOptionsOp { set_flags: Some(16), ..NO_OPTIONS }, SetOptionsResult::UnknownFlag),
        (
            "set and cleared",
            SetOptionsOp { set_flags: Some(1), clear_flags: Some(1), ..NO_OPTIONS },
            SetOptionsResult::BadFlags,
        ),
        (
            "weight",
            SetOptionsOp { master_weight: Some(256), ..NO_OPTIONS },
            SetOptionsResult::ThresholdOutOfRange,
        ),
        (
            "threshold",
            SetOptionsOp { high_threshold: Some(256), ..NO_OPTIONS },
            SetOptionsResult::ThresholdOutOfRange,
        ),
        ("the own key", signer(ed25519(&alice), 1), SetOptionsResult::BadSigner),
        ("signer's weight", signer(ed25519(&key("bob")), 256), SetOptionsResult::BadSigner),
        ("empty payload", signer(empty_payload, 1), SetOptionsResult::BadSigner),
        (
            "domain",
            SetOptionsOp { home_domain: domain(b"a\nb"), ..NO_OPTIONS },
            SetOptionsResult::InvalidHomeDomain,
        ),
    ];
    let mut world = World::with(&["alice"]);
    for (name, options, expected) in rows {
        let result = world.operation_refusal(&alice, set_options(options));
        assert_eq!(result, OperationResult::OpInner(OperationResultTr::SetOptions(expected)), "{name}");
    }
}

#[test]
fn options_that_the_state_forbids_fail() {
    let options = |set: SetOptionsOp| vec![set_options(set)];
    let nobody = Some(account_id(&key("nobody")));
    let immutable = SetOptionsOp { set_flags: Some(4), ..NO_OPTIONS };
    let mut world = World::with(&["alice"]);
    world.fund(&key("poor"), LUMEN + 1_000);
    let rows = [
        (
            "inflation",
            "alice",
            options(SetOptionsOp { inflation_dest: nobody, ..NO_OPTIONS }),
            SetOptionsResult::InvalidInflation,
        ),
        (
            "clawback alone",
            "alice",
            options(SetOptionsOp { set_flags: Some(8), ..NO_OPTIONS }),
            SetOptionsResult::AuthRevocableRequired,
        ),
        (
            "immutable",
            "alice",
            vec![set_options(immutable), set_options(SetOptionsOp { clear_flags: Some(4), ..NO_OPTIONS })],
            SetOptionsResult::CantChange,
        ),
        ("no reserve", "poor", vec![set_signer(ed25519(&key("bob")), 1)], SetOptionsResult::LowReserve),
        (
            "a signer too many",
            "alice",
            (0..21).map(|index| set_signer(ed25519(&key(&format!("signer {index}"))), 1)).collect(),
            SetOptionsResult::TooManySigners,
        ),
    ];
    for (name, who, operations, expected) in rows {
        let applied = world.run_signed(&key(who), operations);
        assert_eq!(last_result(&applied), OperationResultTr::SetOptions(expected), "{name}");
    }
}
