//! Access keys, and what they may sign.

use near_jsonrpc_primitives::types::query::QueryResponseKind;
use near_primitives::account::AccessKey;
use near_primitives::errors::{ActionErrorKind, InvalidAccessKeyError, InvalidTxError};
use near_primitives::types::{AccountId, Balance};
use near_primitives::views::{AccessKeyPermissionView, AccessKeyView, QueryRequest};

use crate::world::*;

fn key_of(world: &World, account: &str, seed: &str) -> Option<AccessKeyView> {
    let request = QueryRequest::ViewAccessKey { account_id: id(account), public_key: public_key(seed) };
    match world.query(request) {
        Ok(QueryResponseKind::AccessKey(key)) => Some(key),
        _ => None,
    }
}

fn allowance(world: &World, seed: &str) -> Balance {
    match key_of(world, "alice", seed).unwrap().permission {
        AccessKeyPermissionView::FunctionCall { allowance: Some(allowance), .. } => allowance,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_added_key_signs_and_a_deleted_one_does_not() {
    let mut world = World::new();
    let storage = |world: &World| world.account("alice").unwrap().storage_usage;
    let before = storage(&world);
    world.run("alice", "alice", vec![add_full_key("second")]).expect_success();
    assert!(storage(&world) > before);
    let second = signer_with("alice", "second");
    world.run_as(&second, "bob", vec![transfer(near(1))]).expect_success();
    world.run("alice", "alice", vec![delete_key("second")]).expect_success();
    assert_eq!(storage(&world), before);
    let refused = world.submit_as(&second, "bob", vec![transfer(near(1))]).unwrap_err();
    assert!(matches!(
        refused,
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound { .. })
    ));
}

#[test]
fn a_new_key_starts_at_a_nonce_that_no_earlier_block_allowed() {
    let mut world = World::new();
    let outcome = world.run("alice", "alice", vec![add_full_key("second")]).expect_success();
    let ran_in = outcome.final_outcome.receipts_outcome[0].block_hash;
    let height =
        world.chain.block(&near_primitives::types::BlockId::Hash(ran_in).into()).unwrap().header.height;
    assert_eq!(key_of(&world, "alice", "second").unwrap().nonce, (height - 1) * 1_000_000);
}

#[test]
fn a_key_is_added_once_and_deleted_once() {
    let mut world = World::new();
    let (account_id, key): (AccountId, _) = (id("alice"), Box::new(public_key("second")));
    world.run("alice", "alice", vec![add_full_key("second")]).expect_success();
    let again = world.run("alice", "alice", vec![add_full_key("second")]).failure();
    let public_key = key.clone();
    assert_eq!(again, ActionErrorKind::AddKeyAlreadyExists { account_id: account_id.clone(), public_key });
    world.run("alice", "alice", vec![delete_key("second")]).expect_success();
    let again = world.run("alice", "alice", vec![delete_key("second")]).failure();
    assert_eq!(again, ActionErrorKind::DeleteKeyDoesNotExist { account_id, public_key: key });
}

#[test]
fn a_call_key_signs_what_it_is_for_and_nothing_else() {
    let mut world = World::with_contracts();
    let key = add_call_key("app", "contract.root", &["echo", "log"], Some(near(1)));
    world.run("alice", "alice", vec![key]).expect_success();
    let app = signer_with("alice", "app");
    world.run_as(&app, "contract.root", vec![call("echo", "hi")]).expect_success();

    let other = InvalidAccessKeyError::ReceiverMismatch {
        tx_receiver: id("other.root"),
        ak_receiver: "contract.root".to_owned(),
    };
    let method = InvalidAccessKeyError::MethodNameMismatch { method_name: "set".to_owned() };
    let deposit = call_with("echo", "", tgas(10), Balance::from_yoctonear(1));
    let rows = [
        ("another contract", "other.root", vec![call("echo", "")], other),
        ("another method", "contract.root", vec![call("set", "")], method),
        ("a deposit", "contract.root", vec![deposit], InvalidAccessKeyError::DepositWithFunctionCall),
        ("no call", "contract.root", vec![transfer(near(0))], InvalidAccessKeyError::RequiresFullAccess),
        (
            "two calls",
            "contract.root",
            vec![call("echo", ""), call("echo", "")],
            InvalidAccessKeyError::RequiresFullAccess,
        ),
    ];
    for (name, to, actions, expected) in rows {
        let refused = world.submit_as(&app, to, actions);
        assert_eq!(refused, Err(InvalidTxError::InvalidAccessKeyError(expected)), "{name}");
    }
}

#[test]
fn a_call_key_without_methods_may_call_them_all() {
    let mut world = World::with_contracts();
    world.run("alice", "alice", vec![add_call_key("app", "contract.root", &[], None)]).expect_success();
    world.run_as(&signer_with("alice", "app"), "contract.root", vec![call("set", "x")]).expect_success();
}

#[test]
fn an_allowance_is_spent_by_gas_and_refilled_by_refunds() {
    let mut world = World::with_contracts();
    let start = near(1);
    world
        .run("alice", "alice", vec![add_call_key("app", "contract.root", &[], Some(start))])
        .expect_success();
    let before = world.balance("alice");
    world.run_as(&signer_with("alice", "app"), "contract.root", vec![call("echo", "")]).expect_success();
    let paid = before.checked_sub(world.balance("alice")).unwrap();
    assert_eq!(start.checked_sub(allowance(&world, "app")), Some(paid), "the key pays what the account pays");
    assert!(paid < Balance::from_millinear(1), "unused gas came back: {paid}");
}

#[test]
fn a_small_allowance_refuses_a_dear_call() {
    let mut world = World::with_contracts();
    let small = Balance::from_millinear(1);
    world
        .run("alice", "alice", vec![add_call_key("app", "contract.root", &[], Some(small))])
        .expect_success();
    let refused = world.submit_as(&signer_with("alice", "app"), "contract.root", vec![call("echo", "")]);
    assert!(matches!(
        refused,
        Err(InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::NotEnoughAllowance { .. }))
    ));
}

#[test]
fn all_keys_of_an_account_are_listed_by_pages() {
    let mut world = World::new();
    world.run("alice", "alice", (0..5).map(|n| add_full_key(&format!("key {n}"))).collect()).expect_success();
    let mut seen = Vec::new();
    let mut after_key = None;
    loop {
        let limit = std::num::NonZeroU32::new(2);
        let request = QueryRequest::ViewAccessKeyList { account_id: id("alice"), after_key, limit };
        let Ok(QueryResponseKind::AccessKeyList(page)) = world.query(request) else { panic!("no list") };
        assert!(page.keys.len() <= 2);
        seen.extend(page.keys.into_iter().map(|key| key.public_key.to_string()));
        after_key = page.last_key;
        if after_key.is_none() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[test]
fn keys_of_every_kind_sign() {
    use near_crypto::{InMemorySigner, KeyType};
    use near_primitives::action::{Action, AddKeyAction};

    for kind in [KeyType::ED25519, KeyType::SECP256K1, KeyType::MLDSA65] {
        let mut world = World::new();
        let signer = InMemorySigner::from_seed(id("alice"), kind, "another");
        let key = AddKeyAction { public_key: signer.public_key(), access_key: AccessKey::full_access() };
        world.run("alice", "alice", vec![Action::AddKey(Box::new(key))]).expect_success();
        world.run_as(&signer, "bob", vec![transfer(near(1))]).expect_success();
        assert_eq!(world.balance("bob"), near(1_001), "{kind:?}");
    }
}
