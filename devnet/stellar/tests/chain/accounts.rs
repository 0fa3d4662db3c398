use stellar_xdr::{CreateAccountResult, OperationResult, OperationResultTr, TransactionResultResult};

use crate::support::world::last_result;
use crate::support::{LUMEN, World, account_id, event, key, operation};

fn code(result: OperationResultTr) -> CreateAccountResult {
    match result {
        OperationResultTr::CreateAccount(code) => code,
        other => panic!("expected a result of creating an account, got {other:?}"),
    }
}

#[test]
fn a_created_account_has_its_balance_and_the_ledgers_first_sequence_number() {
    let mut world = World::new();
    let alice = key("alice");
    let root = world.root();
    let total = world.balance(&root);
    let applied = world.run_signed(&root, vec![operation::create_account(&account_id(&alice), 5 * LUMEN)]);
    assert!(applied.is_success());
    assert_eq!(applied.result.fee_charged, 100);
    let account = world.account(&alice).unwrap();
    assert_eq!(
        (account.balance, account.seq_num.0, account.thresholds.0),
        (5 * LUMEN, 2 << 32, [1, 0, 0, 0])
    );
    assert_eq!(world.balance(&root), total - 5 * LUMEN - 100);
}

#[test]
fn creating_an_account_makes_a_transfer_event() {
    let mut world = World::new();
    let root = world.root();
    let applied =
        world.run_signed(&root, vec![operation::create_account(&account_id(&key("alice")), 5 * LUMEN)]);
    let events = &event::meta(&applied).operations[0].events;
    assert_eq!(event::topics(&events[0])[0], event::symbol("transfer"));
    assert_eq!(event::data(&events[0]), event::int128(5 * LUMEN));
    let mut changes = event::change_names(&applied);
    changes.sort_unstable();
    assert_eq!(changes, ["Created", "State", "Updated"]);
}

#[test]
fn accounts_that_cannot_be_are_not_created() {
    let rows = [
        ("below the reserve", "new", LUMEN - 1, CreateAccountResult::LowReserve),
        ("more than there is", "new", 10_000 * LUMEN, CreateAccountResult::Underfunded),
        ("there already", "bob", LUMEN, CreateAccountResult::AlreadyExist),
    ];
    for (name, destination, balance, expected) in rows {
        let mut world = World::with(&["alice", "bob"]);
        let applied = world.run_signed(
            &key("alice"),
            vec![operation::create_account(&account_id(&key(destination)), balance)],
        );
        assert!(!applied.is_success(), "{name}");
        assert_eq!(code(last_result(&applied)), expected, "{name}");
        assert_eq!(world.balance(&key("alice")), 10_000 * LUMEN - 100, "{name}: only the fee is gone");
    }
}

#[test]
fn malformed_creations_are_refused_before_they_cost_anything() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    for (name, destination, balance) in
        [("negative balance", key("new"), -1), ("the account itself", key("alice"), LUMEN)]
    {
        let result =
            world.operation_refusal(&alice, operation::create_account(&account_id(&destination), balance));
        let expected = OperationResultTr::CreateAccount(CreateAccountResult::Malformed);
        assert_eq!(result, OperationResult::OpInner(expected), "{name}");
    }
    assert_eq!(world.balance(&alice), 10_000 * LUMEN);
}

#[test]
fn an_operation_of_an_account_that_the_transaction_creates_needs_its_signature() {
    let mut world = World::with(&["alice"]);
    let (alice, carol) = (key("alice"), key("carol"));
    let operations = || {
        vec![
            operation::create_account(&account_id(&carol), 10 * LUMEN),
            operation::by(&carol, operation::pay(&alice, LUMEN)),
        ]
    };
    let unsigned = world.sign(world.transaction(&alice, operations()), &[&alice]);
    match world.refusal(unsigned) {
        TransactionResultResult::TxFailed(results) => assert_eq!(results[1], OperationResult::OpBadAuth),
        other => panic!("{other:?}"),
    }
    let signed = world.sign(world.transaction(&alice, operations()), &[&alice, &carol]);
    assert!(world.run(signed).is_success());
    assert_eq!(world.balance(&carol), 9 * LUMEN);
}
