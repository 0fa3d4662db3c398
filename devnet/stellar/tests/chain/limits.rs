//! What a transaction declares, what it uses, and what the network allows.

use idos_devnet_stellar::chain::{AppliedTransaction, NotTaken, Settings, TransactionStatus};
use stellar_xdr::{
    ContractDataDurability, InvokeHostFunctionResult, LedgerKey, LedgerKeyTtl, OperationResultTr, ScVal,
    SorobanResourcesExtV0, SorobanTransactionData, SorobanTransactionDataExt, Transaction, TransactionExt,
    TransactionResultResult as Code,
};

use crate::support::contract::invoke;
use crate::support::world::{last_result, with_resources};
use crate::support::{Deployed, LUMEN, World, event, key, operation};

fn world() -> (World, Deployed) {
    let mut world = World::with(&["alice", "bob"]);
    let deployed = world.deploy(&key("alice"));
    (world, deployed)
}

fn put(deployed: &Deployed) -> stellar_xdr::HostFunction {
    deployed.call("put", vec![ScVal::U32(1), ScVal::U32(42)])
}

fn data(tx: &Transaction) -> SorobanTransactionData {
    match &tx.ext {
        TransactionExt::V1(data) => data.clone(),
        TransactionExt::V0 => panic!("no resources"),
    }
}

/// Applies a call with resources that were changed.
fn run_with(change: fn(&mut SorobanTransactionData, &Deployed)) -> (World, AppliedTransaction) {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let tx = world.prepare(&alice, put(&deployed));
    let mut changed = data(&tx);
    change(&mut changed, &deployed);
    let applied = world.run(world.sign(with_resources(tx, changed), &[&alice]));
    (world, applied)
}

#[test]
fn a_call_that_uses_more_than_it_declares_fails() {
    type Change = fn(&mut SorobanTransactionData, &Deployed);
    use InvokeHostFunctionResult::{InsufficientRefundableFee, ResourceLimitExceeded, Trapped};
    let rows: [(&str, Change, InvokeHostFunctionResult, &str); 5] = [
        (
            "instructions",
            |data, _| data.resources.instructions = 10_000,
            ResourceLimitExceeded,
            "instructions",
        ),
        ("bytes to write", |data, _| data.resources.write_bytes = 10, ResourceLimitExceeded, "byte-write"),
        (
            "a footprint without the entry",
            |data, _| data.resources.footprint.read_write = Default::default(),
            Trapped,
            "",
        ),
        (
            "an entry that it may only read",
            |data, _| {
                let mut keys = data.resources.footprint.read_only.to_vec();
                keys.extend(data.resources.footprint.read_write.to_vec());
                data.resources.footprint.read_only = keys.try_into().unwrap();
                data.resources.footprint.read_write = Default::default();
            },
            Trapped,
            "",
        ),
        ("rent", |data, _| data.resource_fee -= 50_000, InsufficientRefundableFee, "rent"),
    ];
    for (name, change, expected, reason) in rows {
        let (world, applied) = run_with(change);
        assert_eq!(last_result(&applied), OperationResultTr::InvokeHostFunction(expected), "{name}");
        let told = event::reasons(&event::meta(&applied).diagnostic_events);
        assert!(told.contains(reason), "{name}: {told}");
        assert_eq!(world.balance(&key("bob")), 10_000 * LUMEN, "{name}");
    }
}

#[test]
fn unused_refundable_fees_are_given_back() {
    let (world, applied) = run_with(|data, _| data.resource_fee += 1_000_000);
    assert!(applied.is_success());
    let meta = event::meta(&applied).soroban_meta.clone().unwrap();
    let stellar_xdr::SorobanTransactionMetaExt::V1(fees) = meta.ext else { panic!() };
    let charged =
        fees.total_non_refundable_resource_fee_charged + fees.total_refundable_resource_fee_charged + 100;
    assert_eq!(applied.result.fee_charged, charged);
    assert!(fees.rent_fee_charged > 0 && fees.rent_fee_charged < fees.total_refundable_resource_fee_charged);
    let events = &event::meta(&applied).events;
    assert_eq!(events.len(), 2, "the fee, and what was given back");
    let (taken, back) = (event::data(&events[0].event), event::data(&events[1].event));
    let (ScVal::I128(taken), ScVal::I128(back)) = (taken, back) else { panic!() };
    assert_eq!(taken.lo.cast_signed() + back.lo.cast_signed(), charged);
    assert_eq!(world.network.latest().header.header.fee_pool, total_fees(&world));
}

fn total_fees(world: &World) -> i64 {
    let ledgers = world.network.ledgers_from(1);
    ledgers.flat_map(|ledger| &ledger.transactions).map(|one| one.result.fee_charged).sum()
}

#[test]
fn a_failed_call_pays_neither_rent_nor_events() {
    let (_, applied) = run_with(|data, _| data.resources.write_bytes = 10);
    let meta = event::meta(&applied).soroban_meta.clone().unwrap();
    let stellar_xdr::SorobanTransactionMetaExt::V1(fees) = meta.ext else { panic!() };
    assert_eq!((fees.rent_fee_charged, fees.total_refundable_resource_fee_charged), (0, 0));
    assert_eq!(applied.result.fee_charged, fees.total_non_refundable_resource_fee_charged + 100);
}

#[test]
fn declarations_beyond_the_networks_limits_are_refused() {
    type Change = fn(&mut SorobanTransactionData, &Deployed);
    let rows: [(&str, Change, &str); 11] = [
        (
            "instructions",
            |data, _| data.resources.instructions = 400_000_001,
            "instructions resources exceed",
        ),
        ("bytes read", |data, _| data.resources.disk_read_bytes = 200_001, "byte-read resources exceed"),
        ("bytes written", |data, _| data.resources.write_bytes = 132_097, "byte-write resources exceed"),
        (
            "keys",
            |data, deployed| data.resources.footprint.read_only = many(deployed, 400),
            "footprint exceeds",
        ),
        (
            "keys to write",
            |data, deployed| data.resources.footprint.read_write = many(deployed, 201),
            "entry-write",
        ),
        (
            "a key of the wrong type",
            |data, _| {
                let ttl = LedgerKey::Ttl(LedgerKeyTtl { key_hash: stellar_xdr::Hash([0; 32]) });
                data.resources.footprint.read_only = vec![ttl].try_into().unwrap();
            },
            "unsupported ledger key type",
        ),
        (
            "a long key",
            |data, deployed| {
                let mut key = deployed.data_key(1, ContractDataDurability::Persistent);
                if let LedgerKey::ContractData(data) = &mut key {
                    data.key = event::string(&"x".repeat(300));
                }
                data.resources.footprint.read_only = vec![key].try_into().unwrap();
            },
            "footprint key exceeds",
        ),
        (
            "a key twice",
            |data, _| {
                data.resources.footprint.read_only =
                    vec![data.resources.footprint.read_write[0].clone(); 2].try_into().unwrap();
            },
            "duplicate key",
        ),
        ("too low a fee", |data, _| data.resource_fee = 100, "lower than the actual"),
        ("archived entries out of bounds", |data, _| mark_archived(data, vec![9]), "out of bounds"),
        (
            "archived entries out of order",
            |data, _| mark_archived(data, vec![0, 0]),
            "sorted in ascending order",
        ),
    ];
    for (name, change, reason) in rows {
        let (mut world, deployed) = world();
        let alice = key("alice");
        let tx = world.prepare(&alice, put(&deployed));
        let mut changed = data(&tx);
        changed.resource_fee = 50_000_000;
        change(&mut changed, &deployed);
        let envelope = world.sign(with_resources(tx, changed), &[&alice]);
        match world.network.submit(envelope) {
            Err(NotTaken::Invalid { result, diagnostics }) => {
                assert_eq!(result.result, Code::TxSorobanInvalid, "{name}");
                let told = event::reasons(&diagnostics);
                assert!(told.contains(reason), "{name}: {told}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn many(deployed: &Deployed, count: u32) -> stellar_xdr::VecM<LedgerKey> {
    let keys: Vec<_> =
        (0..count).map(|index| deployed.data_key(index + 2, ContractDataDurability::Persistent)).collect();
    keys.try_into().unwrap()
}

fn mark_archived(data: &mut SorobanTransactionData, indexes: Vec<u32>) {
    data.ext = SorobanTransactionDataExt::V1(SorobanResourcesExtV0 {
        archived_soroban_entries: indexes.try_into().unwrap(),
    });
}

#[test]
fn a_fee_below_the_resource_fee_is_refused() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let mut tx = world.prepare(&alice, put(&deployed));
    tx.fee -= 101;
    let envelope = world.sign(tx.clone(), &[&alice]);
    assert_eq!(world.refusal(envelope), Code::TxSorobanInvalid);
    tx.fee += 100;
    let envelope = world.sign(tx, &[&alice]);
    assert_eq!(world.refusal(envelope), Code::TxInsufficientFee, "nothing is left for inclusion");
}

#[test]
fn an_endless_loop_ends_with_its_instructions() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let tx = world.prepare(&alice, deployed.call("time", vec![]));
    let mut changed = data(&tx);
    changed.resources.instructions = 5_000_000;
    changed.resource_fee += 50_000;
    let spin = world.transaction(&alice, vec![invoke(deployed.call("spin", vec![]), vec![])]);
    let applied = world.run(world.sign(with_resources(spin, changed), &[&alice]));
    let trapped = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Trapped);
    assert_eq!(last_result(&applied), trapped, "the machine runs out of fuel before the budget is overdrawn");
    let used = event::metric(&applied, "cpu_insn").unwrap();
    assert!((4_900_000..=5_000_000).contains(&used), "{used}");
    let exceeded = ScVal::Error(stellar_xdr::ScError::Budget(stellar_xdr::ScErrorCode::ExceededLimit));
    let told = event::meta(&applied)
        .diagnostic_events
        .iter()
        .any(|told| event::topics(&told.event).contains(&exceeded));
    assert!(told);
}

#[test]
fn what_does_not_fit_into_a_ledger_waits_for_the_next() {
    let (mut world, deployed) = world();
    let (alice, bob) = (key("alice"), key("bob"));
    let mut hashes = Vec::new();
    for who in [&alice, &bob] {
        let tx = world.prepare(who, deployed.call("time", vec![]));
        let mut changed = data(&tx);
        changed.resources.instructions = 300_000_000;
        changed.resource_fee += 1_000_000;
        let envelope = world.sign(with_resources(tx, changed), &[who]);
        hashes.push(world.network.submit(envelope).unwrap());
    }
    world.close();
    assert!(world.applied(&hashes[0]).is_success());
    assert!(matches!(world.network.transaction(&hashes[1]), Some(TransactionStatus::Pending(_))));
    world.close();
    assert!(world.applied(&hashes[1]).is_success());
}

#[test]
fn contracts_that_are_not_there_or_broken_fail() {
    let (mut world, deployed) = world();
    let alice = key("alice");
    let missing = Deployed { id: stellar_xdr::ContractId(stellar_xdr::Hash([9; 32])), ..deployed };
    let simulation = world.simulate(&alice, invoke(missing.call("time", vec![]), vec![]));
    assert!(simulation.error.unwrap().contains("MissingValue"));
    let broken = stellar_xdr::HostFunction::UploadContractWasm(vec![0, 1, 2].try_into().unwrap());
    let simulation = world.simulate(&alice, invoke(broken, vec![]));
    assert!(simulation.error.unwrap().contains("WasmVm"));
    assert!(world.run_signed(&alice, vec![operation::pay(&alice, 1)]).is_success(), "the network goes on");
}

#[test]
fn a_ledger_takes_so_many_classic_operations() {
    let settings = Settings { max_tx_set_size: 2, ..Settings::default() };
    let mut world = World::with_settings(settings);
    let people = ["alice", "bob", "carol"].map(key);
    for person in &people {
        world.fund(person, 100 * LUMEN);
    }
    let hashes: Vec<_> = people
        .iter()
        .map(|person| {
            let tx = world.transaction(person, vec![operation::pay(person, 1)]);
            let envelope = world.sign(tx, &[person]);
            world.network.submit(envelope).unwrap()
        })
        .collect();
    world.close();
    assert_eq!(world.network.latest().transactions.len(), 2);
    world.close();
    assert_eq!(world.applied(&hashes[2]).ledger, world.network.latest().sequence());
}
