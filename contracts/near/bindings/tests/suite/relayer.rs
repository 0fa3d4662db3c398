//! Gasless: the owner signs a delegate action (NEP-366), a relayer brings and pays.

use idos_contracts_near::{
    Method, Refusal,
    access_grants::{CreateGrant, GrantOf},
    storage::{GRANT_COST, REGISTRATION_COST},
};
use near_primitives::{
    action::{
        Action,
        delegate::{DelegateAction, SignedDelegateAction},
    },
    views::FinalExecutionStatus,
};

use crate::world::{
    GRANTS, NOW, Outcome, World, create, data, done, function_call, grant_events, id, signer,
};

fn delegated(world: &mut World, nonce: u64, call: &CreateGrant, yocto: u128) -> Outcome {
    let action = function_call(CreateGrant::NAME, call.args().unwrap(), call.gas(), yocto);
    let delegate = DelegateAction {
        sender_id: id("alice.near"),
        receiver_id: id(GRANTS),
        actions: vec![action.try_into().unwrap()],
        nonce,
        max_block_height: 1_000,
        public_key: signer("alice.near").public_key(),
    };
    let signed = SignedDelegateAction::sign(&signer("alice.near"), delegate);
    world.send("relayer.near", "alice.near", vec![Action::Delegate(Box::new(signed))])
}

#[test]
fn the_grant_is_the_owners_and_the_relayer_pays() {
    let mut world = World::new();
    world.at(NOW).fund(GRANTS, "alice.near");
    let before = world.yocto("alice.near");
    let outcome = delegated(&mut world, 1, &create("bank.near", 1, NOW + 60), 0);
    let done = done::<CreateGrant>(GRANTS, outcome).unwrap();
    assert_eq!(grant_events(&done.outcome, NOW)[0].owner.to_string(), "alice.near");
    assert_eq!(world.yocto("alice.near"), before, "not a yoctoNEAR");
    let of = |owner: &str| GrantOf { owner: id(owner), grantee: id("bank.near"), data_id: data(1) };
    assert_eq!(world.view(GRANTS, &of("alice.near")).unwrap().unwrap().locked_until, NOW + 60);
    assert_eq!(world.view(GRANTS, &of("relayer.near")).unwrap(), None);
    assert_eq!(world.deposit_of(GRANTS, "relayer.near"), None);
}

/// The transaction itself succeeds once the delegate action is unpacked: what became of the call is in the contract's own receipt.
#[test]
fn without_a_deposit_for_the_owner_the_contracts_receipt_says_what_is_missing() {
    let mut world = World::new();
    let outcome = delegated(&mut world, 1, &create("bank.near", 1, 0), 0);
    assert!(matches!(outcome.final_outcome.status, FinalExecutionStatus::SuccessValue(_)));
    let receipts = outcome.final_outcome.receipts_outcome;
    let receipt = receipts.into_iter().find(|receipt| receipt.outcome.executor_id == GRANTS).unwrap();
    let refusal = Refusal::parse(&format!("{:?}", receipt.outcome.status));
    assert_eq!(refusal, Some(Refusal::StorageDepositMissing(REGISTRATION_COST + GRANT_COST)));
    assert!(!world.has_access("alice.near", "bank.near", 1));
}
