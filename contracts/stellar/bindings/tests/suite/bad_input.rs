//! What the contracts' engine itself refuses, and what that is called.

use idos_contracts_stellar::{
    ContractId, Method, Refusal,
    access_grants::{self, HasAccess},
    credential_status::{LIST_SIZE, StatusOf},
};
use idos_devnet_stellar::chain::AuthMode;
use stellar_xdr::{
    HostFunction, InvokeContractArgs, InvokeHostFunctionResult, LedgerKey, OperationResult,
    OperationResultTr, ScAddress, ScSymbol, ScVal, ScVec, TransactionResultResult,
};

use crate::{
    outcome::{done, events, refused},
    world::{World, create, data, id, key},
};

#[test]
fn a_footprint_that_is_too_small_is_refused_and_changes_nothing() {
    let mut world = World::new();
    world.create("alice", "bank", 9, 0).unwrap();
    let head = world.head(world.grants);
    let function = create("alice", "bank", 1, 0).host_function(world.grants).unwrap();
    let simulation = world.simulate(&key("alice"), function.clone(), Vec::new(), AuthMode::Record);
    let (data, auth) = (simulation.transaction_data.unwrap(), simulation.invocation.unwrap().auth);
    let keys = data.resources.footprint.read_write.to_vec();
    assert_eq!(keys.len(), 2, "the grant and the head");
    for missing in &keys {
        let mut data = data.clone();
        let rest: Vec<LedgerKey> = keys.iter().filter(|key| *key != missing).cloned().collect();
        data.resources.footprint.read_write = rest.clone().try_into().unwrap();
        let applied = world.apply(&key("alice"), function.clone(), auth.clone(), data.clone());
        assert!(done(&applied).unwrap_err().refusal.is_none());
        // To read is not to write.
        let mut read_only = data.resources.footprint.read_only.to_vec();
        read_only.push(missing.clone());
        data.resources.footprint.read_only = read_only.try_into().unwrap();
        let applied = world.apply(&key("alice"), function.clone(), auth.clone(), data);
        assert!(done(&applied).unwrap_err().refusal.is_none());
    }
    assert_eq!((world.head(world.grants), world.has_access("alice", "bank", 1)), (head, false));
}

#[test]
fn too_few_instructions_are_refused_and_change_nothing() {
    let mut world = World::new();
    let function = create("alice", "bank", 1, 0).host_function(world.grants).unwrap();
    let simulation = world.simulate(&key("alice"), function.clone(), Vec::new(), AuthMode::Record);
    let mut data = simulation.transaction_data.unwrap();
    data.resources.instructions /= 2;
    let applied = world.apply(&key("alice"), function, simulation.invocation.unwrap().auth, data);
    let TransactionResultResult::TxFailed(results) = &applied.result.result else { panic!("{applied:?}") };
    let exceeded = OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::ResourceLimitExceeded);
    assert_eq!(results[0], OperationResult::OpInner(exceeded));
    assert!(!world.has_access("alice", "bank", 1));
}

/// Calls with any arguments, for the error.
fn raw(world: &World, function: &str, args: Vec<ScVal>) -> String {
    let call = HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: world.grants.address(),
        function_name: ScSymbol(function.try_into().unwrap()),
        args: args.try_into().unwrap(),
    });
    world.simulate(&key("alice"), call, Vec::new(), AuthMode::Record).error.unwrap()
}

#[test]
fn arguments_that_are_not_what_the_function_takes_are_refused() {
    let world = World::new();
    let good = create("alice", "bank", 1, 0).args().unwrap();
    let with = |at: usize, val: ScVal| {
        let mut args = good.clone();
        args[at] = val;
        args
    };
    let symbol = |name: &str| ScVal::Symbol(ScSymbol(name.try_into().unwrap()));
    let list = |items: Vec<ScVal>| ScVal::Vec(Some(ScVec(items.try_into().unwrap())));
    let bytes = |count: usize| ScVal::Bytes(vec![2; count].try_into().unwrap());
    let address = ScVal::Address(id("alice").address().unwrap());
    let muxed = ScVal::Address(ScAddress::MuxedAccount(stellar_xdr::MuxedEd25519Account {
        id: 7,
        ed25519: stellar_xdr::Uint256([1; 32]),
    }));
    let table = [
        ("a plain address", with(0, address.clone())),
        ("an unknown kind of account", with(0, list(vec![symbol("Bls"), bytes(48)]))),
        ("a kind without an account", with(0, list(vec![symbol("Native")]))),
        ("two accounts in one", with(0, list(vec![symbol("Native"), address.clone(), address]))),
        ("a muxed account", with(0, list(vec![symbol("Native"), muxed]))),
        ("a short key", with(1, list(vec![symbol("Secp256k1"), bytes(32)]))),
        ("a long key", with(1, list(vec![symbol("Ed25519"), bytes(33)]))),
        ("a short data id", with(2, bytes(31))),
        ("a long data id", with(2, bytes(33))),
        ("a data id as text", with(2, symbol("one"))),
        ("a lock of 32 bits", with(3, ScVal::U32(0))),
        ("a negative lock", with(3, ScVal::I64(-1))),
        ("a proof that is a number", with(4, ScVal::U32(0))),
        ("an argument too few", good[..4].to_vec()),
        ("an argument too many", [good.clone(), vec![ScVal::Void]].concat()),
    ];
    for (name, args) in table {
        let error = raw(&world, "create_grant", args);
        assert_eq!(refused(&error).refusal, None, "{name}: {error}");
    }
    let error = raw(&world, "steal_grant", good);
    assert_eq!(refused(&error).refusal, None, "{error}");
}

#[test]
fn a_view_names_its_refusal_too() {
    let world = World::new();
    let question = StatusOf { issuer: id("kyc"), list: 0, index: LIST_SIZE };
    let refused = world.view(world.statuses, &question).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::IndexOutOfRange), "{}", refused.error);
}

#[test]
fn a_contract_that_is_not_there_is_no_refusal_of_ours() {
    let world = World::new();
    let question = HasAccess { owner: id("alice"), grantee: id("bank"), data_id: data(1) };
    let refused = world.view(ContractId([0xcc; 32]), &question).unwrap_err();
    assert_eq!(refused.refusal, None, "{}", refused.error);
}

/// The same code at another address says the very same. That is not this contract's.
#[test]
fn another_contract_that_says_the_same_changes_nothing_here() {
    let mut world = World::new();
    let forger = world.deploy(access_grants::WASM, 9, Vec::new());
    let forged = world.call("alice", forger, &create("alice", "bank", 1, 0)).unwrap();
    let [(topics, data)]: [_; 1] = events(forger, &forged.applied).try_into().unwrap();
    assert!(access_grants::Event::parse(&topics, &data).unwrap().is_some());
    assert_eq!(forged.grant_events(world.grants), []);
    assert_eq!((world.head(world.grants), world.has_access("alice", "bank", 1)), ([0; 32], false));
}

/// A transaction that is tried and fails says why, as a simulation does.
#[test]
fn a_failed_transaction_names_the_refusal() {
    let mut world = World::new();
    let function = create("alice", "bank", 1, 0).host_function(world.grants).unwrap();
    let simulation = world.simulate(&key("alice"), function.clone(), Vec::new(), AuthMode::Record);
    let (data, auth) = (simulation.transaction_data.unwrap(), simulation.invocation.unwrap().auth);
    world.create("alice", "bank", 1, 0).unwrap();
    let applied = world.apply(&key("alice"), function, auth, data);
    let refused = done(&applied).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::GrantExists), "{}", refused.error);
}
