use stellar_xdr::{
    AlphaNum4, Asset, AssetCode4, Memo, MuxedAccount, MuxedAccountMed25519, OperationBody, OperationResult,
    OperationResultTr, PaymentOp, PaymentResult, ScVal, Uint256,
};

use crate::support::world::{last_result, muxed};
use crate::support::{LUMEN, World, account_id, event, key, operation};

#[test]
fn a_payment_moves_lumens() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    assert!(world.run_signed(&alice, vec![operation::pay(&bob, 7 * LUMEN)]).is_success());
    assert_eq!(world.balance(&alice), 9_993 * LUMEN - 100);
    assert_eq!(world.balance(&bob), 10_007 * LUMEN);
}

#[test]
fn a_payment_to_oneself_changes_nothing_but_the_fee() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    assert!(world.run_signed(&alice, vec![operation::pay(&alice, 99_999 * LUMEN)]).is_success());
    assert_eq!(world.balance(&alice), 10_000 * LUMEN - 100);
}

#[test]
fn payments_that_cannot_be_fail() {
    let rows = [
        ("nobody", "nobody", LUMEN, PaymentResult::NoDestination),
        ("into the reserve", "bob", 9_999 * LUMEN, PaymentResult::Underfunded),
        ("more than a balance holds", "bob", i64::MAX, PaymentResult::LineFull),
    ];
    for (name, destination, amount, expected) in rows {
        let mut world = World::with(&["alice", "bob"]);
        let applied = world.run_signed(&key("alice"), vec![operation::pay(&key(destination), amount)]);
        assert_eq!(last_result(&applied), OperationResultTr::Payment(expected), "{name}");
        assert_eq!(world.balance(&key("bob")), 10_000 * LUMEN, "{name}");
    }
}

#[test]
fn of_a_failed_transaction_no_operation_lasts() {
    let mut world = World::with(&["alice", "bob"]);
    let applied = world.run_signed(
        &key("alice"),
        vec![operation::pay(&key("bob"), LUMEN), operation::pay(&key("nobody"), LUMEN)],
    );
    assert_eq!(last_result(&applied), OperationResultTr::Payment(PaymentResult::NoDestination));
    assert_eq!(applied.result.fee_charged, 200);
    assert_eq!(world.balance(&key("bob")), 10_000 * LUMEN);
    assert!(event::meta(&applied).operations.is_empty());
}

#[test]
fn amounts_that_are_none_are_refused() {
    let mut world = World::with(&["alice", "bob"]);
    for amount in [0, -1, i64::MIN] {
        let result = world.operation_refusal(&key("alice"), operation::pay(&key("bob"), amount));
        assert_eq!(result, OperationResult::OpInner(OperationResultTr::Payment(PaymentResult::Malformed)));
    }
}

#[test]
fn other_assets_are_refused_by_name() {
    let mut world = World::with(&["alice", "bob"]);
    let asset = Asset::CreditAlphanum4(AlphaNum4 {
        asset_code: AssetCode4(*b"USDC"),
        issuer: account_id(&key("bob")),
    });
    let body = OperationBody::Payment(PaymentOp { destination: muxed(&key("bob")), asset, amount: 1 });
    let result = world.operation_refusal(&key("alice"), operation::of(body));
    assert_eq!(result, OperationResult::OpNotSupported);
}

#[test]
fn events_name_payer_receiver_amount_and_the_receivers_reference() {
    let (alice, bob) = (key("alice"), key("bob"));
    let to_muxed = MuxedAccount::MuxedEd25519(MuxedAccountMed25519 {
        id: 77,
        ed25519: Uint256(bob.verifying_key().to_bytes()),
    });
    let rows = [
        ("plain", muxed(&bob), Memo::None, None),
        ("muxed", to_muxed.clone(), Memo::None, Some(ScVal::U64(77))),
        ("memo text", muxed(&bob), Memo::Text("hello".try_into().unwrap()), Some(event::string("hello"))),
        ("memo id", muxed(&bob), Memo::Id(5), Some(ScVal::U64(5))),
        ("muxed before memo", to_muxed, Memo::Id(5), Some(ScVal::U64(77))),
    ];
    for (name, destination, memo, reference) in rows {
        let mut world = World::with(&["alice", "bob"]);
        let body = OperationBody::Payment(PaymentOp { destination, asset: Asset::Native, amount: 3 });
        let mut tx = world.transaction(&alice, vec![operation::of(body)]);
        tx.memo = memo;
        let applied = world.run(world.sign(tx, &[&alice]));
        let told = &event::meta(&applied).operations[0].events[0];
        assert_eq!(event::topics(told)[3], event::string("native"), "{name}");
        match (event::data(told), reference) {
            (data, None) => assert_eq!(data, event::int128(3), "{name}"),
            (ScVal::Map(Some(map)), Some(reference)) => {
                assert_eq!(map.0[0].val, event::int128(3), "{name}");
                assert_eq!(map.0[1].val, reference, "{name}");
            }
            (data, _) => panic!("{name}: {data:?}"),
        }
    }
}
