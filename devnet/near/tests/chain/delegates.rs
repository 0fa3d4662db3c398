//! Delegate actions (NEP-366): alice signs, the relayer brings and pays.

use near_crypto::Signer;
use near_primitives::action::Action;
use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
use near_primitives::errors::{ActionErrorKind, InvalidAccessKeyError};
use near_primitives::types::Balance;

use crate::world::*;

fn delegate(receiver: &str, actions: Vec<Action>) -> DelegateAction {
    DelegateAction {
        sender_id: id("alice"),
        receiver_id: id(receiver),
        actions: actions.into_iter().map(|action| action.try_into().unwrap()).collect(),
        nonce: 1,
        max_block_height: 1_000,
        public_key: signer("alice").public_key(),
    }
}

fn signed(delegate: DelegateAction, by: &Signer) -> Action {
    Action::Delegate(Box::new(SignedDelegateAction::sign(by, delegate)))
}

fn failure(change: impl FnOnce(&mut DelegateAction), by: &Signer) -> ActionErrorKind {
    let mut world = World::with_contracts();
    let mut delegate = delegate("contract.root", vec![call("set", "x")]);
    change(&mut delegate);
    world.run("bob", "alice", vec![signed(delegate, by)]).failure()
}

#[test]
fn the_sender_acts_and_the_relayer_pays() {
    let mut world = World::with_contracts();
    let (alice, bob) = (world.balance("alice"), world.balance("bob"));
    let action = signed(delegate("contract.root", vec![call("set", "gasless")]), &signer("alice"));
    let outcome = world.run("bob", "alice", vec![action]).expect_success();
    assert_eq!(world.view("contract.root", "get").unwrap(), b"gasless");
    assert_eq!(world.balance("alice"), alice, "not a yoctoNEAR");
    assert!(world.balance("bob") < bob);
    let inner = outcome.receipts.iter().find(|receipt| receipt.receiver_id == "contract.root").unwrap();
    assert_eq!(inner.predecessor_id, id("alice"));
}

#[test]
fn the_receipt_of_a_delegate_action_burns_what_sending_its_actions_costs() {
    let mut world = World::new();
    let action = signed(delegate("bob", vec![transfer(near(0))]), &signer("alice"));
    let outcome = world.run("bob", "alice", vec![action]).expect_success();
    let (receipt, running_a_delegate, sending_a_transfer) =
        (108_059_500_000, 200_000_000_000, 115_123_062_500);
    let burnt = outcome.final_outcome.receipts_outcome[0].outcome.gas_burnt.as_gas();
    assert_eq!(burnt, receipt + running_a_delegate + sending_a_transfer);
}

#[test]
fn a_delegate_action_works_once() {
    let mut world = World::with_contracts();
    let action = signed(delegate("contract.root", vec![call("set", "x")]), &signer("alice"));
    world.run("bob", "alice", vec![action.clone()]).expect_success();
    let again = world.run("bob", "alice", vec![action]).failure();
    assert_eq!(again, ActionErrorKind::DelegateActionInvalidNonce { delegate_nonce: 1, ak_nonce: 1 });
}

#[test]
fn each_bad_delegate_action_is_refused_with_the_error_near_gives() {
    let alice = signer("alice");
    assert_eq!(
        failure(|delegate| delegate.max_block_height = 0, &alice),
        ActionErrorKind::DelegateActionExpired
    );
    assert_eq!(failure(|_| {}, &signer("bob")), ActionErrorKind::DelegateActionInvalidSignature);
    assert_eq!(
        failure(|delegate| delegate.sender_id = id("root"), &alice),
        ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver {
            sender_id: id("root"),
            receiver_id: id("alice")
        }
    );
    let foreign = signer("bob");
    assert_eq!(
        failure(|delegate| delegate.public_key = foreign.public_key(), &foreign),
        ActionErrorKind::DelegateActionAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound {
            account_id: id("alice"),
            public_key: Box::new(foreign.public_key()),
        })
    );
    assert!(matches!(
        failure(|delegate| delegate.nonce = u64::MAX, &alice),
        ActionErrorKind::DelegateActionNonceTooLarge { .. }
    ));
}

#[test]
fn a_call_key_delegates_only_what_it_may_sign() {
    let mut world = World::with_contracts();
    world.run("alice", "alice", vec![add_call_key("app", "contract.root", &["echo"], None)]).expect_success();
    let app = signer_with("alice", "app");
    let mut by_app = |actions, nonce| {
        let delegate =
            DelegateAction { public_key: app.public_key(), nonce, ..delegate("contract.root", actions) };
        world.run("bob", "alice", vec![signed(delegate, &app)])
    };
    // The key was added at a later height, and its nonce starts there.
    let start = 500_000_000;
    assert!(matches!(
        by_app(vec![call("echo", "")], start).failure(),
        ActionErrorKind::DelegateActionNonceTooLarge { .. }
    ));
    let nonce = 12_000_001;
    assert_eq!(
        by_app(vec![call("set", "")], nonce).failure(),
        ActionErrorKind::DelegateActionAccessKeyError(InvalidAccessKeyError::MethodNameMismatch {
            method_name: "set".to_owned()
        })
    );
    assert_eq!(
        by_app(vec![transfer(near(1))], nonce).failure(),
        ActionErrorKind::DelegateActionAccessKeyError(InvalidAccessKeyError::RequiresFullAccess)
    );
    by_app(vec![call("echo", "")], nonce).expect_success();
}

#[test]
fn a_deposit_in_a_delegate_action_is_the_relayers_and_a_refund_of_it_the_senders() {
    let mut world = World::with_contracts();
    let (alice, bob) = (world.balance("alice"), world.balance("bob"));
    let failing = call_with("fail", "", tgas(10), near(2));
    world.run("bob", "alice", vec![signed(delegate("contract.root", vec![failing]), &signer("alice"))]);
    assert_eq!(world.balance("alice").checked_sub(alice), Some(near(2)));
    let paid = bob.checked_sub(world.balance("bob")).unwrap();
    assert!(paid >= near(2) && paid < near(2).checked_add(Balance::from_millinear(2)).unwrap(), "{paid}");
}

#[test]
fn delegate_actions_stand_alone() {
    use near_primitives::errors::{ActionsValidationError, InvalidTxError};
    let mut world = World::new();
    let one = signed(delegate("bob", vec![transfer(near(1))]), &signer("alice"));
    let refused = world.submit("bob", "alice", vec![one.clone(), one]);
    let expected = ActionsValidationError::DelegateActionMustBeOnlyOne;
    assert_eq!(refused, Err(InvalidTxError::ActionsValidation(expected)));
}
