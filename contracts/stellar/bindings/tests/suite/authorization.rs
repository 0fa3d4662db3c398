//! Owners with accounts: what they authorize is sent by anybody, and nothing else is.

use ed25519_dalek::SigningKey;
use idos_contracts_stellar::{Method, Refusal, access_grants::CreateGrant};
use idos_devnet_stellar::chain::AuthMode;
use stellar_xdr::{
    Hash, HashIdPreimage, HashIdPreimageSorobanAuthorization, HostFunction, InvokeContractArgs, ScAddress,
    SorobanAuthorizationEntry, SorobanAuthorizedFunction, SorobanAuthorizedInvocation, SorobanCredentials,
    SorobanTransactionData,
};

use crate::{
    outcome::{Refused, done},
    world::{World, create, id, key, revoke},
};

/// A call by the relayer with alice's authorization, as a simulation leaves it for her to sign.
struct Prepared {
    function: HostFunction,
    entry: SorobanAuthorizationEntry,
    resources: SorobanTransactionData,
}

fn prepare(world: &World, call: &CreateGrant) -> Prepared {
    let function = call.host_function(world.grants).unwrap();
    let simulation = world.simulate(&key("relayer"), function.clone(), Vec::new(), AuthMode::Record);
    let [entry] = simulation.invocation.unwrap().auth.try_into().unwrap();
    Prepared { function, entry, resources: simulation.transaction_data.unwrap() }
}

/// Sends it without asking a simulation first, as somebody would who hopes to get through.
fn send(world: &mut World, prepared: &Prepared, auth: Vec<SorobanAuthorizationEntry>) -> Result<(), Refused> {
    let mut resources = prepared.resources.clone();
    resources.resources.instructions += 5_000_000;
    resources.resource_fee += 100_000;
    let applied = world.apply(&key("relayer"), prepared.function.clone(), auth, resources);
    done(&applied).map(drop)
}

fn until(world: &World) -> u32 {
    world.network.latest().sequence() + 100
}

#[test]
fn somebody_else_sends_and_pays_for_what_the_owner_authorized() {
    let mut world = World::new();
    let done = world.relay("alice", world.grants, &create("alice", "bank", 1, 0)).unwrap();
    assert_eq!(done.grant_events(world.grants).len(), 1);
    assert!(world.has_access("alice", "bank", 1));
    world.relay("alice", world.grants, &revoke("alice", "bank", 1)).unwrap();
    assert!(!world.has_access("alice", "bank", 1));
}

#[test]
fn without_an_authorization_that_fits_nobody_acts_for_an_owner() {
    let mut world = World::new();
    let prepared = prepare(&world, &create("alice", "bank", 1, 0));
    let other_call = create("alice", "shop", 1, 0).invocation(world.grants).unwrap();
    let other_contract = create("alice", "bank", 1, 0).invocation(world.statuses).unwrap();
    let network_id = world.network.network_id();
    let last = until(&world);
    let signed = |key: &SigningKey, call: Option<&InvokeContractArgs>, network_id: &Hash, until: u32| {
        let mut entry = prepared.entry.clone();
        if let Some(call) = call {
            entry.root_invocation.function = SorobanAuthorizedFunction::ContractFn(call.clone());
        }
        sign(key, entry, network_id, until)
    };
    let alice = key("alice");
    let mut by_source = prepared.entry.clone();
    by_source.credentials = SorobanCredentials::SourceAccount;
    let mut other_owner = signed(&key("mallory"), None, &network_id, last);
    if let SorobanCredentials::Address(credentials) = &mut other_owner.credentials {
        let ScAddress::Account(_) = &credentials.address else { panic!("not an account") };
        credentials.address = id("mallory").address().unwrap();
    }
    let table = [
        ("none", vec![]),
        ("without a signature", vec![prepared.entry.clone()]),
        ("signed by another", vec![signed(&key("mallory"), None, &network_id, last)]),
        ("of another owner", vec![other_owner]),
        ("the sender's own", vec![by_source]),
        ("of another call", vec![signed(&alice, Some(&other_call), &network_id, last)]),
        ("of another contract", vec![signed(&alice, Some(&other_contract), &network_id, last)]),
        ("for another network", vec![signed(&alice, None, &Hash([9; 32]), last)]),
        ("that is over", vec![signed(&alice, None, &network_id, 1)]),
    ];
    for (name, auth) in table {
        let refused = send(&mut world, &prepared, auth).unwrap_err();
        assert_eq!(refused.refusal, Some(Refusal::NotOwner), "{name}: {}", refused.error);
        assert!(!world.has_access("alice", "bank", 1), "{name}");
    }
    let good = signed(&alice, None, &network_id, last);
    send(&mut world, &prepared, vec![good.clone()]).unwrap();
    assert!(world.has_access("alice", "bank", 1));

    // An authorization is good once: never again after a revoke.
    world.revoke("alice", "bank", 1).unwrap();
    let refused = send(&mut world, &prepared, vec![good]).unwrap_err();
    assert_eq!(refused.refusal, Some(Refusal::NotOwner), "replayed: {}", refused.error);
    assert!(!world.has_access("alice", "bank", 1));
}

/// The network does not mind an authorization that allows more than happens, and nothing more happens by it: the contracts call nobody. Clients sign
/// none whose calls are not exactly the one.
#[test]
fn an_authorization_for_more_than_happens_lets_nothing_more_happen() {
    let mut world = World::new();
    let prepared = prepare(&world, &create("alice", "bank", 1, 0));
    let mut broad = prepared.entry.clone();
    let deeper = create("alice", "shop", 1, 0).invocation(world.grants).unwrap();
    broad.root_invocation.sub_invocations = vec![SorobanAuthorizedInvocation {
        function: SorobanAuthorizedFunction::ContractFn(deeper),
        sub_invocations: Default::default(),
    }]
    .try_into()
    .unwrap();
    let signed = sign(&key("alice"), broad, &world.network.network_id(), until(&world));
    send(&mut world, &prepared, vec![signed.clone()]).unwrap();
    assert!(world.has_access("alice", "bank", 1));
    // What it allowed besides is not to be had on its own.
    let other = prepare(&world, &create("alice", "shop", 1, 0));
    send(&mut world, &other, vec![signed]).unwrap_err();
    assert!(!world.has_access("alice", "shop", 1));
}

fn sign(
    key: &SigningKey,
    mut entry: SorobanAuthorizationEntry,
    network_id: &Hash,
    until: u32,
) -> SorobanAuthorizationEntry {
    use ed25519_dalek::Signer as _;
    use sha2::{Digest, Sha256};
    use stellar_xdr::{Limits, WriteXdr};
    let SorobanCredentials::Address(credentials) = &mut entry.credentials else { return entry };
    credentials.signature_expiration_ledger = until;
    let preimage = HashIdPreimage::SorobanAuthorization(HashIdPreimageSorobanAuthorization {
        network_id: network_id.clone(),
        nonce: credentials.nonce,
        signature_expiration_ledger: until,
        invocation: entry.root_invocation.clone(),
    });
    let signature = key.sign(&Sha256::digest(preimage.to_xdr(Limits::none()).unwrap())).to_bytes();
    credentials.signature = crate::world::account_signature(key, &signature);
    entry
}
