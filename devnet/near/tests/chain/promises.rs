//! Receipts that contracts send to each other.

use near_primitives::errors::{ActionErrorKind, ActionsValidationError, ReceiptValidationError};
use near_primitives::types::Balance;
use near_primitives::views::{ActionView, ExecutionStatusView, ReceiptEnumView};

use crate::world::*;

const SUCCESS: u8 = 1;
const FAILED: u8 = 2;

fn results(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn a_callback_gets_what_the_other_contract_returned() {
    let mut world = World::with_contracts();
    let value = world.run("alice", "contract.root", vec![call("ask", "other.root")]).value();
    assert_eq!(value, results(&[&[1, SUCCESS], b"hello"]));
}

#[test]
fn a_callback_runs_when_the_other_contract_fails_and_can_tell() {
    let mut world = World::with_contracts();
    for to in ["other.root", "bob", "nobody"] {
        let value = world.run("alice", "contract.root", vec![call("ask_fail", to)]).value();
        assert_eq!(value, [1, FAILED], "{to}");
    }
}

#[test]
fn a_joint_callback_waits_for_all_and_keeps_their_order() {
    let mut world = World::with_contracts();
    let value = world.run("alice", "contract.root", vec![call("ask_both", "other.root")]).value();
    assert_eq!(value, results(&[&[2, SUCCESS], b"hello", &[FAILED]]));
}

#[test]
fn a_contract_may_return_what_another_returns() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("pass_on", "other.root")]);
    assert_eq!(outcome.value(), b"hello");
    let first = &outcome.final_outcome.receipts_outcome[0].outcome.status;
    assert!(matches!(first, ExecutionStatusView::SuccessReceiptId(_)), "{first:?}");
}

#[test]
fn a_returned_promise_answers_those_who_wait_for_its_maker() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("ask_through", "other.root")]);
    assert_eq!(outcome.value(), results(&[&[1, SUCCESS], b"hello"]));
}

#[test]
fn the_last_action_of_a_receipt_says_what_it_returns() {
    let mut world = World::with_contracts();
    let half = |method| call_with(method, "other.root", tgas(40), Balance::ZERO);
    let outcome = world.run("alice", "contract.root", vec![half("detach"), half("pass_on")]);
    assert_eq!(outcome.value(), b"hello", "and not what the receipts of the first action do");
}

#[test]
fn left_over_gas_goes_where_the_contract_wants_it() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("ask_with_the_rest", "other.root")]);
    assert_eq!(outcome.value(), b"hello");
    let asked = outcome.receipts.iter().find(|receipt| receipt.receiver_id == "other.root").unwrap();
    let ReceiptEnumView::Action { actions, .. } = &asked.receipt else { panic!("not an action") };
    let [ActionView::FunctionCall { gas, .. }] = &actions[..] else { panic!("not one call") };
    assert!(*gas > tgas(95) && *gas < tgas(100), "{gas}");
}

#[test]
fn the_failure_of_a_detached_promise_does_not_fail_the_transaction() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("detach", "other.root")]);
    assert_eq!(outcome.value(), b"");
    let failed = outcome
        .final_outcome
        .receipts_outcome
        .iter()
        .filter(|receipt| matches!(receipt.outcome.status, ExecutionStatusView::Failure(_)));
    assert_eq!(failed.count(), 1);
}

#[test]
fn each_hop_takes_a_block() {
    let mut world = World::with_contracts();
    let outcome = world.run("alice", "contract.root", vec![call("ask", "other.root")]);
    let height_of = |world: &World, hash| {
        world.chain.block(&near_primitives::types::BlockId::Hash(hash).into()).unwrap().header.height
    };
    let included = height_of(&world, outcome.final_outcome.transaction_outcome.block_hash);
    let by_executor = |method: &str| {
        let receipt =
            outcome.receipts.iter().find(|receipt| format!("{:?}", receipt.receipt).contains(method));
        let id = receipt.unwrap().receipt_id;
        let ran = outcome.final_outcome.receipts_outcome.iter().find(|ran| ran.id == id).unwrap();
        height_of(&world, ran.block_hash)
    };
    assert_eq!(by_executor("\"ask\""), included + 1);
    assert_eq!(by_executor("\"echo\""), included + 2);
    assert_eq!(by_executor("\"callback\""), included + 3);
}

#[test]
fn a_contract_sends_its_deposit_on() {
    let mut world = World::with_contracts();
    let before = world.balance("bob");
    let pay = call_with("pay", "bob", tgas(20), near(2));
    world.run("alice", "contract.root", vec![pay]).expect_success();
    assert_eq!(world.balance("bob").checked_sub(before), Some(near(2)));
}

#[test]
fn a_deposit_sent_to_nobody_comes_back_to_the_contract() {
    let mut world = World::with_contracts();
    let before = world.balance("contract.root");
    let pay = call_with("pay", "nobody", tgas(20), near(2));
    world.run("alice", "contract.root", vec![pay]).expect_success();
    assert_eq!(world.balance("contract.root").checked_sub(before), Some(near(2)));
}

#[test]
fn a_deposit_to_a_failed_call_comes_back_to_the_caller() {
    let mut world = World::with_contracts();
    let before = world.balance("alice");
    world.run("alice", "contract.root", vec![call_with("fail", "", tgas(20), near(2))]).failure();
    let paid = before.checked_sub(world.balance("alice")).unwrap();
    assert!(paid < Balance::from_millinear(1), "{paid}");
}

#[test]
fn a_receipt_of_a_contract_that_the_chain_does_not_do_fails_by_its_name() {
    let mut world = World::with_contracts();
    let failure = world.run("alice", "contract.root", vec![call("stake", "")]).failure();
    match failure {
        ActionErrorKind::NewReceiptValidationError(ReceiptValidationError::ActionsValidation(
            ActionsValidationError::UnsupportedProtocolFeature { protocol_feature, .. },
        )) => assert_eq!(protocol_feature, "Stake"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_yielded_call_waits_until_it_is_resumed() {
    let mut world = World::with_contracts();
    let waiting = world.submit("alice", "contract.root", vec![call("wait", "")]).unwrap();
    world.settle();
    let status = format!("{:?}", world.outcome(&waiting).final_outcome.status);
    assert_eq!(status, "Started");
    assert_eq!(world.run("bob", "contract.root", vec![call("resume", "news")]).value(), [1]);
    world.settle();
    assert_eq!(world.outcome(&waiting).value(), results(&[&[1, SUCCESS], b"news"]));
    assert_eq!(world.run("bob", "contract.root", vec![call("resume", "again")]).value(), [0], "once only");
}

#[test]
fn a_yielded_call_that_nobody_resumes_runs_without_data_in_the_end() {
    let mut world = World::with_contracts();
    let waiting = world.submit("alice", "contract.root", vec![call("wait", "")]).unwrap();
    world.settle();
    for _ in 0..202 {
        world.block();
    }
    world.settle();
    assert_eq!(world.outcome(&waiting).value(), [1, FAILED]);
}

#[test]
fn a_resumption_comes_before_a_timeout_that_is_on_its_way() {
    let mut world = World::with_contracts();
    let waiting = world.submit("alice", "contract.root", vec![call("wait", "")]).unwrap();
    world.block();
    world.block();
    // It has run now, and the timeout is sent two hundred blocks from here.
    for _ in 0..200 {
        world.block();
    }
    assert!(!world.chain.is_idle(), "the timeout is on its way");
    assert_eq!(world.run("contract.root", "contract.root", vec![call("resume", "late")]).value(), [1]);
    world.settle();
    assert_eq!(world.outcome(&waiting).value(), results(&[&[1, SUCCESS], b"late"]));
}
