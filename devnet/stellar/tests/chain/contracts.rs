use stellar_xdr::{
    ContractDataDurability, InvokeHostFunctionResult, OperationResultTr, ScVal, TransactionResultResult,
};

use crate::support::contract::{self, created_contract};
use crate::support::world::last_result;
use crate::support::{World, event, key};

#[test]
fn a_contract_is_uploaded_created_and_called() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    assert_eq!(world.call(&alice, &deployed, "put", vec![ScVal::U32(1), ScVal::U32(42)]), ScVal::Void);
    assert_eq!(world.call(&alice, &deployed, "get", vec![ScVal::U32(1)]), ScVal::U32(42));
    let stored = world.stored(&deployed.data_key(1, ContractDataDurability::Persistent)).unwrap();
    assert_eq!(stored.live_until, Some(world.network.latest().sequence() - 1 + 2_073_600 - 1));
}

#[test]
fn a_constructor_runs_with_its_arguments() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let wasm_hash = world.upload(&alice, &contract::contract_with_constructor());
    let created = world.invoke(&alice, contract::create_with(&alice, &wasm_hash, 3, vec![ScVal::U32(9)]));
    let deployed = created_contract(&created, wasm_hash);
    assert_eq!(world.call(&alice, &deployed, "get", vec![ScVal::U32(1)]), ScVal::U32(9));
}

#[test]
fn contracts_see_the_ledger_and_its_close_time() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    let time = world.call(&alice, &deployed, "time", vec![]);
    assert_eq!(time, ScVal::U64(world.network.latest().close_time()));
    let ledger = world.call(&alice, &deployed, "ledger", vec![]);
    assert_eq!(ledger, ScVal::U32(world.network.latest().sequence()));
}

#[test]
fn events_are_told_with_the_operation() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    let applied = world.invoke(&alice, deployed.call("tell", vec![ScVal::U32(5), event::symbol("news")]));
    let events = &event::meta(&applied).operations[0].events;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].contract_id, Some(deployed.id.clone()));
    assert_eq!(
        (event::topics(&events[0]), event::data(&events[0])),
        (vec![ScVal::U32(5)], event::symbol("news"))
    );
}

#[test]
fn a_trap_is_a_failed_operation_that_keeps_the_refundable_fee() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    let mut tx = world.prepare(&alice, deployed.call("time", vec![]));
    tx.operations = vec![contract::invoke(deployed.call("trap", vec![]), vec![])].try_into().unwrap();
    let applied = world.run(world.sign(tx, &[&alice]));
    assert_eq!(
        last_result(&applied),
        OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Trapped)
    );
    assert!(matches!(applied.result.result, TransactionResultResult::TxFailed(_)));
    let meta = event::meta(&applied);
    assert!(!meta.diagnostic_events.is_empty());
    assert_eq!(meta.soroban_meta.as_ref().unwrap().return_value, None);
}

#[test]
fn calls_in_one_ledger_see_what_the_calls_before_them_did() {
    let mut world = World::with(&["alice", "bob"]);
    let (alice, bob) = (key("alice"), key("bob"));
    let deployed = world.deploy(&alice);
    world.call(&alice, &deployed, "put", vec![ScVal::U32(1), ScVal::U32(1)]);
    let write = world.prepare(&alice, deployed.call("put", vec![ScVal::U32(1), ScVal::U32(2)]));
    let read = world.prepare(&bob, deployed.call("get", vec![ScVal::U32(1)]));
    world.network.submit(world.sign(write, &[&alice])).unwrap();
    let read = world.network.submit(world.sign(read, &[&bob])).unwrap();
    world.close();
    assert_eq!(event::return_value(&world.applied(&read)), ScVal::U32(2));
}

#[test]
fn a_deleted_entry_is_gone_with_its_lifetime() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    world.call(&alice, &deployed, "put", vec![ScVal::U32(1), ScVal::U32(1)]);
    let applied = world.invoke(&alice, deployed.call("del", vec![ScVal::U32(1)]));
    assert!(applied.is_success());
    assert_eq!(event::change_names(&applied), ["State", "Removed", "State", "Removed"]);
    assert!(world.stored(&deployed.data_key(1, ContractDataDurability::Persistent)).is_none());
}

#[test]
fn code_that_is_uploaded_again_changes_nothing() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let first = world.upload(&alice, &contract::contract());
    let before = world.stored(&stellar_xdr::LedgerKey::ContractCode(stellar_xdr::LedgerKeyContractCode {
        hash: first.clone(),
    }));
    assert_eq!(world.upload(&alice, &contract::contract()), first);
    let after = world
        .stored(&stellar_xdr::LedgerKey::ContractCode(stellar_xdr::LedgerKeyContractCode { hash: first }));
    assert_eq!(before.unwrap().entry.data, after.unwrap().entry.data);
}

#[test]
fn a_contract_is_created_once() {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    let again = contract::invoke(contract::create(&alice, &deployed.wasm_hash, 0), vec![]);
    assert!(world.simulate(&alice, again).error.unwrap().contains("ExistingValue"));
}
