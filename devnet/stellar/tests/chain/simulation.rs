use idos_devnet_stellar::chain::{AuthMode, SimulateOptions};
use stellar_xdr::{
    ContractDataDurability, ExtendFootprintTtlOp, ExtensionPoint, Memo, OperationBody, RestoreFootprintOp,
    ScVal, TransactionEnvelope,
};

use crate::support::contract::invoke;
use crate::support::{Deployed, World, event, key, operation};

fn world() -> (World, Deployed) {
    let mut world = World::with(&["alice", "bob"]);
    let deployed = world.deploy(&key("alice"));
    (world, deployed)
}

#[test]
fn a_simulation_tells_result_cost_and_changes_and_changes_nothing() {
    let (world, deployed) = world();
    let put = invoke(deployed.call("put", vec![ScVal::U32(1), ScVal::U32(42)]), vec![]);
    let simulation = world.simulate(&key("alice"), put);
    assert_eq!(simulation.error, None);
    assert_eq!(simulation.latest_ledger, world.network.latest().sequence());
    assert_eq!(simulation.invocation.unwrap().return_value, ScVal::Void);
    let data = simulation.transaction_data.unwrap();
    assert_eq!(data.resource_fee, simulation.min_resource_fee);
    assert_eq!(data.resources.footprint.read_only.len(), 2);
    let written = deployed.data_key(1, ContractDataDurability::Persistent);
    assert_eq!(data.resources.footprint.read_write.to_vec(), vec![written.clone()]);
    assert_eq!(simulation.state_changes.len(), 1);
    assert_eq!(simulation.state_changes[0].key, written);
    assert!(simulation.state_changes[0].before.is_none() && simulation.state_changes[0].after.is_some());
    assert!(world.stored(&written).is_none());
}

#[test]
fn a_failure_is_told_with_its_events() {
    let (world, deployed) = world();
    let simulation = world.simulate(&key("alice"), invoke(deployed.call("trap", vec![]), vec![]));
    assert!(simulation.error.unwrap().starts_with("HostError: Error(WasmVm, InvalidAction)"));
    assert!(!simulation.events.is_empty());
    assert!(simulation.transaction_data.is_none() && simulation.invocation.is_none());
}

#[test]
fn leeway_adds_instructions() {
    let (world, deployed) = world();
    let tx = world.transaction(&key("alice"), vec![invoke(deployed.call("time", vec![]), vec![])]);
    let envelope = world.sign(tx, &[]);
    let instructions = |instruction_leeway| {
        let options = SimulateOptions { instruction_leeway, ..SimulateOptions::default() };
        world.network.simulate(&envelope, &options).transaction_data.unwrap().resources.instructions
    };
    assert_eq!(instructions(10_000_000) - instructions(0), 10_000_000 - 50_000);
}

#[test]
fn a_fee_bump_is_simulated_by_what_is_inside() {
    let (world, deployed) = world();
    let tx = world.transaction(&key("alice"), vec![invoke(deployed.call("time", vec![]), vec![])]);
    let plain =
        world.network.simulate(&TransactionEnvelope::Tx(world.sign_v1(tx.clone(), &[])), &Default::default());
    let bumped = world.bump(world.sign_v1(tx, &[]), &key("bob"), 1_000);
    assert_eq!(world.network.simulate(&bumped, &Default::default()).transaction_data, plain.transaction_data);
}

#[test]
fn what_cannot_be_simulated_is_said_in_stellar_rpcs_words() {
    let (world, deployed) = world();
    let alice = key("alice");
    let call = || invoke(deployed.call("time", vec![]), vec![]);
    let restore =
        operation::of(OperationBody::RestoreFootprint(RestoreFootprintOp { ext: ExtensionPoint::V0 }));
    let extend = operation::of(OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
        ext: ExtensionPoint::V0,
        extend_to: 1,
    }));
    let mut with_memo = world.transaction(&alice, vec![call()]);
    with_memo.memo = Memo::Id(1);
    let tx = |operations| world.transaction(&alice, operations);
    let enforce = SimulateOptions { auth_mode: AuthMode::Enforce, ..SimulateOptions::default() };
    let rows = [
        (
            "two",
            tx(vec![call(), call()]),
            SimulateOptions::default(),
            "Transaction contains more than one operation",
        ),
        ("memo", with_memo, SimulateOptions::default(), "Transaction contains a memo"),
        (
            "payment",
            tx(vec![operation::pay(&alice, 1)]),
            SimulateOptions::default(),
            "Transaction contains unsupported operation type: Payment",
        ),
        (
            "no footprint",
            tx(vec![restore.clone()]),
            SimulateOptions::default(),
            "SorobanTransactionData must be provided",
        ),
        (
            "no footprint to extend",
            tx(vec![extend]),
            SimulateOptions::default(),
            "SorobanTransactionData must be",
        ),
        (
            "auth mode",
            tx(vec![restore]),
            enforce,
            "cannot set authMode with non-InvokeHostFunction operations",
        ),
    ];
    for (name, tx, options, expected) in rows {
        let simulation = world.network.simulate(&world.sign(tx, &[]), &options);
        let error = simulation.error.unwrap_or_default();
        assert!(error.contains(expected), "{name}: {error}");
        assert_eq!(simulation.latest_ledger, world.network.latest().sequence(), "{name}");
    }
}

#[test]
fn diagnostic_events_tell_the_calls() {
    let (world, deployed) = world();
    let simulation = world
        .simulate(&key("alice"), invoke(deployed.call("tell", vec![ScVal::U32(1), ScVal::U32(2)]), vec![]));
    let names: Vec<_> =
        simulation.events.iter().map(|event| event::topics(&event.event)[0].clone()).collect();
    assert_eq!(names, [event::symbol("fn_call"), ScVal::U32(1), event::symbol("fn_return")]);
}
