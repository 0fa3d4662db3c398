//! Which transactions the chain takes.

use idos_devnet_near::chain::TransactionStatus;
use near_crypto::Signature;
use near_primitives::action::{StakeAction, TransferToGasKeyAction};
use near_primitives::errors::{ActionsValidationError, InvalidAccessKeyError, InvalidTxError};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    Action, NonceMode, SignedTransaction, Transaction, TransactionNonce, TransactionV0, TransactionV1,
};
use near_primitives::types::{Balance, Gas};

use crate::world::*;

fn plain(world: &World) -> TransactionV0 {
    TransactionV0 {
        signer_id: id("alice"),
        public_key: signer("alice").public_key(),
        nonce: 1,
        receiver_id: id("bob"),
        block_hash: world.head_hash(),
        actions: vec![transfer(near(1))],
    }
}

fn refused(change: impl FnOnce(&mut TransactionV0)) -> InvalidTxError {
    let mut world = World::new();
    let mut transaction = plain(&world);
    change(&mut transaction);
    world.chain.submit(sign(Transaction::V0(transaction), &signer("alice"))).unwrap_err()
}

#[test]
fn a_transfer_moves_money() {
    let mut world = World::new();
    let before = world.balance("bob");
    world.run("alice", "bob", vec![transfer(near(3))]).expect_success();
    assert_eq!(world.balance("bob").checked_sub(before), Some(near(3)));
}

#[test]
fn each_bad_transaction_is_refused_with_the_error_near_gives() {
    let unknown_key = |public_key: near_crypto::PublicKey, account: &str| {
        InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound {
            account_id: id(account),
            public_key: Box::new(public_key),
        })
    };
    assert_eq!(refused(|tx| tx.nonce = 0), InvalidTxError::InvalidNonce { tx_nonce: 0, ak_nonce: 0 });
    assert_eq!(
        refused(|tx| tx.nonce = 1_000_000),
        InvalidTxError::NonceTooLarge { tx_nonce: 1_000_000, upper_bound: 1_000_000 }
    );
    assert_eq!(refused(|tx| tx.block_hash = CryptoHash::hash_bytes(b"elsewhere")), InvalidTxError::Expired);
    assert_eq!(
        refused(|tx| tx.signer_id = id("nobody")),
        InvalidTxError::SignerDoesNotExist { signer_id: id("nobody") }
    );
    assert_eq!(
        refused(|tx| tx.signer_id = id("bob")),
        unknown_key(signer("alice").public_key(), "bob"),
        "a key of another account"
    );
    assert_eq!(
        refused(|tx| tx.public_key = signer("bob").public_key()),
        InvalidTxError::InvalidSignature,
        "signed with another key than it names"
    );
    assert!(matches!(
        refused(|tx| tx.actions = vec![transfer(near(1_000))]),
        InvalidTxError::NotEnoughBalance { .. }
    ));
    assert_eq!(
        refused(|tx| tx.actions = vec![transfer(Balance::MAX), transfer(Balance::MAX)]),
        InvalidTxError::CostOverflow
    );
}

#[test]
fn each_action_that_breaks_a_limit_is_refused() {
    let rows: Vec<(&str, Vec<Action>, ActionsValidationError)> = vec![
        (
            "too many actions",
            vec![transfer(near(0)); 101],
            ActionsValidationError::TotalNumberOfActionsExceeded { total_number_of_actions: 101, limit: 100 },
        ),
        (
            "delete account, then more",
            vec![delete_account("bob"), transfer(near(0))],
            ActionsValidationError::DeleteActionMustBeFinal,
        ),
        (
            "no gas",
            vec![call_with("m", [], Gas::ZERO, Balance::ZERO)],
            ActionsValidationError::FunctionCallZeroAttachedGas,
        ),
        ("no method", vec![call("", [])], ActionsValidationError::FunctionCallEmptyMethodName),
        (
            "long method",
            vec![call(&"m".repeat(257), [])],
            ActionsValidationError::FunctionCallMethodNameLengthExceeded { length: 257, limit: 256 },
        ),
        (
            "too much gas",
            vec![call_with("m", [], tgas(600), Balance::ZERO), call_with("m", [], tgas(600), Balance::ZERO)],
            ActionsValidationError::TotalPrepaidGasExceeded {
                total_prepaid_gas: tgas(1_200),
                limit: tgas(1_000),
            },
        ),
        (
            "a key for no account",
            vec![add_call_key("k", "NOT VALID", &[], None)],
            ActionsValidationError::InvalidAccountId { account_id: "NOT VALID".to_owned() },
        ),
        (
            "a key with a long method",
            vec![add_call_key("k", "bob", &["m".repeat(257).as_str()], None)],
            ActionsValidationError::AddKeyMethodNameLengthExceeded { length: 257, limit: 256 },
        ),
    ];
    for (name, actions, expected) in rows {
        assert_eq!(refused(|tx| tx.actions = actions), InvalidTxError::ActionsValidation(expected), "{name}");
    }
}

#[test]
fn what_the_chain_does_not_do_is_refused_by_its_name() {
    let feature = |error| match error {
        InvalidTxError::ActionsValidation(ActionsValidationError::UnsupportedProtocolFeature {
            protocol_feature,
            ..
        }) => protocol_feature,
        other => panic!("{other}"),
    };
    let key = public_key("validator");
    let stake = Action::Stake(Box::new(StakeAction { stake: near(1), public_key: key.clone() }));
    assert_eq!(feature(refused(|tx| tx.actions = vec![stake])), "Stake");
    let gas_key =
        Action::TransferToGasKey(Box::new(TransferToGasKeyAction { public_key: key, deposit: near(1) }));
    assert_eq!(feature(refused(|tx| tx.actions = vec![gas_key])), "GasKeys");
    let eth = "0x".to_owned() + &"a1".repeat(20);
    assert_eq!(feature(refused(|tx| tx.receiver_id = id(&eth))), "EthImplicitAccounts");
    let deterministic = "0s".to_owned() + &"a1".repeat(20);
    assert_eq!(feature(refused(|tx| tx.receiver_id = id(&deterministic))), "DeterministicAccountIds");
}

#[test]
fn a_signature_over_something_else_is_refused() {
    let mut world = World::new();
    let transaction = Transaction::V0(plain(&world));
    let foreign = signer("alice").sign(b"something else entirely, thirty-two");
    let signed = SignedTransaction::new(foreign, transaction.clone());
    assert_eq!(world.chain.submit(signed), Err(InvalidTxError::InvalidSignature));
    let empty = SignedTransaction::new(Signature::empty(near_crypto::KeyType::ED25519), transaction);
    assert_eq!(world.chain.submit(empty), Err(InvalidTxError::InvalidSignature));
}

#[test]
fn too_large_a_transaction_is_refused() {
    let error = refused(|tx| tx.actions = vec![call("m", vec![0; 1_600_000])]);
    assert!(matches!(error, InvalidTxError::TransactionSizeExceeded { limit: 1_572_864, .. }), "{error}");
}

#[test]
fn a_strict_nonce_must_be_the_next_one() {
    let mut world = World::new();
    let strict = |world: &World, nonce| {
        let plain = plain(world);
        let transaction = Transaction::V1(TransactionV1 {
            signer_id: plain.signer_id,
            public_key: plain.public_key,
            nonce: TransactionNonce::from_nonce(nonce),
            receiver_id: plain.receiver_id,
            block_hash: plain.block_hash,
            actions: plain.actions,
            nonce_mode: NonceMode::Strict,
        });
        sign(transaction, &signer("alice"))
    };
    let skipping = strict(&world, 2);
    assert_eq!(world.chain.submit(skipping), Err(InvalidTxError::InvalidNonce { tx_nonce: 2, ak_nonce: 0 }));
    let next = strict(&world, 1);
    assert!(world.chain.submit(next).is_ok());
}

#[test]
fn a_transaction_runs_once_however_often_it_is_submitted() {
    let mut world = World::new();
    let transaction = world.sign(&signer("alice"), "bob", vec![transfer(near(1))]);
    let first = world.chain.submit(transaction.clone());
    assert_eq!(world.chain.submit(transaction.clone()), first);
    world.settle();
    let after = world.balance("bob");
    assert_eq!(world.chain.submit(transaction), first);
    world.settle();
    assert_eq!(world.balance("bob"), after);
}

#[test]
fn transactions_of_a_key_run_in_the_order_of_their_nonces() {
    let mut world = World::new();
    let first = world.sign(&signer("alice"), "bob", vec![transfer(near(1))]);
    let second = world.sign(&signer("alice"), "bob", vec![transfer(near(2))]);
    world.chain.submit(second.clone()).unwrap();
    world.chain.submit(first.clone()).unwrap();
    world.settle();
    for transaction in [first, second] {
        world.outcome(transaction.hash()).expect_success();
    }
}

#[test]
fn a_transaction_that_is_no_longer_valid_in_its_block_says_why() {
    let mut world = World::new();
    let rich = world.submit("alice", "bob", vec![transfer(near(600))]).unwrap();
    let poor = world.submit("alice", "bob", vec![transfer(near(600))]).unwrap();
    world.settle();
    world.outcome(&rich).expect_success();
    match world.chain.transaction(&poor) {
        Some(TransactionStatus::Rejected(InvalidTxError::NotEnoughBalance { .. })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_transaction_expires_with_the_block_it_names() {
    let mut world = World::new();
    let transaction = world.sign(&signer("alice"), "bob", vec![transfer(near(1))]);
    world.chain.fast_forward(86_401, START_NS).unwrap();
    assert_eq!(world.chain.submit(transaction), Err(InvalidTxError::Expired));
}

#[test]
fn an_unknown_transaction_is_none() {
    assert!(World::new().chain.transaction(&CryptoHash::default()).is_none());
}
