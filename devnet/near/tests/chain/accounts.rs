//! Accounts come and go.

use near_primitives::errors::ActionErrorKind;
use near_primitives::types::Balance;

use crate::world::*;

#[test]
fn a_sub_account_is_created_with_money_key_and_code_at_once() {
    let mut world = World::new();
    let actions = vec![create(), transfer(near(5)), add_full_key("shop"), deploy(), call("set", "first")];
    world.run("alice", "shop.alice", actions).expect_success();
    assert_eq!(world.balance("shop.alice"), near(5));
    assert_eq!(world.view("shop.alice", "get").unwrap(), b"first");
    world.run_as(&signer_with("shop.alice", "shop"), "bob", vec![transfer(near(1))]).expect_success();
}

#[test]
fn each_account_that_may_not_be_created_is_refused() {
    let implicit = hex_of(&signer("implicit").public_key());
    let rows = [
        ("it is there already", "alice", "bob", "AccountAlreadyExists"),
        ("of somebody else", "alice", "shop.bob", "CreateAccountNotAllowed"),
        ("two levels down", "alice", "a.b.alice", "CreateAccountNotAllowed"),
        ("top level", "alice", "carol", "CreateAccountOnlyByRegistrar"),
        ("implicit", "alice", implicit.as_str(), "OnlyImplicitAccountCreationAllowed"),
    ];
    for (name, from, to, expected) in rows {
        let mut world = World::new();
        let failure = world.run(from, to, vec![create()]).failure();
        assert!(format!("{failure:?}").starts_with(expected), "{name}: {failure:?}");
    }
}

#[test]
fn only_the_account_itself_may_change_itself() {
    for action in [deploy(), add_full_key("k"), delete_key("bob"), delete_account("alice")] {
        let mut world = World::new();
        let failure = world.run("alice", "bob", vec![action]).failure();
        let expected = ActionErrorKind::ActorNoPermission { account_id: id("bob"), actor_id: id("alice") };
        assert_eq!(failure, expected);
    }
}

#[test]
fn nothing_but_a_transfer_reaches_an_account_that_is_not_there() {
    for action in [transfer(near(1)), call("m", []), deploy()] {
        let mut world = World::new();
        let failure = world.run("alice", "nobody", vec![action]).failure();
        assert_eq!(failure, ActionErrorKind::AccountDoesNotExist { account_id: id("nobody") });
    }
}

#[test]
fn a_transfer_creates_an_implicit_account_whose_key_then_signs() {
    let mut world = World::new();
    let key = signer("implicit");
    let name = hex_of(&key.public_key());
    world.run("alice", &name, vec![transfer(near(2))]).expect_success();
    assert_eq!(world.balance(&name), near(2));
    world.run_as(&signer_with(&name, "implicit"), "bob", vec![transfer(near(1))]).expect_success();
}

#[test]
fn a_transfer_with_other_actions_creates_no_implicit_account() {
    let mut world = World::new();
    let name = hex_of(&signer("implicit").public_key());
    let failure = world.run("alice", &name, vec![transfer(near(2)), transfer(near(1))]).failure();
    assert_eq!(failure, ActionErrorKind::AccountDoesNotExist { account_id: id(&name) });
    assert!(world.account(&name).is_none());
}

#[test]
fn a_deleted_account_leaves_its_money_and_nothing_else() {
    let mut world = World::with_contracts();
    world.run("root", "contract.root", vec![call("set", "data")]).expect_success();
    let before = world.balance("bob");
    world.run("contract.root", "contract.root", vec![delete_account("bob")]).expect_success();
    assert!(world.account("contract.root").is_none());
    let gained = world.balance("bob").checked_sub(before).unwrap();
    assert!(gained > near(9) && gained < near(10), "{gained}");
    // Created again, the account knows nothing of its former life.
    world.run("root", "contract.root", vec![create(), transfer(near(1)), deploy()]).expect_success();
    assert_eq!(world.view("contract.root", "get").unwrap(), b"");
    let old_key = world.submit("contract.root", "bob", vec![transfer(near(0))]);
    assert!(old_key.is_err(), "{old_key:?}");
}

#[test]
fn an_account_with_much_state_cannot_be_deleted() {
    let mut world = World::with_contracts();
    world.run("root", "contract.root", vec![call("hoard", [])]).expect_success();
    let failure = world.run("contract.root", "contract.root", vec![delete_account("bob")]).failure();
    assert_eq!(failure, ActionErrorKind::DeleteAccountWithLargeState { account_id: id("contract.root") });
}

#[test]
fn money_left_to_nobody_is_burnt() {
    let mut world = World::new();
    world
        .run("alice", "shop.alice", vec![create(), transfer(near(5)), add_full_key("shop.alice")])
        .expect_success();
    let names = ["root", "alice", "bob", "shop.alice"].map(str::to_owned);
    world.run("shop.alice", "shop.alice", vec![delete_account("nobody")]).expect_success();
    let (owned, supply) = world.money(&names);
    assert_eq!(owned, supply);
    assert!(supply < near(2_995), "{supply}");
}

#[test]
fn a_refund_creates_no_implicit_account() {
    let mut world = World::new();
    let heir = hex_of(&signer("implicit").public_key());
    world.run("bob", "bob", vec![delete_account(&heir)]).expect_success();
    assert!(world.account(&heir).is_none());
}

#[test]
fn large_code_does_not_keep_an_account_from_being_deleted() {
    use near_primitives::action::{Action, DeployContractAction};
    let mut world = World::new();
    let large = Action::DeployContract(DeployContractAction { code: vec![0; 20_000] });
    world.run("alice", "alice", vec![large]).expect_success();
    world.run("alice", "alice", vec![delete_account("bob")]).expect_success();
    assert!(world.account("alice").is_none());
}

#[test]
fn a_failed_action_undoes_those_before_it() {
    let mut world = World::new();
    let actions = vec![create(), transfer(near(5)), add_full_key("shop"), delete_key("another")];
    let outcome = world.run("alice", "shop.alice", actions);
    assert!(matches!(outcome.failure(), ActionErrorKind::DeleteKeyDoesNotExist { .. }));
    assert!(world.account("shop.alice").is_none());
}

#[test]
fn a_small_account_needs_no_balance() {
    let mut world = World::new();
    world.run("alice", "shop.alice", vec![create(), add_full_key("shop")]).expect_success();
    assert_eq!(world.balance("shop.alice"), Balance::ZERO);
}

fn hex_of(key: &near_crypto::PublicKey) -> String {
    key.key_data().iter().map(|byte| format!("{byte:02x}")).collect()
}
