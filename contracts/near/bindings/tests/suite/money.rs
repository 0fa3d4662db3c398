//! Deposits on a chain that counts money.

use idos_contracts_near::{
    Method, Refusal,
    access_grants::{self, CreateGrant},
    credential_status::{SetStatus, Status},
    storage::{
        Bounds, GRANT_COST, REGISTRATION_COST, StorageBalanceBounds, StorageDeposit, StorageUnregister,
        StorageWithdraw, WORD_COST,
    },
};

use crate::world::{CLUB, GRANTS, NOW, STATUSES, World, create, function_call, id, logs, transfer};

const BYTE: u128 = 10_u128.pow(19);

#[test]
fn what_is_locked_is_what_the_protocol_charges_for_the_bytes() {
    let mut world = World::new();
    let register = StorageDeposit { account_id: None, registration_only: Some(true) };
    for contract in [GRANTS, STATUSES] {
        let before = world.bytes(contract);
        world.call_paying("alice.near", contract, &register, REGISTRATION_COST).unwrap();
        let state = 5 + 32 + 40;
        assert_eq!(
            u128::from(world.bytes(contract) - before - state) * BYTE,
            REGISTRATION_COST,
            "{contract}"
        );
        assert_eq!(
            world.view(contract, &StorageBalanceBounds {}).unwrap(),
            Bounds { min: REGISTRATION_COST, max: None }
        );
    }
    let before = world.bytes(GRANTS);
    world.call_paying("alice.near", GRANTS, &create("bank.near", 1, 0), GRANT_COST).unwrap();
    assert_eq!(u128::from(world.bytes(GRANTS) - before) * BYTE, GRANT_COST);
    let before = world.bytes(STATUSES);
    let set = SetStatus { list: 0, index: 0, status: Status::Revoked };
    world.call_paying("alice.near", STATUSES, &set, WORD_COST).unwrap();
    assert_eq!(u128::from(world.bytes(STATUSES) - before) * BYTE, WORD_COST);
}

#[test]
fn a_short_deposit_is_refused_by_exactly_what_is_missing() {
    let mut world = World::new();
    let cost = REGISTRATION_COST + GRANT_COST;
    for yocto in [0, 1, GRANT_COST, cost - 1] {
        let before = world.yocto(GRANTS);
        let refused = world.call_paying("alice.near", GRANTS, &create("bank.near", 1, 0), yocto).unwrap_err();
        assert_eq!(refused.refusal, Some(Refusal::StorageDepositMissing(cost - yocto)), "{}", refused.error);
        assert_eq!(world.yocto(GRANTS), before, "what was attached went back");
    }
    let missing = cost - 5;
    let pay = StorageDeposit { account_id: Some(id("alice.near")), registration_only: None };
    world.call_paying("bank.near", GRANTS, &pay, missing).unwrap();
    let refused = world.create("alice.near", "bank.near", 1, 0).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::StorageDepositMissing(5)));
    world.call_paying("bank.near", GRANTS, &pay, 5).unwrap();
    world.create("alice.near", "bank.near", 1, 0).unwrap();
}

#[test]
fn a_revoke_frees_what_a_withdrawal_then_pays_out() {
    let mut world = World::new();
    world.at(NOW);
    let own = world.yocto(GRANTS);
    let cost = REGISTRATION_COST + GRANT_COST;
    world.call_paying("alice.near", GRANTS, &create("bank.near", 1, NOW + 60), cost).unwrap();
    assert_eq!(world.yocto(GRANTS), own + cost);

    let nothing = world.call("alice.near", GRANTS, &StorageWithdraw { amount: Some(1) }).unwrap_err();
    assert_eq!(nothing.refusal, Some(Refusal::StorageBalanceTooLow(0)));
    let live = world.call("alice.near", GRANTS, &StorageUnregister { force: Some(true) }).unwrap_err();
    assert_eq!(live.refusal, Some(Refusal::StorageInUse(1)));

    world.at(NOW + 61).revoke("alice.near", "bank.near", 1).unwrap();
    let before = world.yocto("alice.near");
    let balance = world.call("alice.near", GRANTS, &StorageWithdraw { amount: None }).unwrap().answer;
    assert_eq!((balance.total, balance.available), (REGISTRATION_COST, 0));
    assert_eq!(world.yocto(GRANTS), own + REGISTRATION_COST);
    let gas = world.yocto("alice.near");
    assert!(before + GRANT_COST > gas && gas > before - GRANT_COST, "she has it, less the gas");

    assert!(world.call("alice.near", GRANTS, &StorageUnregister { force: None }).unwrap().answer);
    assert_eq!((world.yocto(GRANTS), world.deposit_of(GRANTS, "alice.near")), (own, None));
    assert!(!world.call("alice.near", GRANTS, &StorageUnregister { force: None }).unwrap().answer);
    assert_eq!(world.yocto(GRANTS), own);
}

#[test]
fn a_word_that_lost_its_last_suspension_is_no_record_and_gives_its_cost_back() {
    let mut world = World::new();
    let mut set = |status, yocto| {
        let set = SetStatus { list: 0, index: 9, status };
        world.call_paying("kyc.near", STATUSES, &set, yocto).unwrap();
        (world.bytes(STATUSES), world.deposit_of(STATUSES, "kyc.near").unwrap().available)
    };
    let (with, _) = set(Status::Suspended, REGISTRATION_COST + WORD_COST);
    let (without, available) = set(Status::Valid, 0);
    assert_eq!((u128::from(with - without) * BYTE, available), (WORD_COST, WORD_COST));
}

#[test]
fn withdrawals_need_the_yocto_that_a_function_call_key_cannot_attach() {
    let mut world = World::new();
    world.fund(GRANTS, "alice.near");
    for yocto in [0, 2] {
        let refused =
            world.call_paying("alice.near", GRANTS, &StorageWithdraw { amount: None }, yocto).unwrap_err();
        assert_eq!(refused.refusal, Some(Refusal::OneYoctoRequired));
        let refused =
            world.call_paying("alice.near", GRANTS, &StorageUnregister { force: None }, yocto).unwrap_err();
        assert_eq!(refused.refusal, Some(Refusal::OneYoctoRequired));
    }
    let stranger = world.call("bank.near", GRANTS, &StorageWithdraw { amount: None }).unwrap_err();
    assert_eq!(stranger.refusal, Some(Refusal::NotRegistered));
}

/// The contract's own record is its deployer's to pay for. What a receipt logged before it failed for want of that is no event.
#[test]
fn a_contract_too_poor_for_its_own_record_takes_nothing() {
    let mut world = World::new();
    world.deploy(CLUB, access_grants::WASM);
    let left = 50 * BYTE;
    let surplus = world.yocto(CLUB) - u128::from(world.bytes(CLUB)) * BYTE - left;
    world.send(CLUB, "bank.near", vec![transfer(surplus)]);
    let (before, owners) = (world.yocto(CLUB), world.yocto("alice.near"));

    let call = create("bank.near", 1, 0);
    let action =
        function_call(CreateGrant::NAME, call.args().unwrap(), call.gas(), REGISTRATION_COST + GRANT_COST);
    let outcome = world.send("alice.near", CLUB, vec![action]);
    let receipts = &outcome.final_outcome.receipts_outcome;
    let receipt = receipts.iter().find(|receipt| receipt.outcome.executor_id == CLUB).unwrap();
    let status = format!("{:?}", receipt.outcome.status);
    assert!(status.contains("LackBalanceForState"), "{status}");
    assert_eq!((receipt.outcome.logs.len(), logs(CLUB, &outcome).len()), (1, 0));
    assert_eq!((world.yocto(CLUB), world.head(CLUB)), (before, [0; 32]));
    assert!(world.yocto("alice.near") > owners - GRANT_COST, "alice has her deposit back, less the gas");

    world.send("bank.near", CLUB, vec![transfer(50 * BYTE)]);
    world.call_paying("alice.near", CLUB, &call, REGISTRATION_COST + GRANT_COST).unwrap();
}
