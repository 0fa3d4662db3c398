use idos_devnet_stellar::chain::{AppliedTransaction, NotTaken};
use stellar_xdr::{
    InnerTransactionResultPair, InnerTransactionResultResult, TransactionEnvelope,
    TransactionResultResult as Code,
};

use crate::support::{LUMEN, World, event, key, operation};

fn inner_result(applied: &AppliedTransaction) -> &InnerTransactionResultPair {
    match &applied.result.result {
        Code::TxFeeBumpInnerSuccess(inner) | Code::TxFeeBumpInnerFailed(inner) => inner,
        other => panic!("expected the result of a fee bump, got {other:?}"),
    }
}

/// Alice pays Bob, for a fee of 100, and Carol bumps it.
fn bumped(world: &World, fee: i64) -> TransactionEnvelope {
    let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), LUMEN)]);
    world.bump(world.sign_v1(tx, &[&key("alice")]), &key("carol"), fee)
}

#[test]
fn somebody_else_pays_the_fee() {
    let mut world = World::with(&["alice", "bob", "carol"]);
    let applied = world.run(bumped(&world, 5_000));
    assert!(applied.is_success());
    assert_eq!(applied.result.fee_charged, 200, "one operation more, at the base fee");
    assert_eq!(world.balance(&key("alice")), 9_999 * LUMEN);
    assert_eq!(world.balance(&key("carol")), 10_000 * LUMEN - 200);
    let fee = &event::meta(&applied).events[0].event;
    assert_eq!(event::data(fee), event::int128(200));
}

#[test]
fn both_hashes_find_it() {
    let mut world = World::with(&["alice", "bob", "carol"]);
    let applied = world.run(bumped(&world, 5_000));
    let inner = applied.inner_hash.clone().unwrap();
    assert_eq!(inner_result(&applied).transaction_hash, inner);
    assert_eq!(world.applied(&inner).hash, applied.hash);
}

#[test]
fn a_failed_inner_transaction_is_told_as_such_and_paid_for() {
    let mut world = World::with(&["alice", "carol"]);
    let applied = world.run(bumped(&world, 5_000));
    assert!(!applied.is_success());
    assert!(matches!(inner_result(&applied).result.result, InnerTransactionResultResult::TxFailed(_)));
    assert_eq!(world.balance(&key("carol")), 10_000 * LUMEN - 200);
}

#[test]
fn a_bump_that_is_none_is_refused() {
    let mut world = World::with(&["alice", "bob", "carol"]);
    let tx = |world: &World, fee: u32| {
        let mut tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
        tx.fee = fee;
        world.sign_v1(tx, &[&key("alice")])
    };
    let rows = [
        ("below the least", 100, 199, "carol", Code::TxInsufficientFee),
        ("less an operation than inside", 1_000, 1_999, "carol", Code::TxInsufficientFee),
        ("a payer without account", 100, 200, "nobody", Code::TxNoAccount),
        ("more than the payer has", 100, 10_000 * LUMEN, "carol", Code::TxInsufficientBalance),
        ("less than nothing", 100, -1, "carol", Code::TxMalformed),
    ];
    for (name, inside, outside, payer, expected) in rows {
        let envelope = world.bump(tx(&world, inside), &key(payer), outside);
        assert_eq!(world.refusal(envelope), expected, "{name}");
    }
    let mut unsigned = bumped(&world, 5_000);
    if let TransactionEnvelope::TxFeeBump(bump) = &mut unsigned {
        bump.signatures = Default::default();
    }
    assert_eq!(world.refusal(unsigned), Code::TxBadAuth);
}

#[test]
fn an_invalid_inner_transaction_is_told_inside() {
    let mut world = World::with(&["alice", "bob", "carol"]);
    let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), 1)]);
    let envelope = world.bump(world.sign_v1(tx, &[]), &key("carol"), 5_000);
    match world.refusal(envelope) {
        Code::TxFeeBumpInnerFailed(inner) => {
            assert_eq!(inner.result.result, InnerTransactionResultResult::TxBadAuth);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_much_higher_bump_takes_the_place_of_a_waiting_transaction() {
    let mut world = World::with(&["alice", "bob", "carol"]);
    let tx = world.transaction(&key("alice"), vec![operation::pay(&key("bob"), LUMEN)]);
    let plain = world.sign(tx, &[&key("alice")]);
    let plain_hash = world.network.submit(plain).unwrap();
    match world.network.submit(bumped(&world, 1_999)) {
        Err(NotTaken::Invalid { result, .. }) => {
            assert_eq!((result.result, result.fee_charged), (Code::TxInsufficientFee, 2_000));
        }
        other => panic!("{other:?}"),
    }
    let bumped = world.network.submit(bumped(&world, 2_000)).unwrap();
    world.close();
    assert!(world.applied(&bumped).is_success());
    assert_eq!(world.applied(&plain_hash).hash, bumped, "the plain one is inside");
    assert_eq!(world.balance(&key("bob")), 10_001 * LUMEN);
}

#[test]
fn the_fee_of_a_contract_call_can_be_paid_from_outside_altogether() {
    let mut world = World::with(&["alice", "carol"]);
    let (alice, carol) = (key("alice"), key("carol"));
    let deployed = world.deploy(&alice);
    let before = world.balance(&alice);
    let mut tx = world.prepare(&alice, deployed.call("time", vec![]));
    let offered = i64::from(tx.fee) + 100;
    tx.fee = 0;
    let applied = world.run(world.bump(world.sign_v1(tx, &[&alice]), &carol, offered));
    assert!(applied.is_success(), "{:?}", applied.result);
    assert_eq!(world.balance(&alice), before);
    assert_eq!(world.balance(&carol), 10_000 * LUMEN - applied.result.fee_charged);
    assert!(applied.result.fee_charged < offered, "what was not needed went back to the payer");
}
