//! Entries whose time is over.

use idos_devnet_stellar::chain::AppliedTransaction;
use stellar_xdr::{
    ContractDataDurability, ExtendFootprintTtlOp, ExtendFootprintTtlResult, ExtensionPoint,
    InvokeHostFunctionResult, LedgerFootprint, LedgerKey, Operation, OperationBody, OperationResult,
    OperationResultTr, RestoreFootprintOp, RestoreFootprintResult, ScVal, SorobanResources,
    SorobanTransactionData, SorobanTransactionDataExt,
};

use crate::support::world::{last_result, with_resources};
use crate::support::{Deployed, World, event, key, operation};

const PERSISTENT: ContractDataDurability = ContractDataDurability::Persistent;
const TEMPORARY: ContractDataDurability = ContractDataDurability::Temporary;

/// A contract that keeps 42 under the key 1, for good and for the day.
fn world() -> (World, Deployed) {
    let mut world = World::with(&["alice"]);
    let alice = key("alice");
    let deployed = world.deploy(&alice);
    world.call(&alice, &deployed, "put", vec![ScVal::U32(1), ScVal::U32(42)]);
    world.call(&alice, &deployed, "put_temp", vec![ScVal::U32(1), ScVal::U32(43)]);
    (world, deployed)
}

fn skip(world: &mut World, count: u32) {
    world.now += u64::from(count) * 5;
    world.network.skip_ledgers(count, world.now).unwrap();
}

fn is_live(world: &World, key: &LedgerKey) -> Option<bool> {
    let stored = world.stored(key)?;
    Some(stored.live_until.unwrap() >= world.network.latest().sequence())
}

fn data(footprint: LedgerFootprint, bytes: u32, resource_fee: i64) -> SorobanTransactionData {
    SorobanTransactionData {
        ext: SorobanTransactionDataExt::V0,
        resources: SorobanResources {
            footprint,
            instructions: 0,
            disk_read_bytes: bytes,
            write_bytes: bytes,
        },
        resource_fee,
    }
}

fn read_only(keys: Vec<LedgerKey>) -> LedgerFootprint {
    LedgerFootprint { read_only: keys.try_into().unwrap(), read_write: Default::default() }
}

fn read_write(keys: Vec<LedgerKey>) -> LedgerFootprint {
    LedgerFootprint { read_only: Default::default(), read_write: keys.try_into().unwrap() }
}

fn extend(to: u32) -> Operation {
    operation::of(OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
        ext: ExtensionPoint::V0,
        extend_to: to,
    }))
}

fn restore() -> Operation {
    operation::of(OperationBody::RestoreFootprint(RestoreFootprintOp { ext: ExtensionPoint::V0 }))
}

/// Simulates an operation on a footprint, and applies it with what it was found to cost.
#[track_caller]
fn run(world: &mut World, operation: Operation, footprint: LedgerFootprint) -> AppliedTransaction {
    let alice = key("alice");
    let asked = with_resources(world.transaction(&alice, vec![operation.clone()]), data(footprint, 0, 0));
    let simulation = world.network.simulate(&world.sign(asked, &[]), &Default::default());
    assert_eq!(simulation.error, None);
    let tx = with_resources(world.transaction(&alice, vec![operation]), simulation.transaction_data.unwrap());
    let envelope = world.sign(tx, &[&alice]);
    world.run(envelope)
}

#[test]
fn what_is_over_is_archived_or_gone() {
    let (mut world, deployed) = world();
    let (lasting, passing) = (deployed.data_key(1, PERSISTENT), deployed.data_key(1, TEMPORARY));
    skip(&mut world, 17_279);
    assert_eq!((is_live(&world, &lasting), is_live(&world, &passing)), (Some(true), Some(true)));
    skip(&mut world, 1);
    assert_eq!((is_live(&world, &lasting), is_live(&world, &passing)), (Some(true), None));
    assert!(world.network.latest().evicted_keys.contains(&passing));
    skip(&mut world, 2_073_600);
    assert_eq!(is_live(&world, &lasting), Some(false));
    assert_eq!(is_live(&world, &deployed.code_key()), Some(false));
}

#[test]
fn an_archived_entry_cannot_be_used_unless_the_transaction_says_so() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let while_live = world.prepare(&alice, deployed.call("get", vec![ScVal::U32(1)]));
    skip(&mut world, 2_100_000);
    let applied = world.run(world.sign(while_live, &[&alice]));
    let archived = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::EntryArchived);
    assert_eq!(last_result(&applied), archived);
    let told = event::reasons(&event::meta(&applied).diagnostic_events);
    assert!(told.contains("trying to access an archived contract"), "{told}");
}

#[test]
fn a_simulated_call_restores_what_it_needs() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    skip(&mut world, 2_100_000);
    let tx = world.prepare(&alice, deployed.call("get", vec![ScVal::U32(1)]));
    let stellar_xdr::TransactionExt::V1(resources) = &tx.ext else { panic!() };
    let SorobanTransactionDataExt::V1(ext) = &resources.ext else { panic!("nothing is marked as archived") };
    assert_eq!(ext.archived_soroban_entries.len(), 3, "code, instance and data");
    let applied = world.run(world.sign(tx, &[&alice]));
    assert!(applied.is_success(), "{:?}", applied.result);
    assert_eq!(event::return_value(&applied), ScVal::U32(42));
    let mut changes = event::change_names(&applied);
    changes.dedup();
    assert_eq!(changes, ["Restored"]);
    let live_until = world.stored(&deployed.data_key(1, PERSISTENT)).unwrap().live_until;
    assert_eq!(live_until, Some(world.network.latest().sequence() + 2_073_600 - 1));
    assert!(event::meta(&applied).soroban_meta.is_some());
}

#[test]
fn a_restored_entry_that_is_also_changed_is_told_as_both() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    skip(&mut world, 2_100_000);
    let applied = world.invoke(&alice, deployed.call("put", vec![ScVal::U32(1), ScVal::U32(44)]));
    assert!(applied.is_success());
    let changes = event::change_names(&applied);
    assert_eq!(changes.iter().filter(|name| **name == "Updated").count(), 1);
    assert!(!changes.contains(&"State"));
    assert_eq!(world.call(&alice, &deployed, "get", vec![ScVal::U32(1)]), ScVal::U32(44));
}

#[test]
fn the_restore_operation_brings_entries_back() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let keys = vec![deployed.code_key(), deployed.instance_key(), deployed.data_key(1, PERSISTENT)];
    skip(&mut world, 2_100_000);
    let applied = run(&mut world, restore(), read_write(keys.clone()));
    assert_eq!(last_result(&applied), OperationResultTr::RestoreFootprint(RestoreFootprintResult::Success));
    assert_eq!(event::change_names(&applied), ["Restored"; 6], "three entries and their lifetimes");
    for key in &keys {
        assert_eq!(is_live(&world, key), Some(true));
    }
    assert_eq!(world.call(&alice, &deployed, "get", vec![ScVal::U32(1)]), ScVal::U32(42));
}

#[test]
fn a_temporary_entry_does_not_come_back() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let while_live = world.prepare(&alice, deployed.call("get_temp", vec![ScVal::U32(1)]));
    skip(&mut world, 17_280);
    let applied = world.run(world.sign(while_live, &[&alice]));
    let trapped = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Trapped);
    assert_eq!(last_result(&applied), trapped);
}

#[test]
fn a_lifetime_can_be_extended_by_anyone() {
    let (mut world, deployed) = world();
    let lasting = deployed.data_key(1, PERSISTENT);
    let passing = deployed.data_key(1, TEMPORARY);
    let missing = deployed.data_key(2, PERSISTENT);
    let applied =
        run(&mut world, extend(3_000_000), read_only(vec![lasting.clone(), passing.clone(), missing]));
    assert_eq!(
        last_result(&applied),
        OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Success)
    );
    let until = Some(world.network.latest().sequence() + 3_000_000);
    assert_eq!(world.stored(&lasting).unwrap().live_until, until);
    assert_eq!(world.stored(&passing).unwrap().live_until, until);
    skip(&mut world, 2_500_000);
    assert_eq!(is_live(&world, &lasting), Some(true));
    assert_eq!(is_live(&world, &passing), Some(true), "not dropped at its first date");
    assert_eq!(is_live(&world, &deployed.code_key()), Some(false));
    let stays = run(&mut world, extend(1_000), read_only(vec![lasting.clone()]));
    assert!(stays.is_success());
    assert_eq!(world.stored(&lasting).unwrap().live_until, until, "never shortened");
}

#[test]
fn a_contract_extends_its_own_entries() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let args = vec![ScVal::U32(1), ScVal::U32(3_000_000), ScVal::U32(3_000_000)];
    world.call(&alice, &deployed, "extend", args);
    let until = world.stored(&deployed.data_key(1, PERSISTENT)).unwrap().live_until;
    assert_eq!(until, Some(world.network.latest().sequence() + 3_000_000));
}

#[test]
fn extending_an_archived_entry_needs_a_restore_first() {
    let (mut world, deployed) = world();
    let lasting = deployed.data_key(1, PERSISTENT);
    let before = world.stored(&lasting).unwrap().live_until;
    skip(&mut world, 2_100_000);
    let alice = key("alice");
    let asked = world.transaction(&alice, vec![extend(100)]);
    let asked = with_resources(asked, data(read_only(vec![lasting.clone()]), 0, 0));
    let simulation = world.network.simulate(&world.sign(asked, &[]), &Default::default());
    let to_restore = simulation.restore.unwrap().transaction_data.resources.footprint.read_write;
    assert_eq!(to_restore.to_vec(), vec![lasting.clone()]);
    let applied = run(&mut world, extend(2_073_700), read_only(vec![lasting.clone()]));
    assert!(applied.is_success(), "it is passed over");
    assert_eq!(world.stored(&lasting).unwrap().live_until, before);
}

#[test]
fn footprints_of_the_wrong_kind_are_refused() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let lasting = deployed.data_key(1, PERSISTENT);
    let account =
        LedgerKey::Account(stellar_xdr::LedgerKeyAccount { account_id: crate::support::account_id(&alice) });
    let extended = OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Malformed);
    let restored = OperationResultTr::RestoreFootprint(RestoreFootprintResult::Malformed);
    let rows = [
        ("extend read-write", extend(1), read_write(vec![lasting.clone()]), extended.clone()),
        ("extend an account", extend(1), read_only(vec![account]), extended.clone()),
        ("extend too far", extend(3_110_400), read_only(vec![lasting.clone()]), extended),
        ("restore read-only", restore(), read_only(vec![lasting]), restored.clone()),
        ("restore what passes", restore(), read_write(vec![deployed.data_key(1, TEMPORARY)]), restored),
    ];
    for (name, operation, footprint, expected) in rows {
        let tx =
            with_resources(world.transaction(&alice, vec![operation]), data(footprint, 1_000, 10_000_000));
        let envelope = world.sign(tx, &[&alice]);
        match world.refusal(envelope) {
            stellar_xdr::TransactionResultResult::TxFailed(results) => {
                assert_eq!(results[0], OperationResult::OpInner(expected), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn restoring_within_less_than_declared_fails() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    skip(&mut world, 2_100_000);
    let keys = vec![deployed.data_key(1, PERSISTENT)];
    let rows = [
        ("bytes", 10, 100_000_000, RestoreFootprintResult::ResourceLimitExceeded),
        ("rent", 1_000, 20_000, RestoreFootprintResult::InsufficientRefundableFee),
    ];
    for (name, bytes, fee, expected) in rows {
        let tx = with_resources(
            world.transaction(&alice, vec![restore()]),
            data(read_write(keys.clone()), bytes, fee),
        );
        let applied = world.run(world.sign(tx, &[&alice]));
        assert_eq!(last_result(&applied), OperationResultTr::RestoreFootprint(expected), "{name}");
        assert_eq!(is_live(&world, &keys[0]), Some(false), "{name}");
    }
}

#[test]
fn what_a_call_restored_is_live_for_the_next_call_in_the_ledger() {
    let (mut world, deployed) = world();
    let (alice, bob) = (key("alice"), key("bob"));
    world.fund(&bob, 100 * crate::support::LUMEN);
    skip(&mut world, 2_100_000);
    let mut hashes = Vec::new();
    for who in [&alice, &bob] {
        let tx = world.prepare(who, deployed.call("get", vec![ScVal::U32(1)]));
        let envelope = world.sign(tx, &[who]);
        hashes.push(world.network.submit(envelope).unwrap());
    }
    world.close();
    let rents = hashes.iter().map(|hash| {
        let applied = world.applied(hash);
        assert!(applied.is_success(), "{:?}", applied.result);
        let meta = event::meta(&applied).soroban_meta.clone().unwrap();
        let stellar_xdr::SorobanTransactionMetaExt::V1(fees) = meta.ext else { panic!() };
        fees.rent_fee_charged
    });
    let rents: Vec<_> = rents.collect();
    assert!(rents[0] > 0);
    assert_eq!(rents[1], 0, "rent is paid once");
}
