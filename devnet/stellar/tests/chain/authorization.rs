//! Contracts that ask for somebody's permission.

use idos_devnet_stellar::chain::{AppliedTransaction, AuthMode, SimulateOptions, Simulation};
use stellar_xdr::{
    Hash, HostFunction, InvokeHostFunctionResult, OperationResultTr, ScVal, SorobanAuthorizationEntry,
    SorobanCredentials,
};

use crate::support::auth::{Permission, address};
use crate::support::contract::{Deployed, invoke};
use crate::support::world::{last_result, with_resources};
use crate::support::{World, event, key};

const KEY: ScVal = ScVal::U32(1);

fn own(deployed: &Deployed, value: u32) -> HostFunction {
    deployed.call("own", vec![address(&key("bob")), KEY, ScVal::U32(value)])
}

/// Bob allows that the value is written in his name.
fn permission(world: &World, deployed: &Deployed, value: u32) -> Permission {
    Permission {
        nonce: 7,
        until: world.network.latest().sequence() + 10,
        network_id: world.network.network_id(),
        call: deployed.args("own", vec![address(&key("bob")), KEY, ScVal::U32(value)]),
        deeper: Vec::new(),
    }
}

/// Alice submits it. What it costs is learned from a call that Bob allows as he should.
fn submit(
    world: &mut World,
    deployed: &Deployed,
    value: u32,
    entries: Vec<SorobanAuthorizationEntry>,
) -> AppliedTransaction {
    let alice = key("alice");
    let good = Permission { nonce: 1_000, ..permission(world, deployed, value) }.signed_by(&key("bob"));
    let mut data = world.simulate(&alice, invoke(own(deployed, value), vec![good])).transaction_data.unwrap();
    let nonces: Vec<_> = entries.iter().filter_map(nonce_key).collect();
    let mut read_write = data.resources.footprint.read_write.to_vec();
    read_write.retain(|key| !is_nonce(key));
    read_write.extend(nonces);
    read_write.dedup();
    data.resources.footprint.read_write = read_write.try_into().unwrap();
    let tx = with_resources(world.transaction(&alice, vec![invoke(own(deployed, value), entries)]), data);
    let envelope = world.sign(tx, &[&alice]);
    world.run(envelope)
}

fn is_nonce(key: &stellar_xdr::LedgerKey) -> bool {
    matches!(key, stellar_xdr::LedgerKey::ContractData(data) if matches!(data.key, ScVal::LedgerKeyNonce(_)))
}

fn nonce_key(entry: &SorobanAuthorizationEntry) -> Option<stellar_xdr::LedgerKey> {
    let SorobanCredentials::Address(credentials) = &entry.credentials else { return None };
    Some(stellar_xdr::LedgerKey::ContractData(stellar_xdr::LedgerKeyContractData {
        contract: credentials.address.clone(),
        key: ScVal::LedgerKeyNonce(stellar_xdr::ScNonceKey { nonce: credentials.nonce }),
        durability: stellar_xdr::ContractDataDurability::Temporary,
    }))
}

fn world() -> (World, Deployed) {
    let mut world = World::with(&["alice", "bob"]);
    let deployed = world.deploy(&key("alice"));
    (world, deployed)
}

#[track_caller]
fn assert_refused(applied: &AppliedTransaction, name: &str) {
    let trapped = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Trapped);
    assert_eq!(last_result(applied), trapped, "{name}");
    let told = event::meta(applied).diagnostic_events.iter().any(|event| {
        event::topics(&event.event)
            .iter()
            .any(|topic| matches!(topic, ScVal::Error(stellar_xdr::ScError::Auth(_))))
    });
    assert!(told, "{name}: an error of authorization is told");
}

#[test]
fn the_transactions_own_account_needs_no_further_signature() {
    let (mut world, deployed) = world();
    let bob = key("bob");
    let simulation = world.simulate(&bob, invoke(own(&deployed, 3), vec![]));
    let auth = simulation.invocation.unwrap().auth;
    assert_eq!(auth.len(), 1);
    assert_eq!(auth[0].credentials, SorobanCredentials::SourceAccount);
    assert!(world.invoke(&bob, own(&deployed, 3)).is_success());
}

#[test]
fn somebody_else_submits_a_signed_permission() {
    let (mut world, deployed) = world();
    let entry = permission(&world, &deployed, 3).signed_by(&key("bob"));
    let applied = submit(&mut world, &deployed, 3, vec![entry]);
    assert!(applied.is_success(), "{:?}", applied.result);
    assert_eq!(world.balance(&key("bob")), 10_000 * crate::support::LUMEN, "Bob paid nothing");
    assert_eq!(world.call(&key("alice"), &deployed, "get", vec![KEY]), ScVal::U32(3));
}

#[test]
fn permissions_that_do_not_fit_are_refused() {
    type Change = fn(Permission, &Deployed) -> SorobanAuthorizationEntry;
    let rows: [(&str, Change); 6] = [
        ("for another value", |permission, deployed| {
            let call = deployed.args("own", vec![address(&key("bob")), KEY, ScVal::U32(4)]);
            Permission { call, ..permission }.signed_by(&key("bob"))
        }),
        ("for another function", |permission, deployed| {
            let call = deployed.args("put", vec![KEY, ScVal::U32(3)]);
            Permission { call, ..permission }.signed_by(&key("bob"))
        }),
        ("for another network", |permission, _| {
            Permission { network_id: Hash([1; 32]), ..permission }.signed_by(&key("bob"))
        }),
        ("that is over", |permission, _| Permission { until: 1, ..permission }.signed_by(&key("bob"))),
        ("without an end", |permission, _| {
            Permission { until: u32::MAX, ..permission }.signed_by(&key("bob"))
        }),
        ("of somebody else in Bob's name", |permission, _| {
            let mut entry = permission.signed_by(&key("mallory"));
            if let SorobanCredentials::Address(credentials) = &mut entry.credentials {
                credentials.address =
                    stellar_xdr::ScAddress::Account(crate::support::account_id(&key("bob")));
            }
            entry
        }),
    ];
    for (name, change) in rows {
        let (mut world, deployed) = world();
        let entry = change(permission(&world, &deployed, 3), &deployed);
        let applied = submit(&mut world, &deployed, 3, vec![entry]);
        assert_refused(&applied, name);
    }
    let (mut world, deployed) = world();
    assert_refused(&submit(&mut world, &deployed, 3, vec![]), "none at all");
}

#[test]
fn a_permission_for_more_than_happens_is_good_for_what_happens() {
    let (mut world, deployed) = world();
    let broad = Permission {
        deeper: vec![deployed.args("put", vec![KEY, ScVal::U32(99)])],
        ..permission(&world, &deployed, 3)
    };
    let applied = submit(&mut world, &deployed, 3, vec![broad.signed_by(&key("bob"))]);
    assert!(applied.is_success(), "the host does not mind; a contract or a wallet must");
    assert_eq!(world.call(&key("alice"), &deployed, "get", vec![KEY]), ScVal::U32(3));
}

#[test]
fn a_permission_is_good_once() {
    let (mut world, deployed) = world();
    let entry = permission(&world, &deployed, 3).signed_by(&key("bob"));
    assert!(submit(&mut world, &deployed, 3, vec![entry.clone()]).is_success());
    let applied = submit(&mut world, &deployed, 3, vec![entry]);
    assert_refused(&applied, "the second time");
}

#[test]
fn recording_finds_out_whose_permission_is_needed() {
    let (world, deployed) = world();
    let simulation = world.simulate(&key("alice"), invoke(own(&deployed, 3), vec![]));
    let auth = simulation.invocation.unwrap().auth;
    let [SorobanAuthorizationEntry { credentials: SorobanCredentials::Address(credentials), .. }] =
        auth.as_slice()
    else {
        panic!("{auth:?}");
    };
    assert_eq!(ScVal::Address(credentials.address.clone()), address(&key("bob")));
    assert_eq!(credentials.signature, ScVal::Void);
}

#[test]
fn deeper_permissions_are_recorded_when_they_are_allowed() {
    let (world, deployed) = world();
    let args = ScVal::Vec(Some(stellar_xdr::ScVec(
        vec![address(&key("bob")), KEY, ScVal::U32(3)].try_into().unwrap(),
    )));
    let mut other_world = world;
    let outer = {
        let hash = deployed.wasm_hash.clone();
        let created =
            other_world.invoke(&key("alice"), crate::support::contract::create(&key("alice"), &hash, 1));
        crate::support::contract::created_contract(&created, hash)
    };
    let forward = outer.call("forward", vec![ScVal::Address(deployed.address()), event::symbol("own"), args]);
    let simulate = |mode| -> Simulation {
        let tx = other_world.transaction(&key("alice"), vec![invoke(forward.clone(), vec![])]);
        let options = SimulateOptions { auth_mode: mode, ..SimulateOptions::default() };
        other_world.network.simulate(&other_world.sign(tx, &[]), &options)
    };
    assert!(simulate(AuthMode::Record).error.unwrap().contains("Auth"));
    let allowed = simulate(AuthMode::RecordAllowNonroot);
    assert_eq!(allowed.error, None);
    assert_eq!(allowed.invocation.unwrap().auth.len(), 1);
}
